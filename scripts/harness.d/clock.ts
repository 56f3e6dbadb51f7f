/** The one clock of a run: the machine's monotonic clock, the same in all processes, counted from the run's beginning. */

export interface RunClock {
  /** Handed to other processes. */
  readonly epochNs: string
  /** Milliseconds since the run began. */
  readonly nowMs: () => number
}

export function runClock(epochNs: string = String(process.hrtime.bigint())): RunClock {
  const epoch = BigInt(epochNs)
  return { epochNs, nowMs: () => Number(process.hrtime.bigint() - epoch) / 1e6 }
}
