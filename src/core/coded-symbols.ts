/**
 * Coded symbols of a set of dots: two replicas find their difference at a cost that depends on the difference alone
 * (rateless set reconciliation: Yang, Gilad, Alizadeh, "Practical Rateless Set Reconciliation", SIGCOMM 2024). The first
 * cells are sent whole; of later ones a sample, from which the size of a larger difference can be estimated.
 */

/** Cells sent whole at first: enough for some thirty differences. */
export const DENSE_CELLS = 48
/** Sampled cells: this many from each power of two, from 2^SAMPLE_FROM to 2^SAMPLE_TO. */
const SAMPLE_WIDTH = 4
const SAMPLE_FROM = 6
const SAMPLE_TO = 21
const SAMPLE_LEVELS = SAMPLE_TO - SAMPLE_FROM + 1
/** Cells a difference of one takes on average, with room for bad luck. */
const CELLS_PER_DIFFERENCE = 1.6

/** Bytes of one cell: sum 8, check 4, count 2 (differences of counts matter only near zero). */
export const CELL_BYTES = 14

export interface Item {
  /** Index of the writer epoch in a table that both sides know, below 65,536. */
  readonly writer: number
  /** Below 2^48. */
  readonly seq: number
}

/** Items that only one of two sets has. */
export interface SymbolDifference {
  readonly mine: readonly Item[]
  readonly theirs: readonly Item[]
}

/** Which cells are built: all below `dense`, and those listed above it. */
export interface Layout {
  readonly dense: number
  readonly sampled: readonly number[]
}

export const FIRST_LAYOUT: Layout = {
  dense: DENSE_CELLS,
  sampled: Array.from({ length: SAMPLE_LEVELS }, (_, k) => 2 ** (SAMPLE_FROM + k)).flatMap(at =>
    Array.from({ length: SAMPLE_WIDTH }, (_, i) => at + i),
  ),
}

export const denseLayout = (cells: number): Layout => ({ dense: cells, sampled: [] })

const TWO16 = 2 ** 16
const TWO32 = 2 ** 32

export class CodedSymbols {
  readonly layout: Layout
  readonly #size: number
  readonly #end: number
  readonly #slots: Map<number, number>
  readonly #high: Uint32Array
  readonly #low: Uint32Array
  readonly #check: Uint32Array
  readonly #count: Int16Array

  constructor(layout: Layout) {
    this.layout = layout
    this.#size = layout.dense + layout.sampled.length
    this.#end = (layout.sampled.at(-1) ?? layout.dense - 1) + 1
    this.#slots = new Map(layout.sampled.map((cell, i) => [cell, layout.dense + i]))
    this.#high = new Uint32Array(this.#size)
    this.#low = new Uint32Array(this.#size)
    this.#check = new Uint32Array(this.#size)
    this.#count = new Int16Array(this.#size)
  }

  add(item: Item): void {
    this.#apply(item, 1)
  }

  /** Leaves the difference: what only this set has counts +1, what only the other has −1. */
  subtract(other: CodedSymbols): void {
    for (let i = 0; i < this.#size; i++) {
      this.#high[i] = (this.#high[i] as number) ^ (other.#high[i] as number)
      this.#low[i] = (this.#low[i] as number) ^ (other.#low[i] as number)
      this.#check[i] = (this.#check[i] as number) ^ (other.#check[i] as number)
      this.#count[i] = (this.#count[i] as number) - (other.#count[i] as number)
    }
  }

  /**
   * After `subtract`: both sides of the difference, or undefined when there are too few cells for it. Takes the cells apart,
   * `itemsPerStep` differences a step.
   */
  *decode(itemsPerStep: number): Generator<void, SymbolDifference | undefined> {
    const mine: Item[] = []
    const theirs: Item[] = []
    const queue = Array.from({ length: this.layout.dense }, (_, i) => i)
    for (let i = queue.pop(); i !== undefined; i = queue.pop()) {
      const sign = this.#count[i] as number
      const item = Math.abs(sign) === 1 ? this.#pureItem(i) : undefined
      if (item === undefined) continue
      ;(sign > 0 ? mine : theirs).push(item)
      const found = mine.length + theirs.length
      if (found > this.layout.dense) return undefined // garbage, however it came about
      this.#apply(item, -sign, queue)
      if (found % itemsPerStep === 0) yield
    }
    return this.#isEmpty() ? { mine, theirs } : undefined
  }

