import type { Catalog, Version } from './catalog.ts'
import { isDot } from './catalog.ts'
import { type Before, Changes } from './changes.ts'
import { Documents } from './documents.ts'
import { Entry, makeFace } from './entry.ts'
import { type Child, Group } from './group.ts'
import { contentKey, instanceKey, leaseKey, type ParsedKey, parseKey, propertiesKey, statusKey } from './keys.ts'
import { LocalCounts } from './local-counts.ts'
import type { ClusterId, NodeId, Sid } from './model.ts'
import { NameIndex } from './name-index.ts'
import {
  type LeaseRecord,
  type NodeRecord,
  readContent,
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
import type { Origin, ReadOptions } from './view.ts'

export type UnreachablePolicy = 'keep' | 'mark' | 'hide'

/** Told when the lease of an entry changes, so that whoever watches leases need not search. */
export interface LeaseListener {
  leaseChanged(entry: Entry, before: LeaseRecord | undefined): void
}

/** A node as its own record describes it. */
export interface KnownNode {
  readonly clusterId: ClusterId
  readonly record: NodeRecord
}

/**
 * The catalog indexed for readers: services by id, name and alias, their instances, schemas, tags and dependencies across
 * clusters. Everything here is derived from records; `update` is told which key has changed.
 */
export class Directory {
  readonly groups = new Map<Sid, Group>()
  readonly names = new NameIndex()
  readonly documents: Documents
  readonly nodes = new Map<NodeId, KnownNode>()
  readonly changes = new Changes()
  /** What the own cluster registered, per scope. */
  readonly counts = new LocalCounts()
  /** Clusters of which no node is heard. */
  readonly unreachable = new Set<ClusterId>()
  /** Clusters whose place another id has taken: their instances are hidden (invariant 17). */
  readonly replaced = new Set<ClusterId>()
  /** Nodes that have been silent for a while: their instances are stale. */
  readonly silent = new Set<NodeId>()
  /** Names that this node's configuration gives to clusters. */
  readonly labels = new Map<ClusterId, string>()
  policy: UnreachablePolicy = 'mark'
  cluster: ClusterId
  leases: LeaseListener | undefined
  readonly #catalog: Catalog
  readonly #digests: Digests

  constructor(catalog: Catalog, cluster: ClusterId, digests: Digests) {
    this.#catalog = catalog
    this.#digests = digests
    this.cluster = cluster
    this.documents = new Documents(catalog)
  }

  update(key: string): void {
    const parsed = parseKey(key)
    if (parsed === undefined) return
    switch (parsed.kind) {
      case 'service':
        return this.#updateService(key, parsed)
      case 'instance':
      case 'status':
      case 'properties':
      case 'lease':
        return this.#updateInstance(parsed)
      case 'schema':
      case 'tag':
      case 'dependency':
        return this.#updateChild(key, parsed)
      case 'node':
        return this.#updateNode(key, parsed)
      case 'document':
        return this.documents.update(key, parsed)
      case 'content':
        return
    }
  }

  group(sid: Sid): Group {
    let group = this.groups.get(sid)
    if (group === undefined) {
      group = new Group(this, sid)
      this.groups.set(sid, group)
    }
    return group
  }

  /** The entry of one cluster, if it has one. */
  entry(sid: Sid, cluster: ClusterId, instanceId: string): Entry | undefined {
    let entry = this.groups.get(sid)?.entries.get(instanceId)
    while (entry !== undefined && entry.clusterId !== cluster) entry = entry.next
    return entry
  }

  content(cluster: ClusterId, hash: string): string | undefined {
    const version =
      this.#catalog.winner(contentKey(cluster, hash)) ?? this.#catalog.winner(contentKey(this.cluster, hash))
    return version === undefined ? undefined : readContent(version.value)
  }

  contentHashes(group: Group): [ClusterId, string][] {
    return [...group.children.values()].flatMap(child =>
      child.kind === 'schema' ? [[child.cluster, child.record.hash]] : [],
    )
  }

  holds(key: string): boolean {
    return this.#catalog.versions(key).length > 0
  }

  /** Nodes of the own cluster, this one included, that have a record. */
  ownNodes(): NodeId[] {
    return [...this.nodes].flatMap(([node, known]) => (known.clusterId === this.cluster ? [node] : []))
  }

  isReplaced(cluster: ClusterId): boolean {
    return this.replaced.has(cluster)
  }

  isOwnPolicy(options: ReadOptions | undefined): boolean {
    if (options === undefined) return true
    return options.local !== true && (options.unreachable ?? this.policy) === this.policy
  }

  /** Of the entries of one instance id, the one readers see: the own cluster's, otherwise the lowest cluster id's. */
  choose(head: Entry | undefined, options?: ReadOptions): Entry | undefined {
    let chosen: Entry | undefined
    for (let entry = head; entry !== undefined; entry = entry.next) {
      if (!entry.visible || !this.#admits(entry, options)) continue
      if (entry.local) return entry
      if (chosen === undefined || entry.clusterId < chosen.clusterId) chosen = entry
    }
    return chosen
  }

  originOf(entry: Entry): Origin {
    const holder = entry.lease?.holder ?? ('' as NodeId)
    const { clusterId } = entry
    const stale = this.unreachable.has(clusterId) || this.silent.has(holder) || entry.graceUntilMs > 0
    return { clusterId, cluster: this.labelOf(clusterId), holder, stale }
  }

  labelOf(cluster: ClusterId): string {
    const configured = this.labels.get(cluster)
    if (configured !== undefined) return configured
    for (const node of this.nodes.values()) if (node.clusterId === cluster) return node.record.label
    return `c-${cluster.slice(0, 8)}`
  }

  /** Notes what readers see of an instance before it changes; compared when the batch ends. */
  touch(group: Group, instanceId: string): void {
    this.changes.note(group, instanceId, (): Before => {
      const shown = group.instance(instanceId)
      return shown?.face === undefined ? undefined : { face: shown.face, clusterId: shown.clusterId }
    })
  }

  touchAll(group: Group): void {
    for (const id of group.entries.keys()) this.touch(group, id)
  }

  touchCluster(cluster: ClusterId): void {
    for (const group of this.groups.values()) {
      for (const [id, head] of group.entries) {
        for (let entry: Entry | undefined = head; entry !== undefined; entry = entry.next) {
          if (entry.clusterId === cluster) this.touch(group, id)
        }
      }
    }
  }

  /** The own cluster's id changes: what is local changes with it. */
  setCluster(cluster: ClusterId): void {
    for (const group of this.groups.values()) this.touchAll(group)
    this.cluster = cluster
    this.counts.clear()
    for (const group of this.groups.values()) {
      if (group.local) this.counts.addServices(group.key, 1)
      const seen = group.keyKnown ? group.entriesOf(cluster).filter(entry => entry.visible).length : 0
      if (seen > 0) this.counts.addInstances(group.key, seen)
    }
  }

  /** Decides anew whether an entry is seen. */
  evaluate(entry: Entry): void {
    const visible = !entry.hidden && entry.openLease() !== undefined && entry.group.carriesAny(entry.parents)
    if (visible === entry.visible) return
    this.touch(entry.group, entry.instanceId)
    entry.visible = visible
    if (entry.local) this.counts.addInstances(entry.group.key, visible ? 1 : -1)
  }

  #admits(entry: Entry, options: ReadOptions | undefined): boolean {
    if (options?.local === true) return entry.local
    if (entry.local) return true
    if (this.replaced.has(entry.clusterId)) return false
    return (options?.unreachable ?? this.policy) !== 'hide' || !this.unreachable.has(entry.clusterId)
  }

  #updateService(key: string, { cluster, a }: ParsedKey): void {
    const group = this.group(a as Sid)
    this.touchAll(group)
    this.names.remove(group)
    const wasLocal = group.local
    const versions = this.#catalog.versions(key)
    const winner = this.#catalog.winner(key)
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
    this.names.add(group)
    if (group.local !== wasLocal) this.counts.addServices(group.key, group.local ? 1 : -1)
    for (const head of group.entries.values()) for (let e: Entry | undefined = head; e; e = e.next) this.evaluate(e)
    this.#dropIfEmpty(group)
  }

  #updateInstance({ cluster, a, b, kind }: ParsedKey): void {
    const group = this.group(a as Sid)
    this.touch(group, b)
    const entry = this.entry(group.sid, cluster, b) ?? this.#addEntry(group, cluster, b)
    if (kind === 'lease') this.#updateLease(entry)
    else this.#updateFace(entry)
    this.evaluate(entry)
    if (entry.face === undefined && entry.lease === undefined) this.#removeEntry(entry)
  }

  #updateLease(entry: Entry): void {
    const before = entry.lease
    let best: LeaseRecord | undefined
    for (const version of this.#catalog.versions(leaseKey(entry.clusterId, entry.group.sid, entry.instanceId))) {
      const lease = readLease(version.value)
      if (lease !== undefined && (best === undefined || compareLeases(lease, best) > 0)) best = lease
    }
    entry.lease = best
    this.leases?.leaseChanged(entry, before)
  }

  #updateFace(entry: Entry): void {
    const { clusterId, instanceId, group } = entry
    const registration = this.#catalog.winner(instanceKey(clusterId, group.sid, instanceId))
    const record = registration === undefined ? undefined : readInstance(registration.value)
    if (registration === undefined || record === undefined) {
      entry.face = undefined
      return
    }
    entry.parents = record.parents
    const overlay = <T extends { parents: readonly string[] }>(
      version: Version | undefined,
      read: (b: Uint8Array) => T | undefined,
    ) => {
      const laid = version === undefined ? undefined : read(version.value)
      return laid?.parents.some(parent => record.generations.includes(parent)) === true ? laid : undefined
    }
    entry.face = makeFace(this.#digests, {
      registration,
      instance: record.instance,
      status: overlay(this.#catalog.winner(statusKey(clusterId, group.sid, instanceId)), readStatus),
      properties: overlay(this.#catalog.winner(propertiesKey(clusterId, group.sid, instanceId)), readProperties),
    })
  }

  #addEntry(group: Group, cluster: ClusterId, instanceId: string): Entry {
    const entry = new Entry(group, cluster, instanceId)
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
    const group = this.group(parsed.a as Sid)
    this.names.removeConsumer(group)
    const winner = this.#catalog.winner(key)
    const child = winner === undefined ? undefined : readChild(parsed, winner)
    if (child === undefined) group.children.delete(key)
    else group.children.set(key, child)
    this.names.addConsumer(group)
    this.#dropIfEmpty(group)
  }

  #updateNode(key: string, { cluster, a }: ParsedKey): void {
    const winner = this.#catalog.winner(key)
    const record = winner === undefined ? undefined : readNode(winner.value)
    const known = this.nodes.get(a as NodeId)
    if (record !== undefined) this.nodes.set(a as NodeId, { clusterId: cluster, record })
    else if (known?.clusterId === cluster) this.nodes.delete(a as NodeId)
  }

  #dropIfEmpty(group: Group): void {
    if (group.registrations.size > 0 || group.entries.size > 0 || group.children.size > 0) return
    this.names.remove(group)
    this.groups.delete(group.sid)
  }
}

const readChild = ({ cluster, kind, b }: ParsedKey, { value }: Version): Child | undefined => {
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
