/** What happens to bytes on their way from one node to another, whoever opened the connection. */
import type { Shape } from '../scenario/verbs.ts'

/** A lost segment is sent again after this long, then after twice as long, and so on: TCP's least time-out. */
const RETRANSMIT_MS = 200
const SEGMENT_BYTES = 1_448
/** As often lost in a row, a segment ends its connection. */
const RETRIES_MAX = 8

export interface PathDeps {
  readonly nowMs: () => number
  /** 0 to 1. */
  readonly random: () => number
}

export class Path {
  readonly #deps: PathDeps
  readonly #waiting = new Set<() => void>()
  #shape: Shape = {}
  #held = false
  #refusing = false
  /** When what was handed over before has left, at a limited rate. */
  #freeAtMs = 0
  /** Bytes that have passed. */
  bytes = 0

  constructor(deps: PathDeps) {
    this.#deps = deps
  }

  get held(): boolean {
    return this.#held
  }

  /** New connections are refused, and open ones have been ended. */
  get refusing(): boolean {
    return this.#refusing
  }

  hold(): void {
    this.#held = true
  }

  refuse(): void {
    this.#refusing = true
  }

  shape(shape: Shape): void {
    this.#shape = shape
  }

  heal(): void {
    this.#held = false
    this.#refusing = false
    this.#shape = {}
    this.#freeAtMs = 0
    this.wake()
  }

  /** `run` is called whenever something may pass that could not before. Answers how to stop that. */
  onHeal(run: () => void): () => void {
    this.#waiting.add(run)
    return () => this.#waiting.delete(run)
  }

  wake(): void {
    for (const run of [...this.#waiting]) run()
  }

  /** When bytes handed over now arrive if nothing holds them; undefined: they are lost too often, the connection ends. */
  arrivalMs(bytes: number): number | undefined {
    const { nowMs, random } = this.#deps
    const { delayMs = 0, jitterMs = 0, lossRatio = 0, bytesPerSecond } = this.#shape
    let lateMs = delayMs + jitterMs * random()
    const segments = Math.ceil(bytes / SEGMENT_BYTES)
    let lost = random() < 1 - (1 - lossRatio) ** segments
    for (let retry = 0; lost; retry++) {
      if (retry === RETRIES_MAX) return undefined
      lateMs += RETRANSMIT_MS * 2 ** retry
      lost = random() < lossRatio
    }
    const startMs = Math.max(nowMs(), this.#freeAtMs)
    if (bytesPerSecond !== undefined) this.#freeAtMs = startMs + (1_000 * bytes) / bytesPerSecond
    return Math.max(startMs, this.#freeAtMs) + lateMs
  }
}
