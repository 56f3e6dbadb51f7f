import type { Version } from './catalog.ts'
import type { Directory } from './directory.ts'
import type { Entry } from './entry.ts'
import { RevisionSum } from './fingerprint.ts'
import type { ClusterId, Microservice, ServiceKey, Sid } from './model.ts'
import {
  type DependencyRecord,
  type SchemaRecord,
  type ServiceRecord,
  type TagRecord,
  unpackService,
} from './records.ts'
import type { InstanceView, ReadOptions, SchemaView, ServiceView } from './view.ts'

/** One cluster's registration of a service: the version readers see, and the generations of all living ones. */
export interface Registration {
  readonly version: Version
  readonly record: ServiceRecord
  readonly generations: readonly string[]
}

/** A schema, tag or dependency of one cluster, by its record key. */
export type Child =
  | { readonly kind: 'schema'; readonly cluster: ClusterId; readonly id: string; readonly record: SchemaRecord }
  | { readonly kind: 'tag'; readonly cluster: ClusterId; readonly id: string; readonly record: TagRecord }
  | { readonly kind: 'dependency'; readonly cluster: ClusterId; readonly id: string; readonly record: DependencyRecord }

type ChildOf<K extends Child['kind']> = Extract<Child, { kind: K }>

/** Everything known of one microservice key, whichever clusters registered it. */
export class Group implements ServiceView {
  readonly directory: Directory
  readonly sid: Sid
  readonly registrations = new Map<ClusterId, Registration>()
  readonly entries = new Map<string, Entry>()
  readonly children = new Map<string, Child>()
  /** Generations of living registrations: what a child must name to be seen. */
  readonly generations = new Set<string>()
  /** Sum over the instances that readers see under this node's policy. */
  readonly sum = new RevisionSum()
  shownCount = 0
  #key: ServiceKey | undefined

  constructor(directory: Directory, sid: Sid) {
    this.directory = directory
    this.sid = sid
  }

  /** Known once a registration has been seen; a child that came before it has no service to show. */
  get key(): ServiceKey {
    if (this.#key === undefined) throw new Error(`service ${this.sid} was never registered here`)
    return this.#key
  }

  set key(key: ServiceKey) {
    this.#key ??= key
  }

  get keyKnown(): boolean {
    return this.#key !== undefined
  }

  get id(): string {
    let least: string | undefined
    for (const [cluster, { record }] of this.registrations) {
      if (record.chosenId === undefined || this.directory.isReplaced(cluster)) continue
      if (least === undefined || record.chosenId < least) least = record.chosenId
    }
    return least ?? this.sid
  }

  get alias(): string {
    return this.described()?.record.alias ?? ''
  }

  get local(): boolean {
    return this.registrations.has(this.directory.cluster)
  }

  get clusters(): readonly ClusterId[] {
    return [...this.registrations.keys()].filter(cluster => !this.directory.isReplaced(cluster))
  }

  /** Registered by a cluster that still counts; by the own one when `local`. */
  exists(options?: ReadOptions): boolean {
    if (options?.local === true) return this.local
    for (const cluster of this.registrations.keys()) if (!this.directory.isReplaced(cluster)) return true
    return false
  }

  /** The own cluster's description first, otherwise the latest. */
  described(): Registration | undefined {
    const own = this.registrations.get(this.directory.cluster)
    if (own !== undefined) return own
    let latest: Registration | undefined
    for (const [cluster, each] of this.registrations) {
      if (this.directory.isReplaced(cluster)) continue
      if (latest === undefined || isLater(each.version, latest.version)) latest = each
    }
    return latest
  }

  read(): Microservice {
    const described = this.described()
    if (described === undefined) throw new Error(`service ${this.sid} is not registered`)
    const service = unpackService(described.record.service)
    const ids = [...new Set([...(service.schemas ?? []), ...this.#own('schema').map(child => child.id)])]
    return ids.length === 0 ? service : { ...service, schemas: ids }
  }

  revision(options?: ReadOptions): string {
    if (this.directory.isOwnPolicy(options)) return this.sum.hex()
    const sum = new RevisionSum()
    for (const instance of this.instances(options)) sum.add(instance.revision)
    return sum.hex()
  }

  get instanceCount(): number {
    return this.shownCount
  }

  localInstanceCount(): number {
    return this.instances({ local: true }).length
  }

  instances(options?: ReadOptions): readonly InstanceView[] {
    const shown: Entry[] = []
    if (!this.exists(options)) return shown
    for (const head of this.entries.values()) {
      const entry = this.directory.choose(head, options)
      if (entry !== undefined) shown.push(entry)
    }
    return shown
  }

  instance(instanceId: string, options?: ReadOptions): Entry | undefined {
    if (!this.exists(options)) return undefined
    return this.directory.choose(this.entries.get(instanceId), options)
  }

  /** One that readers would see if its holder were not silent; the own cluster's first. */
  hiddenInstance(instanceId: string): Entry | undefined {
    let found: Entry | undefined
    for (let entry = this.entries.get(instanceId); entry !== undefined; entry = entry.next) {
      if (!entry.hidden || entry.openLease() === undefined || !this.carriesAny(entry.parents)) continue
      if (found === undefined || entry.local) found = entry
    }
    return found
  }

  schemas(): readonly SchemaView[] {
    const stored = new Map(this.#own('schema').map(child => [child.id, child]))
    const declared = this.read().schemas ?? []
    return [...new Set([...declared, ...stored.keys()])].map(id => this.#schemaView(id, stored.get(id)))
  }

  schema(schemaId: string): SchemaView | undefined {
    return this.schemas().find(schema => schema.schemaId === schemaId)
  }

  tags(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#own('tag').map(child => [child.id, child.record.value]))
  }

  dependencies(): readonly DependencyRecord[] {
    return this.#living('dependency').map(child => child.record)
  }

  entriesOf(cluster: ClusterId): Entry[] {
    const found: Entry[] = []
    for (const head of this.entries.values()) {
      for (let entry: Entry | undefined = head; entry !== undefined; entry = entry.next) {
        if (entry.clusterId === cluster) found.push(entry)
      }
    }
    return found
  }

  /** A child is seen if and only if a living registration carries one of the generations it names (invariant 14). */
  carriesAny(parents: readonly string[]): boolean {
    for (const parent of parents) if (this.generations.has(parent)) return true
    return false
  }

  #schemaView(schemaId: string, child: ChildOf<'schema'> | undefined): SchemaView {
    return {
      schemaId,
      summary: child?.record.summary,
      content: () => (child === undefined ? undefined : this.directory.content(child.cluster, child.record.hash)),
    }
  }

  #living<K extends Child['kind']>(kind: K): ChildOf<K>[] {
    const living: ChildOf<K>[] = []
    for (const child of this.children.values()) {
      if (child.kind !== kind || this.directory.isReplaced(child.cluster)) continue
      if (this.carriesAny(child.record.parents)) living.push(child as ChildOf<K>)
    }
    return living
  }

  /** Of the cluster whose description is read; when it has none of the kind, of the lowest cluster that has. */
  #own<K extends Child['kind']>(kind: K): ChildOf<K>[] {
    const living = this.#living(kind)
    const described = this.described()?.version.key.slice(0, this.directory.cluster.length)
    const first = living.filter(child => child.cluster === described)
    if (first.length > 0 || living.length === 0) return first
    const lowest = living.map(child => child.cluster).sort()[0]
    return living.filter(child => child.cluster === lowest)
  }
}

const isLater = (a: Version, b: Version): boolean =>
  (a.ms - b.ms || a.count - b.count || (a.epoch > b.epoch ? 1 : -1)) > 0
