import type { Entry } from '../../../src/core/entry.ts'
import type { SimNode } from '../world/node.ts'
import { entriesOf } from './partitions.ts'
import type { Scene } from './scene.ts'

interface Known {
  readonly forgotAtMs: number
  readonly sinceMs: Map<string, number>
}

/**
 * Since when each node has known an open lease, as far as it can remember. A holder that lost its disk watches a lease from when
 * somebody brings it back, and that is as late as the last who has it is away.
 */
export class Returns {
  readonly #scene: Scene
  readonly #known = new Map<SimNode, Known>()

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /** Once a second. */
  look(): void {
    for (const node of this.#scene.running()) {
      const { sinceMs } = this.#of(node)
      for (const entry of entriesOf(node)) {
        const name = nameOf(entry)
        if (entry.lease?.open === true && !sinceMs.has(name)) sinceMs.set(name, this.#scene.nowMs)
      }
    }
  }

  /** When the lease that a reader shows came back to its holder; while it has not, when it came to the reader. */
  sinceMs(holder: SimNode, reader: SimNode, entry: Entry): number {
    const name = nameOf(entry)
    return this.#of(holder).sinceMs.get(name) ?? this.#of(reader).sinceMs.get(name) ?? this.#scene.nowMs
  }

  #of(node: SimNode): Known {
    const known = this.#known.get(node)
    if (known?.forgotAtMs === node.forgotAtMs) return known
    const { forgotAtMs } = node
    const fresh = { forgotAtMs, sinceMs: new Map<string, number>() }
    this.#known.set(node, fresh)
    return fresh
  }
}

/** Of one registration, a later version is another lease: somebody has heard the instance. */
const nameOf = ({ lease }: Entry): string => `${lease?.epoch} ${lease?.seq} ${lease?.version} ${lease?.holder}`
