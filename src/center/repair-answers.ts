import { cellsFor, denseLayout, FIRST_LAYOUT, type Layout } from '../core/coded-symbols.ts'
import type { Context } from '../core/context.ts'
import { buildSymbols, listLiving } from '../core/difference.ts'
import { Fingerprint } from '../core/fingerprint.ts'
import type { Epoch, NodeId } from '../core/model.ts'
import { type Cursor, countOf, differingWriters, listMissing, START, without } from '../core/reconcile.ts'
import type { Replica } from '../core/replica.ts'
import type { Digests } from '../core/transaction.ts'
import { contextRow, encodeFrame, isCount, type Row, readContext, type Write } from '../core/wire.ts'
import type { Clock, Mesh } from './ports.ts'
import {
  CELLS_MAX,
  cellsFields,
  isFingerprint,
  isListCheaper,
  livingFields,
  readCursor,
  readEpochList,
  readFingerprints,
  sliceFields,
} from './repair-frames.ts'
import { presentOf, type Seen, seenBy } from './seen.ts'
import { runInSteps, type StepSizes } from './steps.ts'
import type { Taken } from './taken.ts'

/** Values in one slice. Applying one takes a few milliseconds, and the event loop is free between two. */
export const SLICE_BYTES = 128 * 1024

export interface AnswersParts {
  readonly replica: Replica
  readonly mesh: Mesh
  readonly clock: Clock
  readonly digests: Digests
  readonly sliceBytes: number
  readonly steps: StepSizes
}

/** What a peer that pulls has said, and what it has been sent since. */
interface Serving {
  readonly id: number
  readonly seen: Context
  /** What the peer's fingerprints come to once it has applied what it was sent. */
  readonly fingerprints: Map<Epoch, Fingerprint>
  /** Records that were sent before it was their turn. */
  readonly early: Set<Write>
  /** Dots that the peer had not seen, and of which it has been sent what became of them. */
  listed: number
}

/** The side of a repair that is asked. Beside its catalog it knows only what the peer said it had. */
export class RepairAnswers {
  readonly #parts: AnswersParts
  readonly #serving = new Map<NodeId, Serving>()
  /** What this side had seen when it last told each peer. */
  readonly #told = new Map<NodeId, Context>()
  /** Which of a peer's repairs an answer is being computed for: one at a time, and of several questions the latest. */
  readonly #computing = new Map<NodeId, { readonly id: number }>()

  constructor(parts: AnswersParts) {
    this.#parts = parts
  }

  /** `unknown`: the frame was no question. `differs`: the peer asked whether it is equal, and it is not. */
  receive(node: NodeId, type: string, id: number, fields: Row): Taken | 'differs' {
    if (type === 'compare') return this.#compare(node, id, fields)
    if (type === 'pull') return this.#pull(node, id, fields)
    if (type === 'more') return this.#more(node, id, fields)
    if (type === 'fingerprints') return this.#fingerprints(node, id, fields)
    if (type === 'count') return this.#count(node, id, fields)
    if (type === 'list') return this.#list(node, id, fields)
    return 'unknown'
  }

  disconnected(node: NodeId): void {
    this.#serving.delete(node)
    this.#told.delete(node)
    this.#computing.delete(node)
  }

  root(): Uint8Array {
    return this.#parts.replica.catalog.fingerprint().bytes()
  }

  seen(): Seen {
    return seenBy(this.#parts.replica, this.#parts.digests)
  }

  #send(node: NodeId, type: string, ...fields: Row): void {
    this.#parts.mesh.send(node, 'repair', encodeFrame(type, ...fields))
  }

