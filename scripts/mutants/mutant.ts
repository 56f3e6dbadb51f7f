/** A line that is replaced. */
export interface Edit {
  readonly file: string
  /** Occurs once in the file. */
  readonly search: string
  readonly replace: string
}

/** A one-line break of core or center. It compiles, the unit tests pass, and the checker of its invariant has to notice it. */
export interface Mutant extends Edit {
  readonly name: string
  /** What the same break takes elsewhere. */
  readonly also?: Edit
  /** Numbers of invariants: a checker of one of them must report. */
  readonly caughtBy: readonly number[]
  /** Where one reported last: tried before the others, to save time. */
  readonly seed?: number
}
