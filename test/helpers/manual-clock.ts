import type { Clock } from '../../src/center/ports.ts'

interface Timer {
  readonly dueMs: number
  readonly run: () => void
}

/** Stands still until it is told to go on. */
export class ManualClock implements Clock {
  #nowMs = 1_700_000_000_000
  readonly #timers = new Set<Timer>()

  wallMs(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  after(ms: number, run: () => void): () => void {
    const timer = { dueMs: this.#nowMs + ms, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Runs what falls due, in order. */
  advance(ms: number): void {
    const end = this.#nowMs + ms
    for (;;) {
      const [next] = [...this.#timers].filter(({ dueMs }) => dueMs <= end).toSorted((a, b) => a.dueMs - b.dueMs)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#nowMs = next.dueMs
      next.run()
    }
    this.#nowMs = end
  }
}
