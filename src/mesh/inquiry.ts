/** Asks the configured HTTP addresses whether a stranger belongs to them. */
import type { Clock, Identity } from '../center/ports.ts'
import type { NodeId } from '../core/model.ts'
import { IDENTITIES_MAX, QUESTION_INTERVAL_MS, QUESTIONS_PER_SECOND_MAX } from './limits.ts'
import { OldestOut } from './oldest-out.ts'
import type { Origin, Roster } from './roster.ts'

/** `unanswered`: no address answered, so nothing is known. `nobody-to-ask`: no HTTP address is configured. */
export type Verdict = 'confirmed' | 'unconfirmed' | 'unanswered' | 'nobody-to-ask'

export interface InquiryDeps {
  readonly clock: Clock
  readonly roster: Roster
  readonly ask: (url: string, signal: AbortSignal) => Promise<Identity>
  readonly signal: AbortSignal
}

interface Waiting {
  readonly node: NodeId
  readonly resolve: (verdict: Verdict) => void
}

/**
 * A round asks every address once, at the same time, and answers everybody who waited for it: however many strangers
 * come, they cost no more questions, and cannot keep a node that belongs here waiting.
 */
export class Inquiry {
  readonly #deps: InquiryDeps
  readonly #origins: readonly Origin[]
  readonly #roundSpacingMs: number
  readonly #asked = new OldestOut<NodeId, { readonly atMs: number; readonly verdict: Promise<Verdict> }>(IDENTITIES_MAX)
  #waiting: Waiting[] = []
  #nextRoundAtMs = 0
  #scheduled = false

  constructor(origins: readonly Origin[], deps: InquiryDeps) {
    this.#deps = deps
    this.#origins = origins.filter(origin => origin.address.kind === 'http')
    this.#roundSpacingMs = roundSpacingMs(this.#origins.length)
  }

  /** Within QUESTION_INTERVAL_MS of the last question about the node its verdict is repeated. */
  about(node: NodeId): Promise<Verdict> {
    if (this.#origins.length === 0) return Promise.resolve('nobody-to-ask')
    const nowMs = this.#deps.clock.monotonicMs()
    const last = this.#asked.get(node)
    if (last !== undefined && nowMs - last.atMs < QUESTION_INTERVAL_MS) return last.verdict
    const { promise, resolve } = Promise.withResolvers<Verdict>()
    this.#asked.set(node, { atMs: nowMs, verdict: promise })
    this.#waiting.push({ node, resolve })
    this.#schedule(nowMs)
    return promise
  }

  #schedule(nowMs: number): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#deps.clock.after(Math.max(0, this.#nextRoundAtMs - nowMs), () => {
      this.#scheduled = false
      this.#nextRoundAtMs = this.#deps.clock.monotonicMs() + this.#roundSpacingMs
      void this.#round(this.#waiting.splice(0))
    })
  }

  async #round(strangers: readonly Waiting[]): Promise<void> {
    const { ask, roster, signal } = this.#deps
    const answered = await Promise.all(
      this.#origins.map(async origin => {
        if (origin.address.kind !== 'http') return false
        const identity = await ask(origin.address.url, signal).catch(() => undefined)
        if (identity === undefined) return false
        for (const member of new Set([identity.node, ...identity.members])) roster.confirm(member, origin)
        for (const { node, resolve } of strangers) if (roster.find(node) !== undefined) resolve('confirmed')
        return true
      }),
    )
    const verdict = answered.includes(true) ? 'unconfirmed' : 'unanswered'
    for (const { resolve } of strangers) resolve(verdict)
  }
}

/** Whole rounds only: as many a second as fit, or one in several seconds where one round alone is too much. */
function roundSpacingMs(addresses: number): number {
  if (addresses > QUESTIONS_PER_SECOND_MAX) return Math.ceil((1_000 * addresses) / QUESTIONS_PER_SECOND_MAX)
  return Math.ceil(1_000 / Math.floor(QUESTIONS_PER_SECOND_MAX / Math.max(1, addresses)))
}
