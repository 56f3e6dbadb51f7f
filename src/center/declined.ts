import type { Dot } from '../core/context.ts'
import { Context } from '../core/context.ts'

/** What was refused here is asked for again after this long, and at the latest after twice as long. */
export const AGAIN_MS = 3_600_000

/** Dots of records that were refused here: for an hour repairs ask for nothing of them, as if they had been seen (invariant 20). */
export class Declined {
  #recent = new Context()
  #before = new Context()
  #turnedAtMs: number | undefined

  note({ epoch, seq }: Dot): void {
    this.#recent.add(epoch, seq)
  }

  /** Once in a while. */
  turn(nowMs: number): void {
    this.#turnedAtMs ??= nowMs
    if (nowMs - this.#turnedAtMs < AGAIN_MS) return
    this.#turnedAtMs = nowMs
    this.#before = this.#recent
    this.#recent = new Context()
  }

  /** The context, and what is not asked for although it does not cover it. */
  over(context: Context): Context {
    if (this.#recent.size + this.#before.size === 0) return context
    const known = context.copy()
    known.join(this.#recent)
    known.join(this.#before)
    return known
  }
}
