import type { Clock } from './ports.ts'

/** Runs a long computation step by step, letting everything else run in between; `done` gets its result. */
export const runInSteps = <T>(clock: Clock, steps: Generator<void, T>, done: (result: T) => void): void => {
  const { done: finished, value } = steps.next()
  if (finished === true) done(value)
  else clock.after(0, () => runInSteps(clock, steps, done))
}
