import { type CodedSymbols, cellsFor, FIRST_LAYOUT, type Item } from '../core/coded-symbols.ts'
import { Context, type Dot, type Intervals } from '../core/context.ts'
import { buildSymbols, heldOf, unseenOf } from '../core/difference.ts'
import type { Epoch, NodeId } from '../core/model.ts'
import { endedByLiving, endedBySlice, lackingHere, without } from '../core/reconcile.ts'
import type { Now } from '../core/registry.ts'
import type { Outcome, Replica } from '../core/replica.ts'
import { contextRow, encodeFrame, type Row, readContext } from '../core/wire.ts'
import type { Clock, Mesh } from './ports.ts'
import {
  cursorFields,
  fingerprintFields,
  isFingerprint,
  isListCheaper,
  readCells,
  readLiving,
  readSlice,
} from './repair-frames.ts'
import type { Seen } from './seen.ts'
import { runInSteps } from './steps.ts'
import type { Taken } from './taken.ts'

export interface PullParts {
  readonly replica: Replica
  readonly mesh: Mesh
  readonly clock: Clock
  readonly now: () => Now
  /** Stores and emits what arrived; `done` when the log has taken it. */
  readonly commit: (outcome: Outcome, done: () => void) => void
  /** Stores that a context was joined, behind everything committed before. */
  readonly joined: (context: Context) => void
  /** Dots that the peer had and did not bring: they were refused here. */
  readonly abandoned: (epoch: Epoch, dots: Intervals) => void
  readonly ended: (pull: Pull) => void
}

/** What a comparison of living versions came to. */
interface Comparison {
  /** Held here, seen there, and not living there. */
  readonly ended: readonly (Dot & { readonly key: string })[]
  /** Living there, and never seen here. */
  readonly lacking: ReadonlyMap<Epoch, Intervals>
}

/** One repair, from the side that pulls. It can stop anywhere: nothing is covered that was not brought or compared. */
export class Pull {
  readonly id: number
  readonly node: NodeId
  progressAtMs: number
  /** Writers of whom it brought something. */
  readonly news = new Set<Epoch>()
  readonly #parts: PullParts
  /** What this side had seen of starts that are over when it asked: where the peer had, too, it lists only the others. */
  #past = new Context()
  /** The context the peer had before it listed anything. */
  #seen: Context | undefined
  /** What a comparison came to, while what overtook it is pulled. */
  #deferred: Comparison | undefined
  /** It has asked for a number of cells: the next are no guess of the peer's. */
  #counted = false
  #over = false

  constructor(id: number, node: NodeId, parts: PullParts) {
    this.id = id
    this.node = node
    this.#parts = parts
    this.progressAtMs = parts.clock.monotonicMs()
  }

  start(root: Uint8Array, { hash, past, pastHash }: Seen): void {
    this.#past = past
    this.#send('compare', root, hash, pastHash)
  }

  /** Given up: answers that still come, and computations that still run, are of no use. */
  abort(): void {
    this.#over = true
  }

  receive(type: string, fields: Row): Taken {
    this.#progress()
    if (type === 'state') return this.#onState(fields)
    if (type === 'slice') return this.#onSlice(fields)
    if (type === 'cells') return this.#onCells(fields)
    if (type === 'living') return this.#onLiving(fields)
    if (type !== 'same') return 'unknown'
    this.#end()
    return 'taken'
  }

