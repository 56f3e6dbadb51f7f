import { Context, type Intervals } from '../core/context.ts'
import type { Epoch, NodeId } from '../core/model.ts'
import { endedByLiving, endedBySlice, lackingHere, without } from '../core/reconcile.ts'
import type { Now } from '../core/registry.ts'
import type { Outcome, Replica } from '../core/replica.ts'
import type { Digests } from '../core/transaction.ts'
import { contextRow, encodeFrame, isCount, type Row, readContext } from '../core/wire.ts'
import type { Clock, Mesh, Random } from './ports.ts'
import { equalBytes, RepairAnswers } from './repair-answers.ts'
import { cursorFields, isFingerprint, readLiving, readSlice } from './repair-frames.ts'

/** Each peer is repaired with this often, however quiet it is; jittered by half. */
const INTERVAL_MS = 30_000
/** A repair without progress is given up, to begin anew. */
const STALLED_MS = 10_000
/** Gossip may still bring what a beat revealed to be missing. */
const GAP_GRACE_MS = 250
/** A peer found to differ is pulled from, too, but not in answer to each of its questions. */
const MIRROR_AFTER_MS = 500
/** What a repair could not bring is asked for again after this long. */
const ABANDONED_MS = 3_600_000

interface Pull {
  readonly id: number
  /** The context the peer had before it listed anything. */
  seen: Context | undefined
  progressAtMs: number
  changed: boolean
}

interface Peer {
  pull: Pull | undefined
  nextAtMs: number
  /** A gap was noticed then and has not been closed. */
  gapAtMs: number | undefined
  pulledAtMs: number
}

export interface RepairParts {
  readonly replica: Replica
  readonly mesh: Mesh
  readonly clock: Clock
  readonly random: Random
  readonly digests: Digests
  readonly now: () => Now
  /** Stores and emits what a slice brought; `done` when the log has taken it. */
  readonly commit: (outcome: Outcome, done: () => void) => void
  /** Stores that a context was joined, behind everything committed before. */
  readonly joined: (context: Context) => void
  /** A repair ended; `changed`: it brought something, which goes at once to the other links. */
  readonly ended: (peer: NodeId, changed: boolean) => void
}

/** Anti-entropy: with every peer on connecting, then at intervals, and whenever beats reveal a gap. This side pulls. */
export class Repair {
  readonly #parts: RepairParts
  readonly #answers: RepairAnswers
  readonly #peers = new Map<NodeId, Peer>()
  readonly #abandoned = new Context()
  #abandonedAtMs = 0
  #id = 0
  /** Frames that were no frames of this protocol. */
  malformed = 0

  constructor(parts: RepairParts) {
    this.#parts = parts
    this.#answers = new RepairAnswers(parts.replica, parts.mesh, parts.digests)
  }

  connected(node: NodeId): void {
    this.#peers.set(node, { pull: undefined, nextAtMs: 0, gapAtMs: undefined, pulledAtMs: 0 })
    this.#start(node)
  }

  disconnected(node: NodeId): void {
    this.#peers.delete(node)
    this.#answers.disconnected(node)
  }

  /** Repairs that run now. */
  get running(): number {
    return [...this.#peers.values()].filter(peer => peer.pull !== undefined).length
  }

  /** A beat that came from `node` says that it has seen `seq` of that epoch. */
  noticeGap(node: NodeId): void {
    const peer = this.#peers.get(node)
    if (peer !== undefined) peer.gapAtMs ??= this.#nowMs
  }

  /** Whether dots up to `seq` are missing here that a repair may bring. */
  isGap(epoch: Epoch, seq: number): boolean {
    const { context } = this.#parts.replica.catalog
    if (seq === 0 || context.prefix(epoch) >= seq) return false
    return without(without([1, seq], context.intervals(epoch)), this.#abandoned.intervals(epoch)).length > 0
  }

  /** Every 100 ms. */
  tick(gapRemains: (node: NodeId) => boolean): void {
    const nowMs = this.#nowMs
    if (nowMs - this.#abandonedAtMs > ABANDONED_MS) {
      this.#abandonedAtMs = nowMs
      this.#abandoned.clear()
    }
    for (const [node, peer] of this.#peers) {
      if (peer.pull !== undefined && nowMs - peer.pull.progressAtMs > STALLED_MS) peer.pull = undefined
      if (peer.gapAtMs !== undefined && nowMs - peer.gapAtMs >= GAP_GRACE_MS) {
        peer.gapAtMs = undefined
        if (gapRemains(node)) this.#start(node)
      }
      if (nowMs >= peer.nextAtMs) this.#start(node)
    }
  }

  receive(node: NodeId, type: string, [id, ...fields]: Row): void {
    const peer = this.#peers.get(node)
    if (peer === undefined) return
    if (!isCount(id)) return this.#malformed()
    const answered = this.#answers.receive(node, type, id, fields)
    if (answered === 'differs') this.#mirror(peer)
    if (answered !== undefined) return
    const { pull } = peer
    if (pull?.id !== id) return // the answer to a repair that was given up
    pull.progressAtMs = this.#nowMs
    if (type === 'same') this.#end(node, peer, pull)
    else if (type === 'state') this.#onState(node, peer, pull, fields)
    else if (type === 'slice') this.#onSlice(node, peer, pull, fields)
    else if (type === 'living') this.#onLiving(node, peer, pull, fields)
    else this.#malformed()
  }

  get #nowMs(): number {
    return this.#parts.clock.monotonicMs()
  }

  #malformed(): void {
    this.malformed += 1
  }

