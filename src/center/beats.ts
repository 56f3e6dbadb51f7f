import { BEAT_MS, readBeats } from '../core/members.ts'
import type { Epoch, NodeId } from '../core/model.ts'
import type { Replica } from '../core/replica.ts'
import { encodeFrame, isBytes, type Row } from '../core/wire.ts'
import type { Clock, Mesh } from './ports.ts'
import type { Repair } from './repair.ts'

/** A connection without a beat for this long is dropped and dialled anew. */
export const DEAD_AFTER_MS = 5_000

export interface BeatsParts {
  readonly replica: Replica
  readonly mesh: Mesh
  readonly clock: Clock
  readonly repair: Repair
}

/** Sends each peer, once a second, the beats it has not been told; learns from theirs who runs and what is missing here. */
export class Beats {
  readonly #parts: BeatsParts
  /** When each peer's frames were last seen, and what its beats claim to have seen. */
  readonly #peers = new Map<NodeId, { heardAtMs: number; readonly claims: Map<Epoch, number> }>()
  #sentAtMs = 0

  constructor(parts: BeatsParts) {
    this.#parts = parts
  }

  connected(node: NodeId): void {
    this.#peers.set(node, { heardAtMs: this.#parts.clock.monotonicMs(), claims: new Map() })
  }

  disconnected(node: NodeId): void {
    this.#peers.delete(node)
    this.#parts.replica.members.forgetPeer(node)
  }

  /** Every 100 ms. */
  tick(): void {
    const nowMs = this.#parts.clock.monotonicMs()
    for (const [node, peer] of this.#peers) {
      if (nowMs - peer.heardAtMs > DEAD_AFTER_MS) this.#parts.mesh.drop(node, `no beat for ${DEAD_AFTER_MS} ms`)
    }
    if (nowMs - this.#sentAtMs >= BEAT_MS) this.sendAll()
  }

  /** Also when a repair brought something, so that the other links hear of it at once. */
  sendAll(): void {
    this.#sentAtMs = this.#parts.clock.monotonicMs()
    for (const node of this.#peers.keys()) this.#send(node)
  }

  receive(node: NodeId, [bytes]: Row): void {
    const peer = this.#peers.get(node)
    const nowMs = this.#parts.clock.monotonicMs()
    const beats = isBytes(bytes) ? readBeats(bytes, node, nowMs) : undefined
    if (peer === undefined || beats === undefined) return
    peer.heardAtMs = nowMs
    for (const beat of beats) {
      this.#parts.replica.members.hear(beat)
      if (beat.epoch === this.#parts.replica.epoch || !this.#parts.repair.isGap(beat.epoch, beat.seq)) continue
      peer.claims.set(beat.epoch, Math.max(beat.seq, peer.claims.get(beat.epoch) ?? 0))
      this.#parts.repair.noticeGap(node)
    }
  }

  /** Whether a peer still claims to have seen what is missing here. */
  gapRemains(node: NodeId): boolean {
    const claims = this.#peers.get(node)?.claims ?? new Map<Epoch, number>()
    for (const [epoch, seq] of claims) if (!this.#parts.repair.isGap(epoch, seq)) claims.delete(epoch)
    return claims.size > 0
  }

  #send(node: NodeId): void {
    const { replica, mesh } = this.#parts
    const beats = replica.members.unsent(node, epoch => replica.catalog.context.prefix(epoch))
    mesh.send(node, 'peer', encodeFrame('beats', beats))
  }
}
