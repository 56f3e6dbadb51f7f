import type { Directory } from './directory.ts'
import type { Entry } from './entry.ts'
import type { Members } from './members.ts'
import type { ClusterId, NodeId } from './model.ts'

/** A silent node's instances are hidden at the earliest after this, however short their leases (invariant 10). */
const HIDE_AT_LEAST_MS = 10_000
/** Readers are told that a cluster may be stale when none of its nodes has been heard for this long. */
const STALE_MS = 5_000

export interface ReachabilityOptions {
  /** What to do with instances of a node that is silent while its siblings are heard. */
  readonly silentNode: 'hide' | 'mark' | 'keep'
  /** With policy `hide`: how long a cluster must be silent before its instances are hidden. */
  readonly hideAfterMs: number
}

export interface ReachabilityParts {
  readonly self: NodeId
  readonly directory: Directory
  readonly members: Members
}

const NOBODY: ReadonlySet<Entry> = new Set()

/** What this node thinks of nodes and clusters it does not hear. It hides and marks; it deletes nothing. */
export class Reachability {
  readonly #parts: ReachabilityParts
  readonly #options: ReachabilityOptions
  /** Peers with whom a repair would show what is hidden: through them a holder is heard again. */
  readonly awaited = new Set<NodeId>()
  readonly #held = new Map<NodeId, Set<Entry>>()
  /** Nodes whose instances are hidden, and since when they are heard again, if they are. */
  readonly #hiding = new Map<NodeId, number | undefined>()
  /** When nodes were last seen to open a lease, or to take one from another. */
  readonly #tookAtMs = new Map<NodeId, number>()
  /** When clusters fell silent. */
  readonly #silentSinceMs = new Map<ClusterId, number>()

  constructor(parts: ReachabilityParts, options: ReachabilityOptions) {
    this.#parts = parts
    this.#options = options
  }

