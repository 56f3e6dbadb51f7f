import type { Epoch } from './model.ts'

/** One write: the sequence number `seq` (from 1) of the start `epoch` of some node. */
export interface Dot {
  readonly epoch: Epoch
  readonly seq: number
}

/** Sequences seen of one epoch: sorted, disjoint, non-touching closed intervals, flat: from, to, from, to… */
export type Intervals = readonly number[]

/**
 * More intervals than this, of one epoch and of all together: the rest is not covered and comes again with the next repair.
 * What lives of a node's writes among what is over has an interval each while it is repaired: a repair of 100,000 instances
 * must not need several. An interval takes 16 bytes.
 */
export const INTERVALS_PER_EPOCH_MAX = 131_072
export const INTERVALS_MAX = 1_048_576
/**
 * Starts of nodes that one replica remembers: a federation of 250 nodes that start anew every day takes three years. An
 * entry costs some 13 bytes on the wire, so that all still fit into one frame of a lane.
 */
export const EPOCHS_MAX = 262_144

/**
 * The dots a replica has seen. A version whose dot is covered and which the replica does not hold was replaced or ended
 * (optimised observed-remove sets without tombstones: Bieniusa et al., arXiv 1210.3368; Almeida et al., arXiv 1410.2803).
 */
export class Context {
  readonly #seen = new Map<Epoch, number[]>()
  #intervals = 0
  #limited = true
  /** Dots that a limit kept out. */
  refused = 0

  get size(): number {
    return this.#seen.size
  }

  epochs(): IterableIterator<Epoch> {
    return this.#seen.keys()
  }

  mentions(epoch: Epoch): boolean {
    return this.#seen.has(epoch)
  }

  intervals(epoch: Epoch): Intervals {
    return this.#seen.get(epoch) ?? NO_INTERVALS
  }

  covers(epoch: Epoch, seq: number): boolean {
    const seen = this.#seen.get(epoch)
    if (seen === undefined) return false
    const at = intervalAt(seen, seq)
    return at >= 0 && seq <= (seen[at + 1] as number)
  }

  /** The highest sequence up to which nothing is missing. */
  prefix(epoch: Epoch): number {
    const seen = this.#seen.get(epoch)
    return seen !== undefined && seen[0] === 1 ? (seen[1] as number) : 0
  }

  /** Covers one dot; false when it was covered, or when a limit forbids it. */
  add(epoch: Epoch, seq: number): boolean {
    return this.addRange(epoch, seq, seq)
  }

  addRange(epoch: Epoch, from: number, to: number): boolean {
    const seen = this.#seen.get(epoch)
    if (seen === undefined) {
      if (this.#limited && (this.#seen.size >= EPOCHS_MAX || this.#intervals >= INTERVALS_MAX)) return this.#refuse()
      this.#seen.set(epoch, [from, to])
      this.#intervals += 1
      return true
    }
    const last = seen.length - 1
    if (from === (seen[last] as number) + 1) {
      seen[last] = to // the common case: the next one in sequence
      return true
    }
    const before = seen.length
    const isFull = before >= INTERVALS_PER_EPOCH_MAX * 2 || this.#intervals >= INTERVALS_MAX
    const inserted = insert(seen, from, to, this.#limited && isFull)
    this.#intervals += (seen.length - before) / 2
    return inserted === 'full' ? this.#refuse() : inserted
  }

  /** What this node has had already, or writes itself, finds room whatever peers have filled. */
  unlimited(run: () => void): void {
    this.#limited = false
    try {
      run()
    } finally {
      this.#limited = true
    }
  }

  /** Takes back the newest dot of an epoch whose intervals end with it: the undo of a refused command. */
  retract(epoch: Epoch, seq: number): void {
    const seen = this.#seen.get(epoch)
    if (seen === undefined || seen[seen.length - 1] !== seq) return
    if (seen[seen.length - 2] === seq) {
      seen.length -= 2
      this.#intervals -= 1
    } else seen[seen.length - 1] = seq - 1
    if (seen.length === 0) this.#seen.delete(epoch)
  }

  join(other: Context): void {
    for (const epoch of other.epochs()) this.joinEpoch(epoch, other.intervals(epoch))
  }

  /** An epoch of which nothing has been seen may still be mentioned, so that a peer lists it from its beginning. */
  joinEpoch(epoch: Epoch, intervals: Intervals): void {
    if (intervals.length === 0 && !this.#seen.has(epoch) && this.#seen.size < EPOCHS_MAX) this.#seen.set(epoch, [])
    for (let i = 0; i + 1 < intervals.length; i += 2) {
      this.addRange(epoch, intervals[i] as number, intervals[i + 1] as number)
    }
  }

  /** True when every dot of `other` is covered here. */
  includes(other: Context): boolean {
    for (const epoch of other.epochs()) if (!this.includesEpoch(epoch, other.intervals(epoch))) return false
    return true
  }

  /** Epochs of which `other` covers dots that are not covered here. */
  behind(other: Context): Epoch[] {
    return [...other.epochs()].filter(epoch => !this.includesEpoch(epoch, other.intervals(epoch)))
  }

  includesEpoch(epoch: Epoch, intervals: Intervals): boolean {
    const seen = this.#seen.get(epoch) ?? NO_INTERVALS
    for (let i = 0; i + 1 < intervals.length; i += 2) {
      const at = intervalAt(seen, intervals[i] as number)
      if (at < 0 || (seen[at + 1] as number) < (intervals[i + 1] as number)) return false
    }
    return true
  }

  clear(): void {
    this.#seen.clear()
    this.#intervals = 0
  }

  #refuse(): false {
    this.refused += 1
    return false
  }

  copy(): Context {
    const copy = new Context()
    for (const [epoch, seen] of this.#seen) copy.#seen.set(epoch, [...seen])
    copy.#intervals = this.#intervals
    return copy
  }
}

export const NO_INTERVALS: Intervals = []

/** Index of the last interval that begins at or before `seq`, or -1. */
const intervalAt = (seen: Intervals, seq: number): number => {
  let low = 0
  let high = seen.length / 2 - 1
  let found = -1
  while (low <= high) {
    const mid = (low + high) >> 1
    if ((seen[mid * 2] as number) <= seq) {
      found = mid * 2
      low = mid + 1
    } else {
      high = mid - 1
    }
  }
  return found
}

/** Unites [from, to] with the intervals it meets or touches. False where they hold it already; `full`: none may be added. */
const insert = (seen: number[], from: number, to: number, full: boolean): boolean | 'full' => {
  let first = intervalAt(seen, from)
  if (first >= 0 && (seen[first + 1] as number) >= to) return false
  if (first < 0 || (seen[first + 1] as number) < from - 1) first += first < 0 ? 1 : 2
  let next = first
  let low = from
  let high = to
  while (next < seen.length && (seen[next] as number) <= to + 1) {
    low = Math.min(low, seen[next] as number)
    high = Math.max(high, seen[next + 1] as number)
    next += 2
  }
  if (next === first && full) return 'full'
  seen.splice(first, next - first, low, high)
  return true
}
