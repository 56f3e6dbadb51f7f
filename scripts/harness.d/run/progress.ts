/** Tells what happens while it happens: one line a step; on a terminal also what is under way. */
import { seconds } from '../scenario/units.ts'

export class Progress {
  readonly #nowMs: () => number
  readonly #terminal = process.stderr.isTTY
  readonly #quiet: boolean
  #shown = ''

  /** `quiet`: nothing is told. */
  constructor(nowMs: () => number, quiet: boolean) {
    this.#nowMs = nowMs
    this.#quiet = quiet
  }

  line(text: string): void {
    if (this.#quiet) return
    this.#wipe()
    process.stderr.write(`${seconds(this.#nowMs()).padStart(8)}  ${text}\n`)
  }

  /** Replaced by what comes next; left out where nobody watches. */
  passing(text: string): void {
    if (this.#quiet || !this.#terminal) return
    this.#wipe()
    this.#shown = `${seconds(this.#nowMs()).padStart(8)}  ${text}`.slice(0, (process.stderr.columns ?? 100) - 1)
    process.stderr.write(this.#shown)
  }

  #wipe(): void {
    if (this.#shown !== '') process.stderr.write(`\r${' '.repeat(this.#shown.length)}\r`)
    this.#shown = ''
  }
}
