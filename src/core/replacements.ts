import type { Directory } from './directory.ts'
import { CLUSTER_ID } from './keys.ts'
import type { Members } from './members.ts'
import type { ClusterId } from './model.ts'
import { REPLACED } from './purge.ts'

/** Instances of a replaced cluster are hidden after one more lease; leases of unknown length count as the default one. */
const LEASE_MS = 120_000

/**
 * A configured address that answers with another cluster id: the cluster behind it came back without its disks. When no
 * node of the old id is heard any more, its instances are ghosts, and are hidden (invariant 17).
 */
export class Replacements {
  readonly #directory: Directory
  readonly #members: Members
  readonly #byName = new Map<string, ClusterId>()
  /** Old ids, what has taken their place, and since when none of their nodes was heard. */
  readonly #suspects = new Map<ClusterId, { readonly by: ClusterId; readonly silentSinceMs: number | undefined }>()

  constructor(directory: Directory, members: Members) {
    this.#directory = directory
    this.#members = members
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
      if (this.#isHeard(cluster, nowMs)) {
        this.#suspects.set(cluster, { by, silentSinceMs: undefined })
        this.#setReplaced(cluster, false)
      } else if (since === undefined) {
        this.#suspects.set(cluster, { by, silentSinceMs: nowMs })
      } else if (nowMs - since >= LEASE_MS && !this.#directory.replaced.has(cluster)) {
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
      this.#setReplaced(cluster, !this.#isHeard(cluster, nowMs))
    }
  }

  /** What a cluster has taken the place of, and what that had. */
  #formerly(cluster: ClusterId): ClusterId[] {
    return [...this.#suspects].flatMap(([former, { by }]) =>
      by === cluster ? [...this.#formerly(former), former] : [],
    )
  }

  /** A node of it was heard within a lease. */
  #isHeard(cluster: ClusterId, nowMs: number): boolean {
    for (const [node, known] of this.#directory.nodes) {
      if (known.clusterId === cluster && this.#members.silentMs(node, nowMs) < LEASE_MS) return true
    }
    return false
  }

  #setReplaced(cluster: ClusterId, replaced: boolean): void {
    const { replaced: set } = this.#directory
    if (set.has(cluster) === replaced) return
    this.#directory.touchCluster(cluster)
    if (replaced) set.add(cluster)
    else set.delete(cluster)
  }
}
