import type { Catalog, Version } from './catalog.ts'
import { isDot, later } from './catalog.ts'
import type { Directory, KnownNode } from './directory.ts'
import { Entry, isFor, makeFace, type Overlays } from './entry.ts'
import type { Child, Group } from './group.ts'
import { Interner } from './interner.ts'
import { instanceKey, leaseKey, type ParsedKey, parseKey } from './keys.ts'
import type { ClusterId, NodeId, Sid } from './model.ts'
import {
  type InstanceRecord,
  type LeaseRecord,
  openedBy,
  readDependency,
  readInstance,
  readLease,
  readNode,
  readProperties,
  readSchema,
  readService,
  readStatus,
  readTag,
} from './records.ts'
import type { Digests } from './transaction.ts'
import type { Packed } from './wire.ts'

/** A record as its writer has it: to decode again what was encoded a moment ago is a tenth of a registration. */
export interface Written {
  readonly instance?: InstanceRecord
  readonly lease?: LeaseRecord
}

/** Keeps the directory in step with the records: told which key has changed, it derives anew what readers see of it. */
export class Indexer {
  readonly #catalog: Catalog
  readonly #directory: Directory
  readonly #digests: Digests
  readonly #interner = new Interner()
  #written: (Written & { readonly value: Packed | undefined }) | undefined
  /** What was decoded last: a registration is looked at for what readers see, and again for its lease. */
  #decoded: { readonly value: Packed; readonly record: InstanceRecord | undefined } | undefined

  constructor(catalog: Catalog, directory: Directory, digests: Digests) {
    this.#catalog = catalog
    this.#directory = directory
    this.#digests = digests
  }

  /** `written`: what one of the key's values says, if this process has just written it. */
  update(key: string, written?: Written & { readonly value: Packed | undefined }): void {
    this.#written = written
    const parsed = parseKey(key)
    if (parsed === undefined) return
    switch (parsed.kind) {
      case 'service':
        return this.#updateService(key, parsed)
      case 'instance':
      case 'status':
      case 'properties':
      case 'lease':
        return this.#updateInstance(key, parsed)
      case 'schema':
      case 'tag':
      case 'dependency':
        return this.#updateChild(key, parsed)
      case 'node':
        return this.#updateNode(key, parsed)
      case 'document':
        return this.#directory.documents.update(key, parsed)
      case 'content':
        return
    }
  }

