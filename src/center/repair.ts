import { Context, type Intervals, NO_INTERVALS } from '../core/context.ts'
import type { Epoch, NodeId } from '../core/model.ts'
import { countOf, without } from '../core/reconcile.ts'
import type { Now } from '../core/registry.ts'
import type { Outcome, Replica } from '../core/replica.ts'
import type { Digests } from '../core/transaction.ts'
import { isCount, type Row, type Write } from '../core/wire.ts'
import { Declined } from './declined.ts'
import type { Clock, Mesh, Random } from './ports.ts'
import { Pull } from './pull.ts'
import type { PullEnd, PullParts } from './pull-parts.ts'
import { RepairAnswers, SLICE_BYTES } from './repair-answers.ts'
import { stepSizesFor } from './steps.ts'
import type { Taken } from './taken.ts'

/** Each peer is repaired with this often, however quiet it is; jittered by half. */
const INTERVAL_MS = 30_000
/** A repair without progress is given up, to begin anew: after this, and so much for each record that the peer may look at. */
const STALLED_MS = 10_000
const STALLED_MS_PER_RECORD = 0.03
/** Gossip may still bring what a beat revealed to be missing. */
const GAP_GRACE_MS = 250
/**
 * A peer found to differ is pulled from, too, but not in answer to each of its questions; nor while it lacks something: so
 * long after its last question it has caught up.
 */
const MIRROR_AFTER_MS = 500
const MIRROR_MS_PER_RECORD = 0.005
/**
 * Repairs at a time, as long as they get on. When many peers come at once, as after a cut, the first brings what they all
 * have, and the others find nothing more to do.
 */
const REPAIRS_MAX = 3
const SLOW_MS = 1_000
/** What a repair could not bring is asked for again after this long. */
const ABANDONED_MS = 3_600_000

/** Nodes whose first question may wait for their hello. */
const EARLY_MAX = 256

const ANSWERS: ReadonlySet<string> = new Set(['same', 'state', 'slice', 'cells', 'living'])

interface Peer {
  pull: Pull | undefined
  nextAtMs: number
  /** A gap was noticed then and has not been closed. */
  gapAtMs: number | undefined
  begunAtMs: number
  pulledAtMs: number
  /** When the last repair ended early: the next does not. */
  waitsSinceMs: number | undefined
}

export interface RepairParts {
  readonly replica: Replica
  readonly mesh: Mesh
  readonly clock: Clock
  readonly random: Random
  readonly digests: Digests
  readonly sliceBytes: number | undefined
  readonly now: () => Now
  /** Stores and emits what a slice brought; `done` when the log has taken it. */
  readonly commit: (outcome: Outcome, done: () => void) => void
  /** Stores that a context was joined, behind everything committed before. */
  readonly joined: (context: Context) => void
  /** A repair ended; `news`: the writers of whom it brought something, which goes at once to the other links. */
  readonly ended: (peer: NodeId, news: ReadonlySet<Epoch>) => void
}

/** Anti-entropy: with every peer on connecting, then at intervals, and whenever beats reveal a gap. This side pulls. */
export class Repair {
  readonly #parts: RepairParts
  readonly #answers: RepairAnswers
  readonly #pullParts: PullParts
  readonly #peers = new Map<NodeId, Peer>()
  /** Questions that overtook the hello of who asks: lanes are streams of their own. Unanswered they would stall a first repair. */
  readonly #early = new Map<NodeId, Row>()
  readonly #abandoned = new Context()
  readonly #declined = new Declined()
  #abandonedAtMs = 0
  #id = 0
  /** Since the start, with anybody: until then readiness and leases wait for the first. */
  #hasRepaired = false

