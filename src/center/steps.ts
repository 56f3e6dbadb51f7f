import type { Clock } from './ports.ts'

/** Runs a long computation step by step, letting everything else run in between; `done` gets its result. */
export const runInSteps = <T>(
  clock: Clock,
  steps: Generator<void, T>,
  done: (result: T) => void,
  isWanted: () => boolean = () => true,
): void => {
  if (!isWanted()) return
  const { done: finished, value } = steps.next()
  if (finished === true) done(value)
  else clock.after(0, () => runInSteps(clock, steps, done, isWanted))
}

/** How much of a repair is done in one step. */
export interface StepSizes {
  /** Records merged or ended, which takes some 20 µs each. */
  readonly records: number
  /** Dots put into coded symbols or looked at, 1 to 4 µs each. */
  readonly dots: number
}

/** Bytes of a slice for each record of a step: of 128 KiB a quarter to a half. */
const SLICE_BYTES_PER_RECORD = 512
const DOTS_PER_RECORD = 8

/** Small where slices are: in simulations everything shall be interrupted. */
export const stepSizesFor = (sliceBytes: number): StepSizes => {
  const records = Math.max(1, Math.floor(sliceBytes / SLICE_BYTES_PER_RECORD))
  return { records, dots: records * DOTS_PER_RECORD }
}
