import { randomBytes } from 'node:crypto'
import type { Clock, Random } from '../../src/center/ports.ts'
import type { StoreLog } from '../../src/store/store.ts'

/** Whenever the event loop turns, time jumps to the next timer: hours cost nothing. */
export class JumpingClock implements Clock {
  #nowMs = 0
  readonly #timers = new Set<{ readonly dueMs: number; readonly run: () => void }>()

  wallMs(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  after(ms: number, run: () => void): () => void {
    const timer = { dueMs: this.#nowMs + ms, run }
    this.#timers.add(timer)
    setImmediate(() => this.#jump())
    return () => this.#timers.delete(timer)
  }

  #jump(): void {
    const [next] = [...this.#timers].sort((a, b) => a.dueMs - b.dueMs)
    if (next === undefined) return
    this.#timers.delete(next)
    this.#nowMs = Math.max(this.#nowMs, next.dueMs)
    next.run()
  }
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

export const random: Random = {
  hex: bytes => randomBytes(bytes).toString('hex'),
  fraction: () => Math.random(),
}

/** Mulberry32: the same numbers for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Keeps what was logged, for tests that a person is told. */
export class Lines implements StoreLog {
  readonly lines: string[] = []
  readonly info = (fields: object, message: string): unknown => this.#add(fields, message)
  readonly warn = (fields: object, message: string): unknown => this.#add(fields, message)
  readonly error = (fields: object, message: string): unknown => this.#add(fields, message)

  #add(fields: object, message: string): void {
    this.lines.push(`${message} ${JSON.stringify(fields)}`)
  }
}
