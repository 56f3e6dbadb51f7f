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
  /** When nobody has answered for long enough; until then siblings may say which cluster this node is of. */
  #aloneAtMs = 0
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

  /**
   * The cluster id is in use: an earlier start served under it, or this one has met no sibling to take it from for long
   * enough. A repair with another cluster makes a node ready, and says nothing of its siblings.
   */
  get established(): boolean {
    return this.#servedBefore || (this.#ready && this.#clock.monotonicMs() >= this.#aloneAtMs)
  }

  /** `hasState`: its disk holds what an earlier start knew. */
  begin(hasState: boolean): void {
    const { peersConfigured } = this.#options
    if (peersConfigured) this.#aloneAtMs = this.#clock.monotonicMs() + this.#options.startAloneMs
    if ((hasState && this.#servedBefore) || !peersConfigured) this.#serve()
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
