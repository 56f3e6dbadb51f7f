import type { Clock } from './ports.ts'

export interface ReadinessOptions {
  readonly peersConfigured: boolean
  readonly startAloneMs: number
}

/** Kept over a restart: this node has been ready, so what is on its disk was served. */
export interface Served {
  served: boolean
}

/**
 * No empty answer after a restart (invariant 11): a node with durable state serves it at once; one without waits for its
 * first repair, or until none of the configured peers has answered for `startAloneMs`. A start that ended before it was ready
 * leaves no state, only some of it.
 */
export class Readiness {
  readonly #options: ReadinessOptions
  readonly #clock: Clock
  #ready = false
  #aloneAtMs = Number.POSITIVE_INFINITY
  readonly #connected: () => number
  readonly #saved: Served
  readonly #servedBefore: boolean

  constructor(options: ReadinessOptions, clock: Clock, connected: () => number, saved: Served) {
    this.#options = options
    this.#clock = clock
    this.#connected = connected
    this.#saved = saved
    this.#servedBefore = saved.served
  }

  get ready(): boolean {
    return this.#ready
  }

  /** This node serves, or an earlier start of it did: its cluster id is in use. */
  get served(): boolean {
    return this.#ready || this.#servedBefore
  }

  /** `hasState`: its disk holds what an earlier start knew. */
  begin(hasState: boolean): void {
    if ((hasState && this.#servedBefore) || !this.#options.peersConfigured) this.#serve()
    else this.#aloneAtMs = this.#clock.monotonicMs() + this.#options.startAloneMs
  }

  repaired(): void {
    this.#serve()
  }

  tick(): void {
    if (this.#ready || this.#clock.monotonicMs() < this.#aloneAtMs) return
    // A peer that answers gets the time its first repair takes; the repair itself gives up on one that does not go on.
    if (this.#connected() === 0) this.#serve()
  }

  #serve(): void {
    if (this.#ready) return
    this.#ready = true
    this.#saved.served = true
  }
}
