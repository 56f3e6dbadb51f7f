import type { Clock } from '../../../src/center/ports.ts'
import type { Events } from './events.ts'

/** A machine's clocks: they outlive its processes. */
export interface Machine {
  /** Wall clock at true time 0, milliseconds since 1970. */
  wallAtZeroMs: number
  /** Speed of both clocks, 1 being true. */
  readonly rate: number
}

/**
 * One running process: its clocks, its timers, and whether it lives, stands still or is gone. What happens to it while it
 * stands still happens when it goes on, in order.
 */
export class Process implements Clock {
  readonly #events: Events
  readonly #machine: Machine
  readonly #crashed: (error: unknown) => void
  readonly #originMs: number
  #frozenMs = 0
  #pausedAtMs: number | undefined
  #waiting: (() => void)[] = []
  #alive = true

  constructor(events: Events, machine: Machine, originMs: number, crashed: (error: unknown) => void) {
    this.#events = events
    this.#machine = machine
    this.#originMs = originMs - events.nowMs * machine.rate
    this.#crashed = crashed
  }

  get alive(): boolean {
    return this.#alive
  }

  get paused(): boolean {
    return this.#pausedAtMs !== undefined
  }

  get running(): boolean {
    return this.#alive && !this.paused
  }

  wallMs(): number {
    return Math.floor(this.#machine.wallAtZeroMs + this.#events.nowMs * this.#machine.rate)
  }

  monotonicMs(): number {
    return this.#originMs + (this.#events.nowMs - this.#frozenMs) * this.#machine.rate
  }

  after(ms: number, run: () => void): () => void {
    const dueMs = this.monotonicMs() + ms
    let cancel = (): void => {}
    const fire = (): void => {
      const leftMs = dueMs - this.monotonicMs()
      if (leftMs > TOLERANCE_MS) cancel = this.#events.after(leftMs / this.#machine.rate, () => this.run(fire))
      else run()
    }
    cancel = this.#events.after(ms / this.#machine.rate, () => this.run(fire))
    return () => cancel()
  }

  /** Lets the process do something, now or when it goes on. What it throws is its crash. */
  run(task: () => void): void {
    if (!this.#alive) return
    if (this.paused) {
      this.#waiting.push(task)
      return
    }
    try {
      task()
    } catch (error) {
      this.#crashed(error)
    }
  }

  pause(): void {
    this.#pausedAtMs ??= this.#events.nowMs
  }

  /** `frozen`: the machine was suspended, and its monotonic clock stood still with it. */
  resume(frozen: boolean): void {
    if (this.#pausedAtMs === undefined) return
    if (frozen) this.#frozenMs += this.#events.nowMs - this.#pausedAtMs
    this.#pausedAtMs = undefined
    const waiting = this.#waiting
    this.#waiting = []
    for (const task of waiting) this.run(task)
  }

  kill(): void {
    this.#alive = false
    this.#waiting = []
  }
}

/** Rounding of local times must not make a timer look early. */
const TOLERANCE_MS = 1e-3
