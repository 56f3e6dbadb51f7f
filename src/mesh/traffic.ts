/** Bytes and frames by peer and kind, as plain numbers for whoever shows them. */
import type { NodeId } from '../core/model.ts'
import { CONNECTIONS_MAX } from './limits.ts'
import { OldestOut } from './oldest-out.ts'

export type TrafficKind = 'gossip' | 'peer' | 'repair'

export interface Volume {
  bytesIn: number
  bytesOut: number
  framesIn: number
  framesOut: number
}

export type PeerTraffic = Readonly<Record<TrafficKind, Volume>>

const zero = (): Volume => ({ bytesIn: 0, bytesOut: 0, framesIn: 0, framesOut: 0 })
const empty = (): PeerTraffic => ({ gossip: zero(), peer: zero(), repair: zero() })

/** Frames of our own, before multiplexing and encryption. Counts outlive a connection, and never decrease in `total`. */
export class Traffic {
  readonly total: PeerTraffic = empty()
  readonly #peers = new OldestOut<NodeId, PeerTraffic>(CONNECTIONS_MAX)

  of(node: NodeId): PeerTraffic {
    const known = this.#peers.get(node)
    if (known !== undefined) return known
    const fresh = empty()
    this.#peers.set(node, fresh)
    return fresh
  }

  received(node: NodeId, kind: TrafficKind, bytes: number): void {
    for (const { [kind]: volume } of [this.total, this.of(node)]) {
      volume.bytesIn += bytes
      volume.framesIn++
    }
  }

  sent(node: NodeId, kind: TrafficKind, bytes: number): void {
    for (const { [kind]: volume } of [this.total, this.of(node)]) {
      volume.bytesOut += bytes
      volume.framesOut++
    }
  }
}
