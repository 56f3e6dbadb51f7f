import type { Clock } from '../../center/ports.ts'

interface Bucket {
  tokens: number
  atMs: number
}

/** A token bucket for each address. */
export class RateLimit {
  readonly #perSecond: number
  readonly #addressesMax: number
  readonly #clock: Clock
  readonly #buckets = new Map<string, Bucket>()

  /** `perSecond` is the burst as well. Of more than `addressesMax` addresses the one longest silent is forgotten. */
  constructor(perSecond: number, addressesMax: number, clock: Clock) {
    this.#perSecond = perSecond
    this.#addressesMax = addressesMax
    this.#clock = clock
  }

  /** False when this address has asked too often. */
  admits(address: string): boolean {
    const now = this.#clock.monotonicMs()
    const bucket = this.#buckets.get(address) ?? { tokens: this.#perSecond, atMs: now }
    this.#buckets.delete(address)
    bucket.tokens = Math.min(this.#perSecond, bucket.tokens + ((now - bucket.atMs) / 1000) * this.#perSecond)
    bucket.atMs = now
    this.#buckets.set(address, bucket)
    this.#forget()
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }

  #forget(): void {
    if (this.#buckets.size <= this.#addressesMax) return
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest)
      return
    }
  }
}