  /** After `subtract`, from the cells of FIRST_LAYOUT: the most likely number of differences. */
  estimate(): number {
    const filled = Array.from({ length: SAMPLE_LEVELS }, (_, k) => {
      const from = this.layout.dense + k * SAMPLE_WIDTH
      let count = 0
      for (let i = from; i < from + SAMPLE_WIDTH; i++) if (!this.#isZero(i)) count += 1
      return count
    })
    let best = { differences: DENSE_CELLS, likelihood: Number.NEGATIVE_INFINITY }
    for (const { differences, filledLog, emptyLog } of LIKELIHOODS) {
      let likelihood = 0
      for (let k = 0; k < SAMPLE_LEVELS; k++) {
        const n = filled[k] as number
        likelihood += n * (filledLog[k] as number) + (SAMPLE_WIDTH - n) * (emptyLog[k] as number)
      }
      if (likelihood > best.likelihood) best = { differences, likelihood }
    }
    return best.differences
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#size * CELL_BYTES)
    const view = new DataView(bytes.buffer)
    for (let i = 0; i < this.#size; i++) {
      view.setUint32(i * CELL_BYTES, this.#high[i] as number)
      view.setUint32(i * CELL_BYTES + 4, this.#low[i] as number)
      view.setUint32(i * CELL_BYTES + 8, this.#check[i] as number)
      view.setInt16(i * CELL_BYTES + 12, this.#count[i] as number)
    }
    return bytes
  }

  /** Undefined when the bytes are not cells of this layout. */
  static read(layout: Layout, bytes: Uint8Array): CodedSymbols | undefined {
    const symbols = new CodedSymbols(layout)
    if (bytes.length !== symbols.#size * CELL_BYTES) return undefined
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let i = 0; i < symbols.#size; i++) {
      symbols.#high[i] = view.getUint32(i * CELL_BYTES)
      symbols.#low[i] = view.getUint32(i * CELL_BYTES + 4)
      symbols.#check[i] = view.getUint32(i * CELL_BYTES + 8)
      symbols.#count[i] = view.getInt16(i * CELL_BYTES + 12)
    }
    return symbols
  }

  /** Changes the cells of an item, and adds them to `touched`. Called for each of a million dots: nothing is made in it. */
  #apply({ writer, seq }: Item, by: number, touched?: number[]): void {
    const highs = this.#high
    const lows = this.#low
    const checks = this.#check
    const counts = this.#count
    const { dense } = this.layout
    const slots = this.#slots
    const end = this.#end
    const low = seq % TWO32
    const high = writer * TWO16 + Math.floor(seq / TWO32)
    const check = mix(high, low, CHECK_SEED)
    let a = mix(high, low, MAPPING_SEED)
    let b = mix(low, high, MAPPING_SEED) | 1
    for (let cell = 0; cell < end; ) {
      const slot = cell < dense ? cell : slots.get(cell)
      if (slot !== undefined) {
        highs[slot] = (highs[slot] as number) ^ high
        lows[slot] = (lows[slot] as number) ^ low
        checks[slot] = (checks[slot] as number) ^ check
        counts[slot] = (counts[slot] as number) + by
        touched?.push(slot)
      }
      // xoroshiro64 (Blackman, Vigna 2018): with 32 bits of state two of some 50,000 differences would share all their cells.
      const random = Math.imul(a, 0x9e3779bb) >>> 0
      b ^= a
      a = rotate(a, 26) ^ b ^ (b << 9)
      b = rotate(b, 13)
      cell += Math.ceil((cell + 1.5) * (1 / Math.sqrt((random + 1) / TWO32) - 1))
    }
  }

  #pureItem(i: number): Item | undefined {
    const high = this.#high[i] as number
    const low = this.#low[i] as number
    if (mix(high, low, CHECK_SEED) !== this.#check[i]) return undefined
    return { writer: Math.floor(high / TWO16), seq: (high % TWO16) * TWO32 + low }
  }

  #isZero(i: number): boolean {
    return this.#high[i] === 0 && this.#low[i] === 0 && this.#check[i] === 0 && this.#count[i] === 0
  }

  #isEmpty(): boolean {
    for (let i = 0; i < this.#size; i++) if (!this.#isZero(i)) return false
    return true
  }
}

/** How many cells to ask for after a first try that did not decode. */
export const cellsFor = (differences: number): number => Math.ceil(differences * CELLS_PER_DIFFERENCE) + DENSE_CELLS

const CHECK_SEED = 0x9e3779b9
const MAPPING_SEED = 0x85ebca6b

/** Two rounds of MurmurHash3's finaliser over both halves. */
const mix = (high: number, low: number, seed: number): number => {
  let h = Math.imul(high ^ seed, 0xcc9e2d51)
  h = (h << 15) | (h >>> 17)
  h = Math.imul(h ^ low, 0x1b873593)
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by))

interface Likelihood {
  readonly differences: number
  /** Of each sampled level: the logarithm of the chance that a cell is filled, and that it is empty. */
  readonly filledLog: readonly number[]
  readonly emptyLog: readonly number[]
}

/** A cell at index i holds each difference with chance 1 / (1 + i / 2), and is empty when it holds none. */
const likelihoodOf = (differences: number): Likelihood => {
  const empty = Array.from({ length: SAMPLE_LEVELS }, (_, level) => {
    const held = 1 / (1 + 2 ** (SAMPLE_FROM + level) / 2)
    return Math.min(Math.max((1 - held) ** differences, 1e-12), 1 - 1e-12)
  })
  return { differences, filledLog: empty.map(chance => Math.log(1 - chance)), emptyLog: empty.map(Math.log) }
}

/** Numbers of differences that are told apart: each a tenth above the one before. */
const LIKELIHOODS: readonly Likelihood[] = (() => {
  const all: Likelihood[] = []
  for (let differences = 1; differences < 2 ** SAMPLE_TO; differences = Math.ceil(differences * 1.1))
    all.push(likelihoodOf(differences))
  return all
})()