  #updateService(key: string, { cluster, a }: ParsedKey): void {
    const group = this.#directory.group(a as Sid)
    this.#directory.touchAll(group)
    this.#directory.names.remove(group)
    const wasLocal = group.local
    const versions = this.#catalog.versions(key)
    const winner = this.#catalog.winner(key)
    const generationsBefore = [...group.generations]
    const record = winner === undefined ? undefined : readService(winner.value)
    if (winner === undefined || record === undefined) {
      group.registrations.delete(cluster)
    } else {
      const generations = versions.flatMap(version => readService(version.value)?.generations ?? [])
      group.registrations.set(cluster, { version: winner, record, generations })
      group.key = record.key
    }
    group.generations.clear()
    for (const each of group.registrations.values()) for (const g of each.generations) group.generations.add(g)
    this.#directory.names.add(group)
    if (!isSame(generationsBefore, group.generations)) this.#chooseAnew(group)
    if (group.local !== wasLocal) this.#directory.counts.addServices(group.key, group.local ? 1 : -1)
    for (const head of group.entries.values())
      for (let e: Entry | undefined = head; e; e = e.next) this.#directory.evaluate(e)
    this.#dropIfEmpty(group)
  }

  /** Other versions may be seen now: of several, those count that name a generation that lives. */
  #chooseAnew(group: Group): void {
    for (const [key, { cluster, kind, id }] of group.children) {
      if (this.#catalog.versions(key).length > 1) this.#readChild(group, key, { cluster, kind, a: group.sid, b: id })
    }
    for (const head of group.entries.values()) {
      for (let e: Entry | undefined = head; e; e = e.next) {
        const key = instanceKey(e.clusterId, group.sid, e.instanceId)
        if (this.#catalog.versions(key).length > 1) this.#updateFace(e, 'instance', this.#catalog.versions(key))
      }
    }
  }

  #updateInstance(key: string, { cluster, a, b, kind }: ParsedKey): void {
    const group = this.#directory.group(a as Sid)
    this.#directory.touch(group, b)
    const entry = this.#directory.entry(group.sid, cluster, b) ?? this.#addEntry(group, cluster, b)
    if (kind === 'lease') this.#updateLease(entry, key)
    else this.#updateFace(entry, kind, this.#catalog.versions(key))
    this.#directory.evaluate(entry)
    if (entry.face === undefined && entry.lease === undefined && entry.laid === undefined) this.#removeEntry(entry)
  }

  /** The lease of the registration that readers see counts, whatever others there are. */
  #updateLease(entry: Entry, key: string): void {
    const leases: LeaseRecord[] = []
    for (const { value } of this.#catalog.versions(key)) {
      const lease = this.#readLease(value)
      if (lease !== undefined) leases.push(lease)
    }
    const shown = entry.face?.registration
    this.#chooseLease(entry, leases, shown && this.#readInstance(shown.value))
  }

  /** `leases`: all records of it that live; an entry without a lease has none. `record`: of the registration that is shown. */
  #chooseLease(entry: Entry, leases: readonly LeaseRecord[], record: InstanceRecord | undefined): void {
    const before = entry.lease
    const shown = entry.face?.registration
    const own = leases.filter(lease => shown !== undefined && isFor(lease, shown))
    const opened = shown && record?.lease && openedBy(shown, record.lease)
    if (opened !== undefined) own.push(opened)
    const [first, ...others] = own.length > 0 ? own : leases
    const lease = others.reduce((best, each) => (best && compareLeases(each, best) > 0 ? each : best), first)
    // Its record is gone and its registration is not, yet: the two are ended together, and what opened it is long over.
    const isOver =
      before !== undefined &&
      lease !== undefined &&
      lease === opened &&
      isDot(before, lease) &&
      compareLeases(before, lease) > 0
    entry.lease = isOver ? { ...before, open: false } : lease
    this.#directory.leases?.leaseChanged(entry, before)
  }

  /** `changed`: the living versions of one of the records that an instance is made of. */
  #updateFace(entry: Entry, kind: ParsedKey['kind'], changed: readonly Version[]): void {
    if (kind === 'status') entry.laid = laidOver(entry, { status: changed })
    if (kind === 'properties') entry.laid = laidOver(entry, { properties: changed })
    const { face, group, lease } = entry
    const registration =
      kind === 'instance'
        ? latest(changed, value => group.carriesAny(this.#readInstance(value)?.parents ?? []))
        : face?.registration
    const record = registration === undefined ? undefined : this.#readInstance(registration.value)
    if (registration === undefined || record === undefined) {
      entry.face = undefined
      if (lease !== undefined) this.#updateLease(entry, leaseKey(entry.clusterId, group.sid, entry.instanceId))
      return
    }
    entry.parents = this.#interner.all(record.parents)
    entry.face = makeFace(this.#digests, record.instance, {
      registration,
      status: laidOn(record, entry.laid?.status, readStatus),
      properties: laidOn(record, entry.laid?.properties, readProperties),
    })
    if (lease === undefined) this.#chooseLease(entry, [], record)
    else if (!isFor(lease, registration))
      this.#updateLease(entry, leaseKey(entry.clusterId, group.sid, entry.instanceId))
  }

  #readInstance(value: Packed): InstanceRecord | undefined {
    const written = this.#written
    if (written?.value === value && written.instance !== undefined) return written.instance
    if (this.#decoded?.value !== value) this.#decoded = { value, record: readInstance(value, this.#interner) }
    return this.#decoded.record
  }

  #readLease(value: Packed): LeaseRecord | undefined {
    const written = this.#written
    return written?.value === value && written.lease !== undefined ? written.lease : readLease(value, this.#interner)
  }

  #addEntry(group: Group, cluster: ClusterId, instanceId: string): Entry {
    const entry = new Entry(group, this.#interner.of(cluster), instanceId)
    entry.next = group.entries.get(instanceId)
    group.entries.set(instanceId, entry)
    return entry
  }

  #removeEntry(entry: Entry): void {
    const { entries } = entry.group
    const head = entries.get(entry.instanceId)
    if (head === entry) {
      if (entry.next === undefined) entries.delete(entry.instanceId)
      else entries.set(entry.instanceId, entry.next)
    } else {
      for (let each = head; each !== undefined; each = each.next) if (each.next === entry) each.next = entry.next
    }
    this.#dropIfEmpty(entry.group)
  }

  #updateChild(key: string, parsed: ParsedKey): void {
    const group = this.#directory.group(parsed.a as Sid)
    this.#directory.names.removeConsumer(group)
    this.#readChild(group, key, parsed)
    this.#directory.names.addConsumer(group)
    this.#dropIfEmpty(group)
  }

  #readChild(group: Group, key: string, parsed: ParsedKey): void {
    const version = latest(this.#catalog.versions(key), value =>
      group.carriesAny(readChild(parsed, value)?.record.parents ?? []),
    )
    const child = version === undefined ? undefined : readChild(parsed, version.value)
    if (child === undefined) group.children.delete(key)
    else group.children.set(key, child)
  }

  #updateNode(key: string, { cluster, a }: ParsedKey): void {
    const { nodes, nodeRecords } = this.#directory
    const node = a as NodeId
    const version = this.#catalog.winner(key)
    const record = version === undefined ? undefined : readNode(version.value)
    const records = nodeRecords.get(node) ?? new Map<ClusterId, KnownNode & { readonly version: Version }>()
    if (version === undefined || record === undefined) records.delete(cluster)
    else records.set(cluster, { clusterId: cluster, record, version })
    if (records.size === 0) {
      nodes.delete(node)
      nodeRecords.delete(node)
      return
    }
    nodes.set(
      node,
      [...records.values()].reduce((a, b) => (later(a.version, b.version) === a.version ? a : b)),
    )
    nodeRecords.set(node, records)
  }

  #dropIfEmpty(group: Group): void {
    if (group.registrations.size > 0 || group.entries.size > 0 || group.children.size > 0) return
    this.#directory.names.remove(group)
    this.#directory.groups.delete(group.sid)
    if (group.keyKnown) this.#directory.former.note(group.sid, group.key)
  }
}

