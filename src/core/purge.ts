import type { Catalog } from './catalog.ts'
import type { Dot } from './context.ts'
import { type Directory, RETIRED } from './directory.ts'
import { CLUSTER_ID } from './keys.ts'
import type { Members } from './members.ts'
import type { ClusterId } from './model.ts'

/** Kind of the documents in which readers tell that a configured address answers with another cluster id now. */
export const REPLACED = 'replaced'

/** Versions ended in one step, so that a large cluster's end does not hold the event loop. */
const ENDS_PER_STEP = 2_000

/**
 * Records of clusters that are gone: retired by an operator, or replaced by this node's own cluster and silent for
 * `orphanAfterMs` (invariant 17). They are dropped while their dots stay covered, and repair ends them everywhere.
 */
export class Purge {
  readonly #catalog: Catalog
  readonly #directory: Directory
  readonly #members: Members
  readonly #orphanAfterMs: number

  constructor(catalog: Catalog, directory: Directory, members: Members, orphanAfterMs: number) {
    this.#catalog = catalog
    this.#directory = directory
    this.#members = members
    this.#orphanAfterMs = orphanAfterMs
  }

  /** What is to be ended now, at most a step's worth. */
  due(nowMs: number): (Dot & { readonly key: string })[] {
    const gone = this.#gone(nowMs)
    if (gone.size === 0) return []
    const ends: (Dot & { readonly key: string })[] = []
    for (const key of this.#catalog.keys()) {
      if (!gone.has(key.slice(0, this.#directory.cluster.length) as ClusterId)) continue
      for (const { epoch, seq } of this.#catalog.versions(key)) ends.push({ key, epoch, seq })
      if (ends.length >= ENDS_PER_STEP) break
    }
    return ends
  }

  #gone(nowMs: number): Set<ClusterId> {
    const own = this.#directory.cluster
    const gone = new Set<ClusterId>()
    for (const { name } of this.#directory.documents.list(RETIRED)) {
      if (CLUSTER_ID.test(name) && name !== own) gone.add(name as ClusterId)
    }
    for (const { name, value } of this.#directory.documents.list(REPLACED)) {
      if (value.by === own && name !== own && this.#isSilent(name as ClusterId, nowMs)) gone.add(name as ClusterId)
    }
    return gone
  }

  #isSilent(cluster: ClusterId, nowMs: number): boolean {
    for (const [node, { clusterId }] of this.#directory.nodes) {
      if (clusterId === cluster && this.#members.silentMs(node, nowMs) < this.#orphanAfterMs) return false
    }
    return true
  }
}
