/**
 * Hybrid logical time (Kulkarni et al., "Logical Physical Clocks", 2014). Stamps choose what readers see among versions
 * that nobody ended; they end nothing, and no decision compares two machines' wall clocks (invariant 13).
 */

export interface Stamp {
  /** Wall milliseconds since 1970 of the writer's clock, or of what it replaced when that was ahead. */
  readonly ms: number
  readonly count: number
}

/** A stamp beyond the year 2200 is malformed at every node alike, so that nobody can win for ever. */
export const STAMP_MS_MAX = 7_258_118_400_000
export const STAMP_COUNT_MAX = 0xffff_ffff

/** The own clock is never pulled further than this ahead of the own wall clock. */
const PULL_MS_MAX = 60_000

export const compareStamps = (a: Stamp, b: Stamp): number => a.ms - b.ms || a.count - b.count

/** `own`, or the next after `above` when that is not below it. */
export const stampAbove = (above: Stamp | undefined, own: Stamp): Stamp => {
  if (above === undefined || compareStamps(own, above) > 0) return own
  return above.count < STAMP_COUNT_MAX ? { ms: above.ms, count: above.count + 1 } : { ms: above.ms + 1, count: 0 }
}

export class HybridClock {
  #ms = 0
  #count = 0

  /** The stamp of a write made now over versions of which `above` is the latest. */
  next(wallMs: number, above?: Stamp): Stamp {
    this.#advance(Math.min(Math.max(0, Math.floor(wallMs)), STAMP_MS_MAX - 1))
    return stampAbove(above, { ms: this.#ms, count: this.#count })
  }

  /** Notes a stamp seen elsewhere, so that later writes here sort after it where the clocks agree to a minute. */
  observe(stamp: Stamp, wallMs: number): void {
    if (stamp.ms > wallMs + PULL_MS_MAX || compareStamps(stamp, { ms: this.#ms, count: this.#count }) <= 0) return
    this.#ms = stamp.ms
    this.#count = stamp.count
  }

  #advance(wallMs: number): void {
    // A wall clock that was set back far must not freeze us on the old, later time: stamps need only rise over what they replace.
    if (wallMs > this.#ms || this.#ms > wallMs + PULL_MS_MAX) {
      this.#ms = wallMs
      this.#count = 0
    } else {
      this.#count += 1
    }
  }
}
