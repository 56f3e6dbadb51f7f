import type { Catalog } from './catalog.ts'
import { CodedSymbols, type Item, type Layout } from './coded-symbols.ts'
import type { Dot, Intervals } from './context.ts'
import type { Epoch } from './model.ts'

/** Items added between two breaths, so that a large catalog does not hold the event loop: some 3 ms. */
const ITEMS_PER_STEP = 1_000

/**
 * Coded symbols of the living dots of some writers, in steps. What changes meanwhile is in or out as it stood when its turn
 * came: the symbols are of some set, and both sides treat what they decode as a hint to be checked against what they hold.
 */
export function* buildSymbols(
  catalog: Catalog,
  epochs: readonly Epoch[],
  layout: Layout,
): Generator<void, CodedSymbols> {
  const symbols = new CodedSymbols(layout)
  for (const [writer, epoch] of epochs.entries()) {
    for (let last: number | undefined = 0; last !== undefined; ) {
      last = addSome(catalog, symbols, writer, epoch, last)
      if (last !== undefined) yield
    }
  }
  return symbols
}

/** The last sequence added, or undefined when none are left. */
const addSome = (
  catalog: Catalog,
  symbols: CodedSymbols,
  writer: number,
  epoch: Epoch,
  after: number,
): number | undefined => {
  let left = ITEMS_PER_STEP
  for (const { seq } of catalog.writer(epoch)?.after(after) ?? []) {
    symbols.add({ writer, seq })
    left -= 1
    if (left === 0) return seq
  }
  return undefined
}

/** Versions of the decoded dots that are still held here. */
export const heldOf = (
  catalog: Catalog,
  epochs: readonly Epoch[],
  items: readonly Item[],
): (Dot & { readonly key: string })[] =>
  items.flatMap(({ writer, seq }) => {
    const epoch = epochs[writer]
    const version = epoch === undefined ? undefined : catalog.writer(epoch)?.find(seq)
    return version === undefined ? [] : [{ key: version.key, epoch: version.epoch, seq }]
  })

/** Decoded dots that have not been seen here, as intervals per epoch. */
export const unseenOf = (catalog: Catalog, epochs: readonly Epoch[], items: readonly Item[]): Map<Epoch, Intervals> => {
  const unseen = new Map<Epoch, number[]>()
  for (const { writer, seq } of [...items].sort((a, b) => a.seq - b.seq)) {
    const epoch = epochs[writer]
    if (epoch === undefined || catalog.context.covers(epoch, seq)) continue
    const intervals = unseen.get(epoch)
    if (intervals === undefined) unseen.set(epoch, [seq, seq])
    else if (intervals.at(-1) === seq - 1) intervals[intervals.length - 1] = seq
    else intervals.push(seq, seq)
  }
  return unseen
}
