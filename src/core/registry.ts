import type { Directory } from './directory.ts'
import type { Entry } from './entry.ts'
import type { Group } from './group.ts'
import type { Holdings } from './holdings.ts'
import {
  contentKey,
  dependencyKey,
  documentKey,
  instanceKey,
  propertiesKey,
  schemaKey,
  serviceKey,
  statusKey,
  tagKey,
} from './keys.ts'
import type { Leases, LeaseTerms } from './leases.ts'
import {
  type ClusterId,
  type Dependency,
  type Instance,
  leaseMs,
  type Microservice,
  type NodeId,
  type ServiceKey,
} from './model.ts'
import { providerId } from './name-index.ts'
import type { Passing } from './passing.ts'
import {
  contentFields,
  dependencyFields,
  firstLeaseRow,
  overlayFields,
  schemaFields,
  serviceFields,
  tagFields,
} from './records.ts'
import { type Digests, deriveSid, type Transaction } from './transaction.ts'
import type { InstanceView, ServiceView, View } from './view.ts'
import { packView } from './wire.ts'
import type { Writer } from './writer.ts'

export interface RegistryParts {
  readonly node: NodeId
  readonly view: View
  readonly directory: Directory
  readonly writer: Writer
  readonly holdings: Holdings
  readonly leases: Leases
  readonly passing: Passing
  readonly digests: Digests
  /** `bytes` random bytes as hex. */
  readonly hex: (bytes: number) => string
}

export interface Now {
  readonly wallMs: number
  readonly monotonicMs: number
}

/** Lease of an instance that came without a health check, as the reference counts it: 30 s × (3 + 1). */
const DEFAULT_LEASE_MS = 120_000
const DEFAULT_INTERVAL_MS = 30_000
const GENERATION_BYTES = 8
const ID_BYTES = 16

/** Services and instances in terms of records: generations, leases, belonging. One object per command. */
export class Registry implements Transaction {
  readonly view: View
  readonly #parts: RegistryParts
  readonly #now: Now
  readonly #heard = new Map<Entry, Pick<Entry, 'heardAtMs' | 'heard'>>()
  readonly #cluster: ClusterId

  /** `cluster`: whose registrations are written; a node may stand in for a cluster that runs an older service center. */
  constructor(parts: RegistryParts, now: Now, cluster: ClusterId = parts.directory.cluster) {
    this.#parts = parts
    this.#now = now
    this.#cluster = cluster
    this.view = parts.view
  }

