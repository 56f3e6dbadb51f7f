import { type CodedSymbols, cellsFor, FIRST_LAYOUT } from '../core/coded-symbols.ts'
import { Context, type Intervals } from '../core/context.ts'
import { type Comparison, compareLiving, compareSymbols, type KeyedDot } from '../core/difference.ts'
import type { Epoch, NodeId } from '../core/model.ts'
import { endedBySlice, type Slice, without } from '../core/reconcile.ts'
import type { Outcome } from '../core/replica.ts'
import { contextRow, encodeFrame, type Row, readContext, type Write } from '../core/wire.ts'
import type { PullEnd, PullParts } from './pull-parts.ts'
import {
  cursorFields,
  fingerprintFields,
  isFingerprint,
  isListCheaper,
  readCells,
  readLiving,
  readSince,
  readSlice,
} from './repair-frames.ts'
import type { Seen } from './seen.ts'
import { runInSteps } from './steps.ts'
import type { Taken } from './taken.ts'

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
  /** What has come to the peer since, as it said with its last answer: this may have replaced what that leaves out. */
  #since = new Context()
  /** What a comparison came to, while what overtook it is pulled. */
  #deferred: Comparison | undefined
  /** Changing or comparing, in steps. */
  #busy = false
  /** Frames of changes that the log has not taken yet. */
  #unstored = 0
  #afterwards: (() => void) | undefined
  /** Cells that followed the last slice, while that is being merged. */
  #early: { readonly epochs: Epoch[]; readonly symbols: CodedSymbols } | undefined
  #mayWait = false
  /** From the beginning of a comparison to the join. */
  #comparing = false
  #overtaken = false
  /** It has asked for a number of cells: the next are no guess of the peer's. */
  #counted = false
  #over = false

  constructor(id: number, node: NodeId, parts: PullParts) {
    this.id = id
    this.node = node
    this.#parts = parts
    this.progressAtMs = parts.clock.monotonicMs()
  }

  /** `mayWait`: it may end early. */
  start(root: Uint8Array, { hash, past, pastHash }: Seen, mayWait: boolean): void {
    this.#past = past
    this.#mayWait = mayWait
    this.#send('compare', root, hash, pastHash)
  }

  /** Given up: answers that still come, and computations that still run, are of no use. */
  abort(): void {
    this.#over = true
  }

  /** Versions that came from elsewhere. */
  arrived(writes: readonly Write[]): void {
    if (!this.#comparing || this.#overtaken) return
    this.#overtaken = writes.some(({ epoch, seq, value }) => value !== undefined && this.#seen?.covers(epoch, seq))
  }

  receive(type: string, fields: Row): Taken {
    this.#progress()
    if (type === 'cells') return this.#onCells(fields)
    if (this.#busy) return 'taken' // nothing else has been asked for
    if (type === 'state') return this.#onState(fields)
    if (type === 'slice') return this.#onSlice(fields)
    if (type === 'living') return this.#onLiving(fields)
    if (type !== 'same') return 'unknown'
    this.#end('whole')
    return 'taken'
  }

  #send(type: string, ...fields: Row): void {
    this.#parts.mesh.send(this.node, 'repair', encodeFrame(type, this.id, ...fields))
  }

  /** Seen here, or refused a while ago. */
  get #known(): Context {
    return this.#parts.declined.over(this.#parts.replica.catalog.context)
  }

  #pull(epochs: readonly Epoch[]): void {
    this.#send('pull', contextRow(this.#known, epochs), fingerprintFields(this.#parts.replica.catalog))
  }

  #progress(): void {
    this.progressAtMs = this.#parts.clock.monotonicMs()
  }

  #onState([row, root, samePast]: Row): Taken {
    const seen = readContext(row)
    if (seen === undefined || !isFingerprint(root)) return 'malformed'
    if (samePast === true) seen.join(this.#past)
    this.#seen = seen
    const wanted = this.#known.behind(seen)
    if (wanted.length > 0) this.#pull(wanted)
    else if (this.#mayWait && !this.#isEqual(root) && !seen.includes(this.#parts.replica.catalog.context))
      this.#end('early')
    else this.#check(root, false)
    return 'taken'
  }

  #onSlice(fields: Row): Taken {
    const [slice, seen] = [readSlice(fields), this.#seen]
    if (slice === undefined || seen === undefined) return 'malformed'
    this.#inSteps(this.#merge(slice, seen), () => {
      if (slice.next !== undefined) this.#send('more', cursorFields(slice.next))
      else if (this.#deferred !== undefined) this.#finishLate(this.#deferred)
      else this.#check(fields[3], fields[4] === true)
    })
    return 'taken'
  }

  *#merge(slice: Slice, seen: Context): Generator<void> {
    const { replica, now, steps } = this.#parts
    for (let at = 0; at < slice.writes.length; at += steps.records) {
      if (at > 0) yield
      const outcome = replica.merge(slice.writes.slice(at, at + steps.records), now())
      for (const { epoch } of outcome.writes) this.news.add(epoch)
      for (const { write } of outcome.refused) this.#parts.declined.note(write)
      this.#commit(outcome)
    }
    yield* this.#endAll(endedBySlice(replica.catalog, slice, seen))
  }

  *#endAll(dots: readonly KeyedDot[]): Generator<void> {
    const { replica, now, steps } = this.#parts
    for (let at = 0; at < dots.length; at += steps.records) {
      if (at > 0) yield
      this.#commit(replica.endCovered(dots.slice(at, at + steps.records), now()))
    }
  }

  /** Compares or changes in steps; `then` runs when the log has taken all changes. */
  #inSteps<T>(steps: Generator<void, T>, then: (result: T) => void): void {
    this.#busy = true
    const done = (result: T): void => {
      this.#afterwards = () => then(result)
      this.#goOn()
    }
    runInSteps(this.#parts.clock, steps, done, () => !this.#over)
  }

  #commit(outcome: Outcome): void {
    this.#unstored += 1
    this.#parts.commit(this, outcome, () => {
      this.#unstored -= 1
      this.#goOn()
    })
  }

  #goOn(): void {
    const then = this.#afterwards
    if (this.#over || this.#unstored > 0 || then === undefined) return
    this.#progress()
    this.#afterwards = undefined
    this.#busy = false
    then()
    const early = this.#early
    this.#early = undefined
    if (early !== undefined && !this.#over) this.#compareCells(early.epochs, early.symbols)
  }

  #isEqual(root: unknown): boolean {
    return isFingerprint(root) && this.#parts.replica.catalog.fingerprint().equals(root)
  }

  /** Equal fingerprints: the peer's other dots stand for what neither holds. Otherwise the writers that differ are compared. */
  #check(root: unknown, cellsFollow: boolean): void {
    if (this.#isEqual(root)) this.#join(new Map())
    else if (!cellsFollow) this.#send('fingerprints', fingerprintFields(this.#parts.replica.catalog))
  }

  #onCells(fields: Row): Taken {
    const cells = readCells(fields)
    if (cells === undefined || this.#seen === undefined) return 'malformed'
    // A comparison may wait already for what overtook it.
    if (this.#deferred !== undefined) return 'taken'
    this.#since = readSince(fields[3], this.#seen)
    if (this.#busy) this.#early = cells
    else this.#compareCells(cells.epochs, cells.symbols)
    return 'taken'
  }

  #compareCells(epochs: readonly Epoch[], theirs: CodedSymbols): void {
    if (epochs.length === 0) return this.#join(new Map())
    const { replica, steps } = this.#parts
    this.#beginComparing()
    this.#inSteps(compareSymbols(replica.catalog, epochs, theirs, steps.dots), ({ differences, comparison }) => {
      const isFirst = theirs.layout === FIRST_LAYOUT
      if (comparison !== undefined) this.#finish(comparison)
      else if (isFirst || this.#counted) this.#askForMore(epochs, cellsFor(differences))
      else this.#send('fingerprints', fingerprintFields(replica.catalog)) // the peer guessed too low: estimate
    })
  }

  /** Too few cells: more of them, or all living sequences where that is cheaper. */
  #askForMore(epochs: readonly Epoch[], cells: number): void {
    this.#counted = true
    if (isListCheaper(this.#parts.replica.catalog, epochs, cells)) this.#send('list', epochs)
    else this.#send('count', epochs, cells)
  }

  #onLiving([rows, since]: Row): Taken {
    const living = readLiving(rows)
    if (living === undefined || this.#seen === undefined) return 'malformed'
    this.#since = readSince(since, this.#seen)
    const { replica, steps } = this.#parts
    this.#beginComparing()
    this.#inSteps(compareLiving(replica.catalog, living, steps.dots), comparison => this.#finish(comparison))
    return 'taken'
  }

  #beginComparing(): void {
    this.#comparing = true
    this.#overtaken = false
  }

  /**
   * Ends, of versions that the peer does not hold, those that it has seen, and joins what it had seen. What the peer got after
   * it told its context may be what replaced an ended version, or one that was never here: that must come first, or this
   * replica would cover a dot and have neither.
   */
  #finish({ absent, lacking }: Comparison): void {
    const comparison = { absent: absent.filter(({ epoch, seq }) => this.#seen?.covers(epoch, seq) === true), lacking }
    const isLate = (epoch: Epoch, dots: Intervals) => without(dots, this.#seen?.intervals(epoch) ?? []).length > 0
    const living = [...lacking].flatMap(([epoch, dots]) => (isLate(epoch, dots) ? [epoch] : []))
    const late = [...new Set([...living, ...this.#known.behind(this.#since)])]
    if (late.length === 0) return this.#conclude(comparison)
    this.#deferred = comparison
    this.#pull(late)
  }

  /** What overtook the comparison has been pulled. What of it is not here was replaced again: then it was for nothing. */
  #finishLate(comparison: Comparison): void {
    if (this.#known.includes(this.#since)) this.#conclude(comparison)
    else this.#end('overtaken')
  }

  #conclude({ absent, lacking }: Comparison): void {
    this.#inSteps(this.#endAll(absent), () => this.#join(lacking))
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
    this.#end(this.#overtaken ? 'overtaken' : 'whole')
  }

  #end(how: PullEnd): void {
    this.#over = true
    this.#parts.ended(this, how)
  }
}