  constructor(parts: RepairParts) {
    this.#parts = parts
    const sliceBytes = parts.sliceBytes ?? SLICE_BYTES
    const steps = stepSizesFor(sliceBytes)
    this.#answers = new RepairAnswers({ ...parts, sliceBytes, steps })
    this.#pullParts = {
      ...parts,
      steps,
      commit: (pull, outcome, done) => {
        this.#tellOthers(outcome.writes, pull)
        parts.commit(outcome, done)
      },
      declined: this.#declined,
      abandoned: (epoch, dots) => this.#abandoned.joinEpoch(epoch, dots),
      ended: (pull, how) => this.#end(pull, how),
    }
  }

  connected(node: NodeId): void {
    this.#peers.set(node, {
      pull: undefined,
      nextAtMs: 0,
      gapAtMs: undefined,
      begunAtMs: 0,
      pulledAtMs: 0,
      waitsSinceMs: undefined,
    })
    this.begin(node)
    const early = this.#early.get(node)
    if (early === undefined) return
    this.#early.delete(node)
    this.receive(node, 'compare', early)
  }

  disconnected(node: NodeId): void {
    this.#peers.get(node)?.pull?.abort()
    this.#peers.delete(node)
    this.#early.delete(node)
    this.#answers.disconnected(node)
  }

  /** Versions that came otherwise than by a repair. */
  arrived(writes: readonly Write[]): void {
    this.#tellOthers(writes, undefined)
  }

  #tellOthers(writes: readonly Write[], by: Pull | undefined): void {
    for (const { pull } of this.#peers.values()) if (pull !== by) pull?.arrived(writes)
  }

  /** Repairs that run now. */
  get running(): number {
    return this.#pulls().length
  }

  /** A beat that came from `node` says that it has seen `seq` of that epoch. */
  noticeGap(node: NodeId): void {
    const peer = this.#peers.get(node)
    if (peer !== undefined) peer.gapAtMs ??= this.#nowMs
  }

  /** Whether dots up to `seq` are missing here that a repair may bring. */
  isGap(epoch: Epoch, seq: number): boolean {
    return this.#lacking(epoch, seq).length > 0
  }

  /** How many. */
  missing(epoch: Epoch, seq: number): number {
    return countOf(this.#lacking(epoch, seq))
  }

  isRunning(node: NodeId): boolean {
    return this.#peers.get(node)?.pull !== undefined
  }

  #lacking(epoch: Epoch, seq: number): Intervals {
    const { context } = this.#parts.replica.catalog
    if (seq === 0 || context.prefix(epoch) >= seq) return NO_INTERVALS
    return without(without([1, seq], context.intervals(epoch)), this.#abandoned.intervals(epoch))
  }

  /** Every 100 ms. */
  tick(gapRemains: (node: NodeId) => boolean): void {
    const nowMs = this.#nowMs
    const stalledMs = STALLED_MS + STALLED_MS_PER_RECORD * this.#parts.replica.catalog.size
    if (nowMs - this.#abandonedAtMs > ABANDONED_MS) {
      this.#abandonedAtMs = nowMs
      this.#abandoned.clear()
    }
    this.#declined.turn(nowMs)
    for (const [node, peer] of this.#peers) {
      if (peer.pull !== undefined && nowMs - peer.pull.progressAtMs > stalledMs) {
        peer.pull.abort()
        peer.pull = undefined
      }
      if (peer.gapAtMs !== undefined && nowMs - peer.gapAtMs >= GAP_GRACE_MS) {
        peer.gapAtMs = undefined
        if (gapRemains(node)) this.begin(node)
      }
      if (nowMs >= peer.nextAtMs) this.begin(node)
    }
  }

  receive(node: NodeId, type: string, row: Row): Taken {
    const [id, ...fields] = row
    const peer = this.#peers.get(node)
    if (peer === undefined) {
      if (type === 'compare' && this.#early.size < EARLY_MAX) this.#early.set(node, row)
      return 'taken'
    }
    if (!isCount(id)) return 'malformed'
    const answered = this.#answers.receive(node, type, id, fields)
    if (answered === 'differs') this.#mirror(peer)
    else if (answered === 'taken') this.#wait(peer)
    if (answered !== 'unknown') return answered === 'differs' ? 'taken' : answered
    if (peer.pull?.id === id) return peer.pull.receive(type, fields)
    return ANSWERS.has(type) ? 'taken' : 'unknown' // it answers a repair that was given up
  }

  get #nowMs(): number {
    return this.#parts.clock.monotonicMs()
  }

  /** Unless one with this peer runs already; when its turn has come. */
  begin(node: NodeId): void {
    const peer = this.#peers.get(node)
    if (peer === undefined || peer.pull !== undefined) return
    const nowMs = this.#nowMs
    if (this.#busy(nowMs)) {
      peer.nextAtMs = Math.min(peer.nextAtMs, nowMs)
      return
    }
    this.#id += 1
    peer.nextAtMs = nowMs + INTERVAL_MS * (0.75 + this.#parts.random.fraction() / 2)
    peer.gapAtMs = undefined
    peer.begunAtMs = nowMs
    peer.pull = new Pull(this.#id, node, this.#pullParts)
    peer.pull.start(this.#answers.root(), this.#answers.seen(), this.#hasRepaired && peer.waitsSinceMs === undefined)
  }

  #busy(nowMs: number): boolean {
    return this.#pulls().filter(({ progressAtMs }) => nowMs - progressAtMs < SLOW_MS).length >= REPAIRS_MAX
  }

  #pulls(): Pull[] {
    return [...this.#peers.values()].flatMap(({ pull }) => pull ?? [])
  }

  get #mirrorAfterMs(): number {
    return MIRROR_AFTER_MS + MIRROR_MS_PER_RECORD * this.#parts.replica.catalog.size
  }

  /** It still asks, and so has not caught up. */
  #wait(peer: Peer): void {
    if (peer.waitsSinceMs === undefined) return
    peer.nextAtMs = Math.min(peer.waitsSinceMs + INTERVAL_MS, this.#nowMs + this.#mirrorAfterMs)
  }

  /** A peer found to differ may have what is missing here, too. */
  #mirror(peer: Peer): void {
    if (peer.pull !== undefined || this.#nowMs - peer.pulledAtMs <= MIRROR_AFTER_MS) return
    peer.nextAtMs = Math.min(peer.nextAtMs, this.#nowMs + this.#mirrorAfterMs)
  }

  #end(pull: Pull, how: PullEnd): void {
    const peer = this.#peers.get(pull.node)
    if (peer?.pull !== pull) return
    peer.pull = undefined
    peer.waitsSinceMs = how === 'early' ? this.#nowMs : undefined
    if (how !== 'whole') peer.nextAtMs = this.#nowMs + this.#mirrorAfterMs
    if (how === 'early') return
    this.#hasRepaired = true
    peer.pulledAtMs = this.#nowMs
    if (how === 'whole') this.#parts.replica.repaired(pull.node, peer.begunAtMs, this.#nowMs)
    this.#parts.ended(pull.node, pull.news)
  }
}
