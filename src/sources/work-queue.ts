import type { Clock } from '../center/ports.ts'

/** Work goes on for this long before heartbeats and finds have their turn. */
const SLICE_MS = 5

/** A job yields wherever it may be interrupted. */
export type Job = Generator<void, void>

/** Does jobs one after the other, each to its end, a few milliseconds at a time. */
export class WorkQueue {
  readonly #clock: Clock
  readonly #jobs: Job[] = []
  #cancel: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get length(): number {
    return this.#jobs.length
  }

  push(job: Job): void {
    this.#jobs.push(job)
    this.#cancel ??= this.#clock.after(0, () => this.#work())
  }

  stop(): void {
    this.#cancel?.()
    this.#jobs.length = 0
  }

  #work(): void {
    this.#cancel = undefined
    const untilMs = this.#clock.monotonicMs() + SLICE_MS
    let done = 0
    for (let job = this.#jobs[0]; job !== undefined; job = this.#jobs[done]) {
      if (job.next().done === true) done++
      if (this.#clock.monotonicMs() >= untilMs) break
    }
    this.#jobs.splice(0, done)
    if (this.#jobs.length > 0) this.#cancel = this.#clock.after(0, () => this.#work())
  }
}