  #compare(node: NodeId, id: number, [root, hash, pastHash]: Row): Taken | 'differs' {
    if (!isFingerprint(root)) return 'malformed'
    const { replica } = this.#parts
    const { context } = replica.catalog
    const own = this.seen()
    const ownRoot = replica.catalog.fingerprint()
    if (ownRoot.equals(root) && hash === own.hash) {
      this.#send(node, 'same', id)
      return 'taken'
    }
    const samePast = pastHash === own.pastHash
    const listed = contextRow(context, samePast ? presentOf(replica) : context.epochs())
    this.#told.set(node, context.copy())
    this.#send(node, 'state', id, listed, ownRoot.bytes(), samePast)
    return 'differs'
  }

  /**
   * What has come here since: it may have replaced what an answer leaves out. The peer ends nothing for that before it knows
   * all of it.
   */
  #since(node: NodeId): Row | null {
    const { context } = this.#parts.replica.catalog
    const grown = this.#told.get(node)?.behind(context) ?? []
    return grown.length === 0 ? null : contextRow(context, grown)
  }

  #pull(node: NodeId, id: number, [row, table]: Row): Taken {
    const seen = readContext(row)
    const fingerprints = readFingerprints(table)
    if (seen === undefined || fingerprints === undefined) return 'malformed'
    const serving = { id, seen, fingerprints, early: new Set<Write>(), listed: 0 }
    this.#serving.set(node, serving)
    this.#slice(node, serving, START)
    return 'taken'
  }

  #more(node: NodeId, id: number, [row]: Row): Taken {
    const cursor = readCursor(row)
    if (cursor === undefined) return 'malformed'
    const serving = this.#serving.get(node)
    if (serving?.id === id) this.#slice(node, serving, cursor)
    return 'taken'
  }

  /**
   * Behind the last slice the symbols of writers that will still differ follow at once, as many as there are ends that
   * nobody remembers: that saves a round trip, or two.
   */
  #slice(node: NodeId, serving: Serving, cursor: Cursor): void {
    const { catalog } = this.#parts.replica
    const slice = listMissing(catalog, serving.seen, cursor, this.#parts.sliceBytes, serving.early)
    for (const write of slice.writes) this.#expect(serving, write)
    if (slice.next !== undefined) return this.#send(node, 'slice', serving.id, ...sliceFields(slice), null, false)
    const unlisted = this.#unlisted(serving)
    const differing = unlisted > 0 ? differingWriters(catalog, serving.fingerprints) : []
    this.#send(node, 'slice', serving.id, ...sliceFields(slice), this.root(), differing.length > 0)
    if (differing.length > 0) this.#cells(node, serving.id, differing, this.#layoutFor(differing, unlisted))
  }

  /** Dots seen here and not by the peer that no slice spoke of: ends that nobody remembers, for the most part. */
  #unlisted({ seen, listed }: Serving): number {
    const { context } = this.#parts.replica.catalog
    let unseen = 0
    for (const epoch of seen.epochs()) unseen += countOf(without(context.intervals(epoch), seen.intervals(epoch)))
    return unseen - listed
  }

  /** Where a list may be cheaper, the layout that lets the peer estimate. */
  #layoutFor(epochs: readonly Epoch[], differences: number): Layout {
    const cells = cellsFor(differences)
    return isListCheaper(this.#parts.replica.catalog, epochs, cells) ? FIRST_LAYOUT : denseLayout(cells)
  }

  #expect(serving: Serving, write: Write): void {
    const { fingerprints, seen } = serving
    serving.listed += 1
    for (const dot of write.ends) if (!seen.covers(dot.epoch, dot.seq)) serving.listed += 1
    if (write.value === undefined) return
    const expected = fingerprints.get(write.epoch) ?? new Fingerprint()
    fingerprints.set(write.epoch, expected)
    expected.add(this.#parts.replica.catalog.memberOf(write))
  }

  #fingerprints(node: NodeId, id: number, [rows]: Row): Taken {
    const table = readFingerprints(rows)
    if (table === undefined) return 'malformed'
    this.#cells(node, id, differingWriters(this.#parts.replica.catalog, table), FIRST_LAYOUT)
    return 'taken'
  }

  #count(node: NodeId, id: number, [list, cells]: Row): Taken {
    const epochs = readEpochList(list)
    if (epochs === undefined || !isCount(cells) || cells > CELLS_MAX) return 'malformed'
    this.#cells(node, id, epochs, denseLayout(cells))
    return 'taken'
  }

  #cells(node: NodeId, id: number, epochs: readonly Epoch[], layout: Layout): void {
    const { replica, steps } = this.#parts
    this.#compute(node, id, buildSymbols(replica.catalog, epochs, layout, steps.dots), symbols => {
      this.#send(node, 'cells', id, ...cellsFields(epochs, symbols), this.#since(node))
    })
  }

  #list(node: NodeId, id: number, [list]: Row): Taken {
    const epochs = readEpochList(list)
    if (epochs === undefined) return 'malformed'
    const { replica, steps } = this.#parts
    this.#compute(node, id, listLiving(replica.catalog, epochs, steps.dots), living => {
      this.#send(node, 'living', id, livingFields(living), this.#since(node))
    })
    return 'taken'
  }

  #compute<T>(node: NodeId, id: number, steps: Generator<void, T>, answer: (result: T) => void): void {
    if (this.#computing.get(node)?.id === id) return
    const own = { id }
    this.#computing.set(node, own)
    const done = (result: T): void => {
      this.#computing.delete(node)
      answer(result)
    }
    // After a new connection the same number may be another repair's: an old answer would read as ends of what is new.
    runInSteps(this.#parts.clock, steps, done, () => this.#computing.get(node) === own)
  }
}