  #send(type: string, ...fields: Row): void {
    this.#parts.mesh.send(this.node, 'repair', encodeFrame(type, this.id, ...fields))
  }

  #progress(): void {
    this.progressAtMs = this.#parts.clock.monotonicMs()
  }

  #onState([row, root, samePast]: Row): Taken {
    const seen = readContext(row)
    if (seen === undefined || !isFingerprint(root)) return 'malformed'
    if (samePast === true) seen.join(this.#past)
    this.#seen = seen
    const { catalog } = this.#parts.replica
    const wanted = [...seen.epochs()].filter(epoch => !catalog.context.includesEpoch(epoch, seen.intervals(epoch)))
    if (wanted.length === 0) this.#check(root, false)
    else this.#send('pull', contextRow(catalog.context, wanted), fingerprintFields(catalog))
    return 'taken'
  }

  #onSlice(fields: Row): Taken {
    const slice = readSlice(fields)
    const seen = this.#seen
    if (slice === undefined || seen === undefined) return 'malformed'
    const { replica, now } = this.#parts
    // A slice of before a comparison may be stored only after it.
    const deferred = this.#deferred
    const outcome = replica.merge(slice.writes, now())
    const ends = replica.endCovered(endedBySlice(replica.catalog, slice, seen), now())
    for (const { epoch } of outcome.writes) this.news.add(epoch)
    const both = { ...outcome, ended: ends.ended, changes: [...outcome.changes, ...ends.changes] }
    this.#parts.commit(both, () => {
      if (this.#over) return
      this.#progress()
      if (slice.next !== undefined) this.#send('more', cursorFields(slice.next))
      else if (deferred !== undefined) this.#conclude(deferred)
      else if (this.#deferred === undefined) this.#check(fields[3], fields[4] === true)
    })
    return 'taken'
  }

  /** Equal fingerprints: the peer's other dots stand for what neither holds. Otherwise the writers that differ are compared. */
  #check(root: unknown, cellsFollow: boolean): void {
    const { catalog } = this.#parts.replica
    if (isFingerprint(root) && catalog.fingerprint().equals(root)) return this.#join(new Map())
    if (!cellsFollow) this.#send('fingerprints', fingerprintFields(catalog))
  }

  #onCells(fields: Row): Taken {
    const cells = readCells(fields)
    if (cells === undefined || this.#seen === undefined) return 'malformed'
    // A comparison may wait already for what overtook it.
    if (this.#deferred === undefined) this.#compareCells(cells.epochs, cells.symbols)
    return 'taken'
  }

  #compareCells(epochs: readonly Epoch[], theirs: CodedSymbols): void {
    if (epochs.length === 0) return this.#join(new Map())
    const { replica, clock } = this.#parts
    runInSteps(clock, buildSymbols(replica.catalog, epochs, theirs.layout), own => {
      if (this.#over) return
      this.#progress()
      own.subtract(theirs)
      const isFirst = theirs.layout === FIRST_LAYOUT
      const differences = isFirst ? own.estimate() : own.layout.dense
      const difference = own.decode()
      if (difference !== undefined) this.#settle(epochs, difference)
      else if (isFirst || this.#counted) this.#askForMore(epochs, cellsFor(differences))
      else this.#send('fingerprints', fingerprintFields(replica.catalog)) // the peer guessed too low: estimate
    })
  }

  /** Too few cells: more of them, or all living sequences where that is cheaper. */
  #askForMore(epochs: readonly Epoch[], cells: number): void {
    this.#counted = true
    const { catalog } = this.#parts.replica
    if (isListCheaper(catalog, epochs, cells)) this.#send('list', epochs)
    else this.#send('count', epochs, cells)
  }

  #settle(epochs: readonly Epoch[], { mine, theirs }: NonNullable<ReturnType<CodedSymbols['decode']>>): void {
    const { catalog } = this.#parts.replica
    this.#finish(heldOf(catalog, epochs, mine as readonly Item[]), unseenOf(catalog, epochs, theirs))
  }

  #onLiving([rows]: Row): Taken {
    const living = readLiving(rows)
    const seen = this.#seen
    if (living === undefined || seen === undefined) return 'malformed'
    const { catalog } = this.#parts.replica
    const ended = living.flatMap(each => endedByLiving(catalog, each, seen))
    this.#finish(ended, new Map(living.map(each => [each.epoch, lackingHere(catalog, each)])))
    return 'taken'
  }

  /**
   * Ends, of versions that the peer does not hold, those that it has seen, and joins what it had seen. `lacking`: what lives
   * there and was never seen here. What the peer got after it told its context may be what replaced an ended version, or one
   * that was never here: that must come first, or this replica would cover a dot and have neither.
   */
  #finish(dots: readonly (Dot & { readonly key: string })[], lacking: ReadonlyMap<Epoch, Intervals>): void {
    const ended = dots.filter(({ epoch, seq }) => this.#seen?.covers(epoch, seq) === true)
    const late = [...lacking].flatMap(([epoch, each]) => (this.#isLate(epoch, each) ? [epoch] : []))
    if (late.length === 0) return this.#conclude({ ended, lacking })
    this.#deferred = { ended, lacking }
    const { catalog } = this.#parts.replica
    this.#send('pull', contextRow(catalog.context, late), fingerprintFields(catalog))
  }

  #isLate(epoch: Epoch, dots: Intervals): boolean {
    return without(dots, this.#seen?.intervals(epoch) ?? []).length > 0
  }

  #conclude({ ended, lacking }: Comparison): void {
    this.#endSeen(ended)
    this.#join(lacking)
  }

  #endSeen(ended: readonly (Dot & { readonly key: string })[]): void {
    const { replica, now, commit } = this.#parts
    const outcome = replica.endCovered(ended, now())
    // The join follows in this same step, so nothing can arrive between the comparison and it.
    commit(outcome, () => {})
  }

  /** `lacking`: what lives at the peer and was never seen here must not be joined. */
  #join(lacking: ReadonlyMap<Epoch, Intervals>): void {
    const { context } = this.#parts.replica.catalog
    const joined = new Context()
    for (const epoch of this.#seen?.epochs() ?? []) {
      const seen = this.#seen?.intervals(epoch) ?? []
      const dots = without(seen, lacking.get(epoch) ?? [])
      if (dots.length > 0 && !context.includesEpoch(epoch, dots)) {
        joined.joinEpoch(epoch, dots)
        this.news.add(epoch)
      }
      const refused = without(seen, without(seen, lacking.get(epoch) ?? []))
      if (refused.length > 0) this.#parts.abandoned(epoch, refused)
    }
    if (joined.size > 0) {
      context.join(joined)
      this.#parts.joined(joined)
    }
    this.#end()
  }

  #end(): void {
    this.#over = true
    this.#parts.ended(this)
  }
}
