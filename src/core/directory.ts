import type { Catalog, Version } from './catalog.ts'
import { type Before, Changes } from './changes.ts'
import { Documents } from './documents.ts'
import type { Entry } from './entry.ts'
import { Former } from './former.ts'
import { Group } from './group.ts'
import { contentKey } from './keys.ts'
import { LocalCounts } from './local-counts.ts'
import type { ClusterId, NodeId, Sid } from './model.ts'
import { NameIndex } from './name-index.ts'
import { type LeaseRecord, type NodeRecord, readContent } from './records.ts'
import type { Origin, ReadOptions } from './view.ts'

/** Kind of the documents that say which nodes and clusters are gone for good. */
export const RETIRED = 'retired'

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
 * clusters. Everything here is derived from records; the indexer is told which key has changed.
 */
export class Directory {
  readonly groups = new Map<Sid, Group>()
  readonly names = new NameIndex()
  readonly documents: Documents
  readonly nodes = new Map<NodeId, KnownNode>()
  /** A node that took another cluster id may have left a record under each: `nodes` has the latest. */
  readonly nodeRecords = new Map<NodeId, Map<ClusterId, KnownNode & { readonly version: Version }>>()
  readonly changes = new Changes()
  /** Services of which nothing is left. */
  readonly former = new Former()
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

  constructor(catalog: Catalog, cluster: ClusterId) {
    this.#catalog = catalog
    this.cluster = cluster
    this.documents = new Documents(catalog)
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

  /** Whether `self`, this node, writes for a cluster: its own, or one that it stands in for (invariant 16). */
  writesFor(self: NodeId, cluster: ClusterId): boolean {
    return cluster === this.cluster || this.nodes.get(self)?.record.proxies.includes(cluster) === true
  }

  /** An operator has said that a node or a cluster is gone for good. */
  isRetired(id: NodeId | ClusterId): boolean {
    return this.documents.read(RETIRED, id) !== undefined
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
    const { clusterId } = entry
    const holder = entry.lease?.holder ?? ('' as NodeId)
    return { clusterId, cluster: this.labelOf(clusterId), holder, stale: this.isStale(entry) }
  }

  /** Its cluster or holder has not been heard for a while, or self-preservation keeps it. */
  isStale({ clusterId, lease, graceUntilMs }: Entry): boolean {
    if (this.unreachable.has(clusterId) || graceUntilMs > 0) return true
    // A node without a disk takes its record with it when it leaves.
    return lease !== undefined && (this.silent.has(lease.holder) || !this.nodes.has(lease.holder))
  }

  labelOf(cluster: ClusterId): string {
    const configured = this.labels.get(cluster)
    if (configured !== undefined) return configured
    for (const { clusterId, record } of this.nodes.values()) {
      if (clusterId === cluster) return record.label
      const stoodInFor = record.proxyNames[record.proxies.indexOf(cluster)]
      if (stoodInFor !== undefined) return stoodInFor
    }
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
}