const laidOver = ({ laid }: Entry, changed: Partial<Overlays>): Overlays | undefined => {
  const both = { status: laid?.status ?? [], properties: laid?.properties ?? [], ...changed }
  return both.status.length === 0 && both.properties.length === 0 ? undefined : both
}

/** What is laid over another registration of the instance does not count, whatever its stamp. */
const laidOn = <T extends { readonly parents: readonly string[] }>(
  { generations }: InstanceRecord,
  versions: readonly Version[] | undefined,
  read: (packed: Packed) => T | undefined,
): T | undefined => {
  const counts = (value: Packed): boolean => read(value)?.parents.some(each => generations.includes(each)) === true
  const version = versions === undefined ? undefined : latest(versions, counts)
  return version !== undefined && counts(version.value) ? read(version.value) : undefined
}

/** Of several versions the latest that counts; when none does, the latest. */
const latest = (versions: readonly Version[], counts: (value: Packed) => boolean): Version | undefined => {
  if (versions.length <= 1) return versions[0]
  const counting = versions.filter(({ value }) => counts(value))
  return (counting.length > 0 ? counting : versions).reduce(later)
}

const isSame = (before: readonly string[], now: ReadonlySet<string>): boolean =>
  before.length === now.size && before.every(each => now.has(each))

const readChild = ({ cluster, kind, b }: ParsedKey, value: Packed): Child | undefined => {
  if (kind === 'schema') return ifRead(readSchema(value), record => ({ kind, cluster, id: b, record }))
  if (kind === 'tag') return ifRead(readTag(value), record => ({ kind, cluster, id: b, record }))
  if (kind === 'dependency') return ifRead(readDependency(value), record => ({ kind, cluster, id: b, record }))
  return undefined
}

const ifRead = <T, R>(value: T | undefined, make: (value: T) => R): R | undefined =>
  value === undefined ? undefined : make(value)

/** By the registration it names, then version, then holder; ended above open. */
export const compareLeases = (a: LeaseRecord, b: LeaseRecord): number => {
  if (!isDot(a, b))
    return a.ms - b.ms || a.count - b.count || (a.epoch === b.epoch ? a.seq - b.seq : a.epoch > b.epoch ? 1 : -1)
  return (
    a.version - b.version || (a.holder === b.holder ? Number(b.open) - Number(a.open) : a.holder > b.holder ? 1 : -1)
  )
}