  /**
   * Keeps the instances of each other holder at hand. A lease that moved is no longer hidden; that a node opened or took it is a
   * sign of life, which may come a moment before the node's first beat.
   */
  leaseChanged(entry: Entry, before: Entry['lease'], nowMs: number): void {
    const { lease } = entry
    if (before !== undefined && before.holder !== lease?.holder) this.#drop(before.holder, entry)
    if (lease !== undefined && lease.holder !== this.#parts.self) {
      const held = this.#held.get(lease.holder) ?? new Set<Entry>()
      this.#held.set(lease.holder, held.add(entry))
    }
    if (lease?.version === before?.version && lease?.holder === before?.holder) return
    entry.hidden = false
    if (lease !== undefined && lease.holder !== this.#parts.self) this.#tookAtMs.set(lease.holder, nowMs)
  }

  /** Other holders of leases, whatever their cluster. */
  holders(): NodeId[] {
    return [...this.#held.keys()]
  }

  heldBy(node: NodeId): ReadonlySet<Entry> {
    return this.#held.get(node) ?? NOBODY
  }

  /** Once a second. */
  tick(nowMs: number): void {
    const { directory, members, self } = this.#parts
    const heard = new Set<ClusterId>()
    const clusters = new Set<ClusterId>()
    directory.silent.clear()
    this.awaited.clear()
    for (const [node, { clusterId, record }] of directory.nodes) {
      const silentMs = node === self ? 0 : members.silentMs(node, nowMs)
      // A cluster of an older center has no nodes: it is heard as long as somebody who stands in for it reaches it.
      for (const proxied of record.proxies as readonly ClusterId[]) {
        clusters.add(proxied)
        if (silentMs < STALE_MS && !record.severed.includes(proxied)) heard.add(proxied)
      }
      if (node === self) continue
      clusters.add(clusterId)
      if (silentMs < STALE_MS) heard.add(clusterId)
      else directory.silent.add(node)
      const quietMs = Math.min(silentMs, nowMs - (this.#tookAtMs.get(node) ?? Number.NEGATIVE_INFINITY))
      if (quietMs >= HIDE_AT_LEAST_MS) this.#hide(node, quietMs, nowMs)
      // That it took a lease does not say that it is heard again: its last beat is from before.
      else if (silentMs < HIDE_AT_LEAST_MS) this.#welcome(node, nowMs)
    }
    this.#judgeClusters(clusters, heard, nowMs)
  }

  #drop(holder: NodeId, entry: Entry): void {
    const held = this.#held.get(holder)
    if (held?.delete(entry) !== true || held.size > 0) return
    this.#held.delete(holder)
    this.#tookAtMs.delete(holder)
  }

  /** A node whose silence is not the reader's own: a sibling of it, other than the reader, is heard. */
  #isSingledOut(node: NodeId, cluster: ClusterId, nowMs: number): boolean {
    const { directory, members, self } = this.#parts
    for (const [other, { clusterId }] of directory.nodes) {
      if (clusterId === cluster && other !== node && other !== self && members.silentMs(other, nowMs) < STALE_MS)
        return true
    }
    return false
  }

  /** A node that lost its cluster id holds what it held under it, and siblings of old are heard in its place. */
  #hide(node: NodeId, silentMs: number, nowMs: number): void {
    if (this.#options.silentNode !== 'hide') return
    const singledOut = new Map<ClusterId, boolean>()
    for (const entry of this.heldBy(node)) {
      const { clusterId } = entry
      const isSingledOut = singledOut.get(clusterId) ?? this.#isSingledOut(node, clusterId, nowMs)
      singledOut.set(clusterId, isSingledOut)
      if (!isSingledOut) continue
      this.#hiding.set(node, undefined)
      if (entry.hidden || silentMs < (entry.lease?.leaseMs ?? 0)) continue
      entry.hidden = true
      this.#parts.directory.evaluate(entry)
    }
  }

  /** Those to whom its beats go on from here wait for what it had ended, too. */
  #welcome(node: NodeId, nowMs: number): void {
    const { members } = this.#parts
    if (this.#hiding.has(node)) this.#show(node, nowMs)
    const beat = members.beatOf(node)
    if (beat?.via !== undefined && !beat.watching && members.isAhead(beat)) this.awaited.add(beat.via)
  }

  /**
   * The hidden come back when their holder beats, has finished watching, and a repair since, with the peer through which it is
   * heard, has brought its ends. That peer calls it watching as long as it waits for them itself.
   */
  #show(node: NodeId, nowMs: number): void {
    const beat = this.#parts.members.beatOf(node)
    const backAtMs = this.#hiding.get(node) ?? nowMs
    this.#hiding.set(node, backAtMs)
    if (beat === undefined || beat.watching) {
      this.#hiding.set(node, nowMs)
      return
    }
    const repairedAtMs = beat.via === undefined ? 0 : this.#parts.members.repairedAtMs(beat.via)
    if (repairedAtMs <= backAtMs) {
      if (beat.via !== undefined) this.awaited.add(beat.via)
      return
    }
    this.#hiding.delete(node)
    for (const entry of this.#held.get(node) ?? []) {
      if (!entry.hidden) continue
      entry.hidden = false
      this.#parts.directory.evaluate(entry)
    }
  }

  #judgeClusters(clusters: ReadonlySet<ClusterId>, heard: ReadonlySet<ClusterId>, nowMs: number): void {
    const { directory } = this.#parts
    for (const cluster of clusters) {
      if (cluster === directory.cluster || heard.has(cluster)) {
        this.#silentSinceMs.delete(cluster)
        if (directory.unreachable.has(cluster)) this.#turn(cluster, () => directory.unreachable.delete(cluster))
        continue
      }
      const since = this.#silentSinceMs.get(cluster) ?? nowMs
      this.#silentSinceMs.set(cluster, since)
      if (nowMs - since >= this.#options.hideAfterMs && !directory.unreachable.has(cluster)) {
        this.#turn(cluster, () => directory.unreachable.add(cluster))
      }
    }
  }

  /** Only under policy `hide` does this change what readers see. */
  #turn(cluster: ClusterId, turn: () => void): void {
    const { directory } = this.#parts
    if (directory.policy === 'hide') directory.touchCluster(cluster)
    turn()
  }
}
