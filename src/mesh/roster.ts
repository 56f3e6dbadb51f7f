/** Who belongs to this mesh as far as the configured addresses have said, and how the configuration knows each node. */
import type { Clock } from '../center/ports.ts'
import type { NodeId } from '../core/model.ts'
import type { MeshAddress } from './addresses.ts'
import { CONFIRMED_FOR_MS, IDENTITIES_MAX } from './limits.ts'
import { OldestOut } from './oldest-out.ts'

/** A configured address and what it makes of the nodes it leads to or vouches for. */
export interface Origin {
  readonly address: MeshAddress
  readonly role: 'sibling' | 'foreign'
  /** The name that `--clusters` gives it. */
  readonly name: string | undefined
  /** Position in the configuration, `--peers` first. A node known by several addresses is known by the first. */
  readonly rank: number
}

interface Entry {
  readonly origin: Origin
  /** Monotonic; Infinity for identities written in the configuration. */
  readonly untilMs: number
}

export class Roster {
  readonly #clock: Clock
  readonly #configured = new Map<NodeId, Origin>()
  readonly #confirmed = new OldestOut<NodeId, Entry>(IDENTITIES_MAX)

  constructor(clock: Clock, origins: readonly Origin[]) {
    this.#clock = clock
    for (const origin of origins) {
      const { address } = origin
      if (address.kind === 'multiaddr' && address.node !== undefined && !this.#configured.has(address.node)) {
        this.#configured.set(address.node, origin)
      }
    }
  }

  /** A configured address led to the node, or vouched for it. */
  confirm(node: NodeId, origin: Origin): void {
    const known = this.find(node)
    const first = known === undefined || origin.rank <= known.rank ? origin : known
    this.#confirmed.set(node, { origin: first, untilMs: this.#clock.monotonicMs() + CONFIRMED_FOR_MS })
  }

  find(node: NodeId): Origin | undefined {
    const configured = this.#configured.get(node)
    if (configured !== undefined) return configured
    const entry = this.#confirmed.get(node)
    return entry !== undefined && entry.untilMs > this.#clock.monotonicMs() ? entry.origin : undefined
  }
}
