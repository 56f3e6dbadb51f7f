import type { NodeId } from '../core/model.ts'
import type { Replica } from '../core/replica.ts'
import type { Beats } from './beats.ts'
import type { Lag } from './ports.ts'
import type { Repair } from './repair.ts'

const SECOND_MS = 1_000
/** Peers say once a second how far they have seen, and their word takes its time. */
const ACKNOWLEDGED_MS = 2 * SECOND_MS
/** Seconds for which it is known how far the own writes had come: a peer that is further behind has been so for longer. */
const SAMPLES_MAX = 600

export interface LagParts {
  readonly replica: Replica
  readonly beats: Beats
  readonly repair: Repair
}

/**
 * How far behind this node is of each other, and each direct peer of it: from dots and beats, and from this node's own
 * clock alone. A beat says how far its node's writes go; a peer's beats say how far it has seen this node's.
 */
export class LagMeter {
  readonly #parts: LagParts
  /** Since when this node lacks something of each node. */
  readonly #sinceMs = new Map<NodeId, number>()
  /** How far the own writes had come, once a second, oldest first. */
  readonly #samples: { readonly seq: number; readonly atMs: number }[] = []
  #lookedAtMs = Number.NEGATIVE_INFINITY

  constructor(parts: LagParts) {
    this.#parts = parts
  }

  /** Every 100 ms. */
  tick(nowMs: number): void {
    if (nowMs - this.#lookedAtMs < SECOND_MS) return
    this.#lookedAtMs = nowMs
    const { nodes } = this.#parts.replica.directory
    for (const node of nodes.keys()) {
      if (this.missing(node) === 0) this.#sinceMs.delete(node)
      else if (!this.#sinceMs.has(node)) this.#sinceMs.set(node, nowMs)
    }
    for (const node of this.#sinceMs.keys()) if (!nodes.has(node)) this.#sinceMs.delete(node)
    const seq = this.#ownSeq
    if (this.#samples.at(-1)?.seq === seq) return
    this.#samples.push({ seq, atMs: nowMs })
    if (this.#samples.length > SAMPLES_MAX) this.#samples.shift()
  }

  /** Changes of a node that this one knows of and has not got. */
  missing(node: NodeId): number {
    const { replica, repair } = this.#parts
    const beat = replica.members.beatOf(node)
    return beat === undefined || node === replica.node ? 0 : repair.missing(beat.epoch, beat.seq)
  }

  /** What this node lacks of another. */
  behind(node: NodeId, nowMs: number): Lag {
    const changes = this.missing(node)
    return { changes, ms: changes === 0 ? 0 : nowMs - (this.#sinceMs.get(node) ?? nowMs) }
  }

  /** What a direct peer lacks of this node's own; undefined while it has not said. */
  lackedBy(node: NodeId, nowMs: number): Lag | undefined {
    const seen = this.#parts.beats.seenBy(node)
    if (seen === undefined) return undefined
    // What was written since can hardly have been acknowledged yet.
    const due = this.#samples.findLast(({ atMs }) => nowMs - atMs >= ACKNOWLEDGED_MS)?.seq ?? 0
    const changes = Math.max(0, due - seen)
    if (changes === 0) return { changes, ms: 0 }
    const first = this.#samples.find(({ seq }) => seq > seen)
    return { changes, ms: first === undefined ? 0 : nowMs - first.atMs }
  }

  get #ownSeq(): number {
    const { catalog, epoch } = this.#parts.replica
    return catalog.context.prefix(epoch)
  }
}
