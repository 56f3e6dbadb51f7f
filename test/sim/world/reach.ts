import type { Network } from './network.ts'
import type { SimNode } from './node.ts'

/**
 * Since when two nodes have been connected by a path of which nothing has changed: no node of it began, stood still or
 * ended, no link fell or was cut. Infinity: there is no path now. What a center learns of its peers takes longer.
 */
export class Reach {
  readonly #nodes: readonly SimNode[]
  readonly #network: Network
  #since: number[][] | undefined

  constructor(nodes: readonly SimNode[], network: Network) {
    this.#nodes = nodes
    this.#network = network
  }

  /** To be told of every change. */
  changed(): void {
    this.#since = undefined
  }

  /** True time; the node itself counts as connected since it was last disturbed. */
  since(a: SimNode, b: SimNode): number {
    this.#since ??= this.#compute()
    return this.#since[a.index]?.[b.index] ?? Number.POSITIVE_INFINITY
  }

  /** Directly, over their own link. */
  directSince(a: SimNode, b: SimNode): number {
    const link = this.#network.between(a, b)
    if (link?.connection?.established !== true || link.cut) return Number.POSITIVE_INFINITY
    return Math.max(link.changedAtMs, steadySince(a), steadySince(b))
  }

  #compute(): number[][] {
    const nodes = this.#nodes
    const since = nodes.map(a => nodes.map(b => (a === b ? steadySince(a) : this.directSince(a, b))))
    for (const via of nodes.keys()) {
      for (const a of nodes.keys()) {
        const first = since[a]?.[via] ?? Number.POSITIVE_INFINITY
        if (first === Number.POSITIVE_INFINITY) continue
        for (const b of nodes.keys()) {
          const row = since[a] as number[]
          const whole = Math.max(first, since[via]?.[b] ?? Number.POSITIVE_INFINITY)
          if (whole < (row[b] as number)) row[b] = whole
        }
      }
    }
    return since
  }
}

const steadySince = (node: SimNode): number => (node.running ? node.disturbedAtMs : Number.POSITIVE_INFINITY)
