import type { Clock } from './ports.ts'

export interface ReadinessOptions {
  readonly peersConfigured: boolean
  readonly startAloneMs: number
}

/**
 * No empty answer after a restart (invariant 11): a node with durable state serves it at once; one without waits for its
 * first repair, or until none of the configured peers has answered for `startAloneMs`.
 */
export class Readiness {
  readonly #options: ReadinessOptions
  readonly #clock: Clock
  #ready = false
  #aloneAtMs = Number.POSITIVE_INFINITY
  readonly #connected: () => number

  constructor(options: ReadinessOptions, clock: Clock, connected: () => number) {
    this.#options = options
    this.#clock = clock
    this.#connected = connected
  }

  get ready(): boolean {
    return this.#ready
  }

  begin(hasState: boolean): void {
    if (hasState || !this.#options.peersConfigured) this.#ready = true
    else this.#aloneAtMs = this.#clock.monotonicMs() + this.#options.startAloneMs
  }

  repaired(): void {
    this.#ready = true
  }

  tick(): void {
    if (this.#ready || this.#clock.monotonicMs() < this.#aloneAtMs) return
    // A peer that answers gets the time its first repair takes; the repair itself gives up on one that does not go on.
    if (this.#connected() === 0) this.#ready = true
  }
}