  /** Takes back what a refused command has heard, beside its writes. */
  undo(): void {
    for (const [entry, { heardAtMs, heard }] of this.#heard) Object.assign(entry, { heardAtMs, heard })
  }

  get nowMs(): number {
    return this.#now.wallMs
  }

  randomId(): string {
    return this.#parts.hex(ID_BYTES)
  }

  claimant(key: ServiceKey): Group | undefined {
    const { directory, digests } = this.#parts
    const sid = deriveSid(digests, key)
    return [...directory.names.identified(key, sid)].find(group => group.local && group.sid !== sid)
  }

  putService(key: ServiceKey, service: Microservice): Group {
    const { directory, writer, digests, hex } = this.#parts
    const sid = deriveSid(digests, key)
    const own = directory.groups.get(sid)?.registrations.get(this.#cluster)
    const generations = own?.generations ?? [hex(GENERATION_BYTES)]
    const { domain, project, environment, appId, serviceName, version } = key
    writer.put(
      serviceKey(this.#cluster, sid),
      serviceFields({
        key: { domain, project, environment, appId, serviceName, version },
        service: packView(service),
        alias: service.alias ?? '',
        chosenId: service.serviceId === sid ? undefined : service.serviceId,
        generations,
      }),
    )
    return directory.group(sid)
  }

  adoptService(service: ServiceView): Group {
    const group = this.#group(service)
    return group.registrations.has(this.#cluster) ? group : this.putService(group.key, group.read())
  }

  removeService(service: ServiceView): void {
    const { writer } = this.#parts
    const group = this.#group(service)
    for (const entry of group.entriesOf(this.#cluster)) this.#parts.leases.remove(entry)
    for (const [key, child] of [...group.children]) if (child.cluster === this.#cluster) writer.end(key)
    writer.end(serviceKey(this.#cluster, group.sid))
  }

  putInstance(service: ServiceView, instance: Instance): Entry {
    const { directory, writer, hex, holdings, leases } = this.#parts
    const group = this.adoptService(service)
    const cluster = this.#cluster
    const held = directory.entry(group.sid, cluster, instance.instanceId)
    const lives = held?.openLease() !== undefined
    if (held !== undefined && !lives) leases.removeOverlays(held)
    const generations = lives && held !== undefined ? held.generations() : [hex(GENERATION_BYTES)]
    const lease = leases.first(held, termsOf(instance))
    const record = { instance: packView(instance), parents: this.#ownGenerations(group), generations, lease }
    writer.putInstance(instanceKey(cluster, group.sid, instance.instanceId), record)
    const entry = directory.entry(group.sid, cluster, instance.instanceId)
    if (entry === undefined) throw new Error(`instance ${instance.instanceId} was not indexed`)
    // What was heard of an earlier life does not count for this one.
    this.#hear(entry)
    entry.graceUntilMs = 0
    if (held !== undefined) leases.removeRecord(entry)
    holdings.hear(entry, this.#now.monotonicMs)
    return entry
  }

  renewInstance(instance: InstanceView): boolean {
    const { directory } = this.#parts
    const entry = this.#entry(instance)
    if (entry.clusterId !== this.#cluster || directory.ownNodes().length <= 1) return this.heartbeat(entry)
    const { face, lease } = entry
    if (face === undefined || lease === undefined) return false
    const { leases, writer } = this.#parts
    const first = firstLeaseRow(leases.first(entry, lease))
    writer.put(face.registration.key, { parents: this.#ownGenerations(entry.group), lease: first })
    this.#hear(entry)
    leases.removeRecord(entry)
    return true
  }

  setInstanceStatus(instance: InstanceView, status: string, modTimestamp: string): void {
    const { clusterId, group, instanceId } = this.#entry(instance)
    this.#overlay(statusKey(clusterId, group.sid, instanceId), instance, status, modTimestamp)
  }

  setInstanceProperties(
    instance: InstanceView,
    properties: Readonly<Record<string, string>>,
    modTimestamp: string,
  ): void {
    const { clusterId, group, instanceId } = this.#entry(instance)
    this.#overlay(propertiesKey(clusterId, group.sid, instanceId), instance, properties, modTimestamp)
  }

  removeInstance(instance: InstanceView): void {
    this.#parts.leases.remove(this.#entry(instance))
  }

  hiddenInstance(service: ServiceView, instanceId: string): Entry | undefined {
    return this.#group(service).hiddenInstance(instanceId)
  }

  hear(service: ServiceView, instanceId: string): boolean {
    const entry = this.#group(service).instance(instanceId) ?? this.hiddenInstance(service, instanceId)
    return entry !== undefined && this.heartbeat(entry)
  }

  heartbeat(instance: InstanceView): boolean {
    return this.#parts.passing.heartbeat(this.#entry(instance), this.#now.monotonicMs)
  }

  putSchema(service: ServiceView, schemaId: string, content: string, summary: string | undefined): void {
    const { directory, writer, digests } = this.#parts
    const group = this.adoptService(service)
    const hash = digests.sha256(content)
    const key = contentKey(this.#cluster, hash)
    if (!directory.holds(key)) writer.put(key, contentFields(content))
    const parents = this.#ownGenerations(group)
    writer.put(schemaKey(this.#cluster, group.sid, schemaId), schemaFields({ hash, summary, parents }))
  }

  removeSchema(service: ServiceView, schemaId: string): void {
    const group = this.adoptService(service)
    this.#parts.writer.end(schemaKey(this.#cluster, group.sid, schemaId))
  }

  putTag(service: ServiceView, key: string, value: string): void {
    const group = this.adoptService(service)
    const parents = this.#ownGenerations(group)
    this.#parts.writer.put(tagKey(this.#cluster, group.sid, key), tagFields({ value, parents }))
  }

  removeTag(service: ServiceView, key: string): void {
    const group = this.adoptService(service)
    this.#parts.writer.end(tagKey(this.#cluster, group.sid, key))
  }

  putDependency(consumer: ServiceView, provider: Dependency): void {
    const group = this.#group(consumer)
    const { appId, serviceName, environment = '' } = provider
    if (this.view.depends(group, { environment, appId, serviceName })) return
    // A find is no registration: the edge hangs on whatever registrations of the consumer live, in any cluster.
    this.#parts.writer.put(
      this.#dependencyKey(group, provider),
      dependencyFields({ environment, appId, serviceName, parents: [...group.generations] }),
    )
  }

  removeDependency(consumer: ServiceView, provider: Dependency): void {
    this.#parts.writer.end(this.#dependencyKey(this.#group(consumer), provider))
  }

  putDocument(kind: string, name: string, value: Readonly<Record<string, unknown>>): void {
    this.#parts.writer.put(documentKey(this.#cluster, kind, name), { value })
  }

  removeDocument(kind: string, name: string): void {
    const { directory, writer } = this.#parts
    const key = documentKey(this.#cluster, kind, name)
    // Another cluster's copy is not ours to end: a later copy without a value takes the name back.
    if (directory.documents.isOnlyOf(this.#cluster, kind, name)) writer.end(key)
    else writer.put(key, { value: null })
  }

  #overlay<T>(key: string, instance: InstanceView, value: T, modTimestamp: string): void {
    const parents = this.#entry(instance).generations()
    this.#parts.writer.put(key, overlayFields({ value, modTimestamp, parents }))
  }

  #dependencyKey(group: Group, { appId, serviceName, environment = '' }: Dependency): string {
    const provider = providerId(group.key, environment, appId, serviceName)
    return dependencyKey(this.#cluster, group.sid, provider)
  }

  #ownGenerations(group: Group): readonly string[] {
    return group.registrations.get(this.#cluster)?.generations ?? []
  }

  #group(service: ServiceView): Group {
    return this.#parts.directory.group(service.sid)
  }

  #hear(entry: Entry): void {
    const { heardAtMs, heard } = entry
    if (!this.#heard.has(entry)) this.#heard.set(entry, { heardAtMs, heard })
    entry.hear(this.#now.monotonicMs)
  }

  #entry(view: InstanceView): Entry {
    const entry = this.#parts.directory.entry(view.service.sid, view.clusterId, view.instanceId)
    if (entry === undefined) throw new Error(`instance ${view.instanceId} is gone`)
    return entry
  }
}

const termsOf = ({ healthCheck: check }: Instance): LeaseTerms => ({
  leaseMs: check === undefined ? DEFAULT_LEASE_MS : leaseMs(check),
  intervalMs: check === undefined ? DEFAULT_INTERVAL_MS : check.interval * 1000,
})
