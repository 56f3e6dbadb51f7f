import type { Catalog } from './catalog.ts'
import { CodedSymbols, FIRST_LAYOUT, type Item, type Layout } from './coded-symbols.ts'
import type { Dot, Intervals } from './context.ts'
import type { Epoch } from './model.ts'
import { without } from './reconcile.ts'

/** A version, named by its dot. */
export type KeyedDot = Dot & { readonly key: string }

/**
 * What a comparison of living versions came to. All of it is computed in steps, so that a large catalog does not hold the
 * event loop; what changes meanwhile is in or out as it stood when its turn came.
 */
export interface Comparison {
  /** Held here, and not living at the peer. */
  readonly absent: readonly KeyedDot[]
  /** Living there, and never seen here. */
  readonly lacking: ReadonlyMap<Epoch, Intervals>
}

/** Living sequences of one writer at the peer. */
export interface LivingAtPeer {
  readonly epoch: Epoch
  readonly intervals: Intervals
}

/** Coded symbols of the living dots of some writers. */
export function* buildSymbols(
  catalog: Catalog,
  epochs: readonly Epoch[],
  layout: Layout,
  itemsPerStep: number,
): Generator<void, CodedSymbols> {
  const symbols = new CodedSymbols(layout)
  for (const [writer, epoch] of epochs.entries()) {
    yield* eachLiving(catalog, epoch, itemsPerStep, (_key, seq) => symbols.add({ writer, seq }))
  }
  return symbols
}

/** By the peer's coded symbols. Without a comparison they are too few, and `differences` says how many there may be. */
export function* compareSymbols(
  catalog: Catalog,
  epochs: readonly Epoch[],
  theirs: CodedSymbols,
  itemsPerStep: number,
): Generator<void, { readonly differences: number; readonly comparison: Comparison | undefined }> {
  const own = yield* buildSymbols(catalog, epochs, theirs.layout, itemsPerStep)
  own.subtract(theirs)
  const differences = theirs.layout === FIRST_LAYOUT ? own.estimate() : theirs.layout.dense
  const found = yield* own.decode(itemsPerStep)
  if (found === undefined) return { differences, comparison: undefined }
  const absent: KeyedDot[] = []
  for (const [i, { writer, seq }] of found.mine.entries()) {
    if (i > 0 && i % itemsPerStep === 0) yield
    const version = epochs[writer] === undefined ? undefined : catalog.writer(epochs[writer])?.find(seq)
    if (version !== undefined) absent.push({ key: version.key, epoch: version.epoch, seq })
  }
  return { differences, comparison: { absent, lacking: unseenOf(catalog, epochs, found.theirs) } }
}

/** By a list of all that lives at the peer. */
export function* compareLiving(
  catalog: Catalog,
  living: readonly LivingAtPeer[],
  itemsPerStep: number,
): Generator<void, Comparison> {
  const absent: KeyedDot[] = []
  for (const { epoch, intervals } of living) {
    let at = 0
    yield* eachLiving(catalog, epoch, itemsPerStep, (key, seq) => {
      while (at < intervals.length && (intervals[at + 1] as number) < seq) at += 2
      if (at >= intervals.length || (intervals[at] as number) > seq) absent.push({ key, epoch, seq })
    })
  }
  const lacking = living.map(
    ({ epoch, intervals }) => [epoch, without(intervals, catalog.context.intervals(epoch))] as const,
  )
  return { absent, lacking: new Map(lacking) }
}

/** All that lives here of some writers, for `compareLiving` at the peer. */
export function* listLiving(
  catalog: Catalog,
  epochs: readonly Epoch[],
  itemsPerStep: number,
): Generator<void, LivingAtPeer[]> {
  const living: LivingAtPeer[] = []
  for (const epoch of epochs) {
    const intervals: number[] = []
    yield* eachLiving(catalog, epoch, itemsPerStep, (_key, seq) => extend(intervals, seq))
    living.push({ epoch, intervals })
  }
  return living
}

/** A writer's living versions in order of sequence. */
function* eachLiving(
  catalog: Catalog,
  epoch: Epoch,
  itemsPerStep: number,
  visit: (key: string, seq: number) => void,
): Generator<void> {
  for (let last: number | undefined = 0; last !== undefined; ) {
    let left = itemsPerStep
    let reached: number | undefined
    for (const { key, seq } of catalog.writer(epoch)?.after(last) ?? []) {
      visit(key, seq)
      left -= 1
      if (left > 0) continue
      reached = seq
      break
    }
    last = reached
    if (last !== undefined) yield
  }
}

/** Decoded dots that have not been seen here, as intervals per epoch. */
const unseenOf = (catalog: Catalog, epochs: readonly Epoch[], items: readonly Item[]): Map<Epoch, Intervals> => {
  const unseen = new Map<Epoch, number[]>()
  for (const { writer, seq } of [...items].sort((a, b) => a.seq - b.seq)) {
    const epoch = epochs[writer]
    if (epoch === undefined || catalog.context.covers(epoch, seq)) continue
    const intervals = unseen.get(epoch)
    if (intervals === undefined) unseen.set(epoch, [seq, seq])
    else extend(intervals, seq)
  }
  return unseen
}

/** Adds a number above all others to sorted flat closed intervals. */
const extend = (intervals: number[], seq: number): void => {
  if (intervals.length > 0 && intervals[intervals.length - 1] === seq - 1) intervals[intervals.length - 1] = seq
  else intervals.push(seq, seq)
}
