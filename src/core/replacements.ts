import type { Directory } from './directory.ts'
import { CLUSTER_ID } from './keys.ts'
import type { Members } from './members.ts'
import type { ClusterId } from './model.ts'
import { REPLACED } from './purge.ts'
import type { Reachability } from './reachability.ts'

/** The longest that is waited for, and where the leases of a cluster are unknown: the default one. */
const LEASE_MAX_MS = 120_000
/** The shortest: as long as a connection may be silent, so that a dropped link is not taken for an end. */
const LEASE_MIN_MS = 5_000

interface Suspect {
  /** What has taken its place. */
  readonly by: ClusterId
  /** Since when none of its nodes was heard for a lease; undefined: one was. */
  readonly silentSinceMs: number | undefined
}

/**
 * A configured address that answers with another cluster id: the cluster behind it came back without its disks. When no
 * node of the old id is heard any more, its instances are ghosts, and are hidden (invariant 17). The lease that is waited
 * for, twice, is the longest of the cluster's instances.
 */
export class Replacements {
  readonly #directory: Directory
  readonly #members: Members
  readonly #reachability: Reachability
  readonly #byName = new Map<string, ClusterId>()
  readonly #suspects = new Map<ClusterId, Suspect>()

  constructor(directory: Directory, members: Members, reachability: Reachability) {
    this.#directory = directory
    this.#members = members
    this.#reachability = reachability
  }

  /** Names of clusters and the ids met behind them, in the order in which they were: kept over a restart. */
  get names(): readonly (readonly [string, ClusterId])[] {
    return [...this.#byName].flatMap(([name, cluster]) =>
      [...this.#formerly(cluster), cluster].map((id): [string, ClusterId] => [name, id]),
    )
  }

  /** The cluster configured as `name` says that its id is `cluster`. True when that is news. */
  met(name: string, cluster: ClusterId): boolean {
    const before = this.#byName.get(name)
    this.#directory.labels.set(cluster, name)
    this.#suspects.delete(cluster)
    this.#setReplaced(cluster, false)
    if (before === cluster) return false
    this.#byName.set(name, cluster)
    if (before !== undefined) this.#suspects.set(before, { by: cluster, silentSinceMs: undefined })
    return true
  }

  /** Clusters found replaced just now, and by which. */
  tick(nowMs: number): { readonly cluster: ClusterId; readonly by: ClusterId }[] {
    const found: { cluster: ClusterId; by: ClusterId }[] = []
    for (const [cluster, { by, silentSinceMs: since }] of this.#suspects) {
      const waitedMs = this.#waitedMs(cluster)
      if (this.#silentMs(cluster, nowMs) < waitedMs) {
        this.#suspects.set(cluster, { by, silentSinceMs: undefined })
        this.#setReplaced(cluster, false)
      } else if (since === undefined) {
        this.#suspects.set(cluster, { by, silentSinceMs: nowMs })
      } else if (nowMs - since >= waitedMs && !this.#directory.replaced.has(cluster)) {
        this.#setReplaced(cluster, true)
        found.push({ cluster, by })
      }
    }
    this.#believe(nowMs)
    return found
  }

  /** Who has no address configured, or had started anew, learns of it from those that found it; and looks for itself. */
  #believe(nowMs: number): void {
    const { documents, cluster: own } = this.#directory
    const answering = new Set(this.#byName.values())
    for (const { name } of documents.list(REPLACED)) {
      const cluster = name as ClusterId
      if (!CLUSTER_ID.test(cluster) || cluster === own) continue
      if (answering.has(cluster) || this.#suspects.has(cluster)) continue
      this.#setReplaced(cluster, this.#silentMs(cluster, nowMs) >= this.#waitedMs(cluster))
    }
  }

  /** What a cluster has taken the place of, and what that had. */
  #formerly(cluster: ClusterId): ClusterId[] {
    return [...this.#suspects].flatMap(([former, { by }]) =>
      by === cluster ? [...this.#formerly(former), former] : [],
    )
  }

  /** Since any of its nodes was heard; infinite when none is known. */
  #silentMs(cluster: ClusterId, nowMs: number): number {
    let leastMs = Number.POSITIVE_INFINITY
    for (const [node, known] of this.#directory.nodes) {
      if (known.clusterId === cluster) leastMs = Math.min(leastMs, this.#members.silentMs(node, nowMs))
    }
    return leastMs
  }

  /** Its longest lease, between the two limits. One that is hidden already is looked through no more. */
  #waitedMs(cluster: ClusterId): number {
    if (this.#directory.replaced.has(cluster)) return LEASE_MIN_MS
    let longestMs = 0
    // Its nodes may have records under the new id by now: the instances tell whose they are.
    for (const holder of this.#reachability.holders()) {
      for (const { clusterId, lease } of this.#reachability.heldBy(holder)) {
        if (clusterId === cluster && lease?.open === true) longestMs = Math.max(longestMs, lease.leaseMs)
        if (longestMs >= LEASE_MAX_MS) return LEASE_MAX_MS
      }
    }
    return longestMs === 0 ? LEASE_MAX_MS : Math.max(longestMs, LEASE_MIN_MS)
  }

  #setReplaced(cluster: ClusterId, replaced: boolean): void {
    const { replaced: set } = this.#directory
    if (set.has(cluster) === replaced) return
    this.#directory.touchCluster(cluster)
    if (replaced) set.add(cluster)
    else set.delete(cluster)
  }
}
