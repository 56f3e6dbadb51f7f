import { BEAT_MS, readBeats } from '../core/members.ts'
import type { Epoch, NodeId } from '../core/model.ts'
import type { Replica } from '../core/replica.ts'
import { encodeFrame, isBytes, isCount, type Row } from '../core/wire.ts'
import type { Clock, Mesh } from './ports.ts'
import type { Repair } from './repair.ts'
import type { Taken } from './taken.ts'

/** A connection without a beat for this long is dropped and dialled anew. */
export const DEAD_AFTER_MS = 5_000

export interface BeatsParts {
  readonly replica: Replica
  readonly mesh: Mesh
  readonly clock: Clock
  readonly repair: Repair
}

interface Heard {
  /** When its frames were last seen. */
  heardAtMs: number
  /** What its beats claim to have seen and this node lacks. */
  readonly claims: Map<Epoch, number>
  /** How far it has seen this node's own writes; undefined: it has not said. */
  seenOwn: number | undefined
  /** Its wall clock against this node's when its last beats arrived. Shown to people, and used for nothing. */
  clockAheadMs: number | undefined
}

/** Sends each peer, once a second, the beats it has not been told; learns from theirs who runs and what is missing here. */
export class Beats {
  readonly #parts: BeatsParts
  readonly #peers = new Map<NodeId, Heard>()
  #sentAtMs = 0

  constructor(parts: BeatsParts) {
    this.#parts = parts
  }

  connected(node: NodeId): void {
    const heardAtMs = this.#parts.clock.monotonicMs()
    this.#parts.replica.members.connected(node, heardAtMs)
    this.#peers.set(node, { heardAtMs, claims: new Map(), seenOwn: undefined, clockAheadMs: undefined })
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

  /** `news`: writers of whom a repair brought something. The other links hear of it at once, also when the writer is dead. */
  sendAll(news: ReadonlySet<Epoch> = NO_NEWS): void {
    this.#sentAtMs = this.#parts.clock.monotonicMs()
    for (const node of this.#peers.keys()) this.#send(node, news)
  }

  /** What this node has written and gossip does not carry is pulled by those who see in its beat that it is there. */
  announce(): void {
    const { clock, replica } = this.#parts
    clock.after(0, () => this.sendAll(new Set([replica.epoch])))
  }

  receive(node: NodeId, [bytes, wallMs]: Row): Taken {
    const peer = this.#peers.get(node)
    const nowMs = this.#parts.clock.monotonicMs()
    const beats = isBytes(bytes) ? readBeats(bytes, node, nowMs) : undefined
    if (beats === undefined) return 'malformed'
    if (peer === undefined) return 'taken'
    peer.heardAtMs = nowMs
    if (isCount(wallMs)) peer.clockAheadMs = wallMs - this.#parts.clock.wallMs()
    for (const beat of beats) {
      this.#parts.replica.members.hear(beat)
      if (beat.epoch === this.#parts.replica.epoch) {
        peer.seenOwn = beat.seq
        continue
      }
      if (!this.#parts.repair.isGap(beat.epoch, beat.seq)) continue
      peer.claims.set(beat.epoch, Math.max(beat.seq, peer.claims.get(beat.epoch) ?? 0))
      this.#parts.repair.noticeGap(node)
    }
    return 'taken'
  }

  seenBy(node: NodeId): number | undefined {
    return this.#peers.get(node)?.seenOwn
  }

  clockAheadMs(node: NodeId): number | undefined {
    return this.#peers.get(node)?.clockAheadMs
  }

  /** Whether a peer still claims to have seen what is missing here. */
  gapRemains(node: NodeId): boolean {
    const claims = this.#peers.get(node)?.claims ?? new Map<Epoch, number>()
    for (const [epoch, seq] of claims) if (!this.#parts.repair.isGap(epoch, seq)) claims.delete(epoch)
    return claims.size > 0
  }

  #send(node: NodeId, news: ReadonlySet<Epoch>): void {
    const { replica, mesh, clock } = this.#parts
    const beats = replica.members.unsent(node, news, epoch => replica.catalog.context.prefix(epoch))
    mesh.send(node, 'peer', encodeFrame('beats', beats, clock.wallMs()))
  }
}

const NO_NEWS: ReadonlySet<Epoch> = new Set()