  #send(node: NodeId, type: string, ...fields: Row): void {
    this.#parts.mesh.send(node, 'repair', encodeFrame(type, ...fields))
  }

  #start(node: NodeId): void {
    const peer = this.#peers.get(node)
    if (peer === undefined || peer.pull !== undefined) return
    this.#id += 1
    const nowMs = this.#nowMs
    peer.nextAtMs = nowMs + INTERVAL_MS * (0.75 + this.#parts.random.fraction() / 2)
    peer.gapAtMs = undefined
    peer.pull = { id: this.#id, seen: undefined, progressAtMs: nowMs, changed: false }
    this.#send(node, 'compare', this.#id, this.#answers.root(), this.#answers.contextHash())
  }

  /** A peer found to differ may have what is missing here, too. */
  #mirror(peer: Peer): void {
    if (peer.pull !== undefined || this.#nowMs - peer.pulledAtMs <= MIRROR_AFTER_MS) return
    peer.nextAtMs = Math.min(peer.nextAtMs, this.#nowMs + MIRROR_AFTER_MS)
  }

  #onState(node: NodeId, peer: Peer, pull: Pull, [row, root]: Row): void {
    const seen = readContext(row)
    if (seen === undefined || !isFingerprint(root)) return this.#malformed()
    pull.seen = seen
    const { context } = this.#parts.replica.catalog
    const wanted = [...seen.epochs()].filter(epoch => !context.includesEpoch(epoch, seen.intervals(epoch)))
    if (wanted.length > 0) this.#send(node, 'pull', pull.id, contextRow(context, wanted))
    else this.#check(node, peer, pull, root)
  }

  #onSlice(node: NodeId, peer: Peer, pull: Pull, fields: Row): void {
    const slice = readSlice(fields)
    const { seen } = pull
    if (slice === undefined || seen === undefined) return this.#malformed()
    const { replica, now } = this.#parts
    const outcome = replica.merge(slice.writes, now())
    const ends = replica.endCovered(endedBySlice(replica.catalog, slice, seen), now())
    pull.changed ||= outcome.writes.length > 0 || ends.ended.length > 0
    const both = { ...outcome, ended: ends.ended, changes: [...outcome.changes, ...ends.changes] }
    this.#parts.commit(both, () => {
      if (peer.pull !== pull) return
      pull.progressAtMs = this.#nowMs
      if (slice.next !== undefined) this.#send(node, 'more', pull.id, cursorFields(slice.next))
      else this.#check(node, peer, pull, fields[3])
    })
  }

  /** Equal fingerprints: the peer's other dots stand for what neither holds. Otherwise the writers that differ are compared. */
  #check(node: NodeId, peer: Peer, pull: Pull, root: unknown): void {
    const { catalog } = this.#parts.replica
    if (isFingerprint(root) && equalBytes(root, this.#answers.root())) return this.#join(node, peer, pull, new Map())
    const table = [...catalog.writers()].map(epoch => [epoch, catalog.writer(epoch)?.fingerprint.hex()])
    this.#send(node, 'fingerprints', pull.id, table)
  }

  #onLiving(node: NodeId, peer: Peer, pull: Pull, [rows]: Row): void {
    const living = readLiving(rows)
    const { seen } = pull
    if (living === undefined || seen === undefined) return this.#malformed()
    const { replica, now, commit } = this.#parts
    const ended = living.flatMap(each => endedByLiving(replica.catalog, each, seen))
    const lacking = new Map(living.map(each => [each.epoch, lackingHere(replica.catalog, each)]))
    const outcome = replica.endCovered(ended, now())
    pull.changed ||= outcome.ended.length > 0
    // The join happens in this same step, so nothing can arrive between the comparison and it.
    commit(outcome, () => {})
    this.#join(node, peer, pull, lacking)
  }

  #join(node: NodeId, peer: Peer, pull: Pull, lacking: ReadonlyMap<Epoch, Intervals>): void {
    const { seen } = pull
    const { context } = this.#parts.replica.catalog
    const joined = new Context()
    for (const epoch of seen?.epochs() ?? []) {
      const dots = without(seen?.intervals(epoch) ?? [], lacking.get(epoch) ?? [])
      if (dots.length > 0 && !context.includesEpoch(epoch, dots)) joined.joinEpoch(epoch, dots)
    }
    if (joined.size > 0) {
      context.join(joined)
      this.#parts.joined(joined)
    }
    for (const [epoch, dots] of lacking) this.#abandon(epoch, dots, seen?.intervals(epoch) ?? [])
    this.#end(node, peer, pull)
  }

  /** What the peer had before it listed anything and yet did not bring was refused here: no reason to ask again and again. */
  #abandon(epoch: Epoch, lacking: Intervals, seen: Intervals): void {
    const refused = without(seen, without(seen, lacking))
    if (refused.length > 0) this.#abandoned.joinEpoch(epoch, refused)
  }

  #end(node: NodeId, peer: Peer, pull: Pull): void {
    peer.pull = undefined
    peer.pulledAtMs = this.#nowMs
    this.#parts.replica.repaired(this.#nowMs)
    this.#parts.ended(node, pull.changed)
  }
}
