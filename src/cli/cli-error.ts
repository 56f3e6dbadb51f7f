/** What a script may rely on. `health` has the reference's codes instead. */
export const EXIT = {
  /** Done, or yes. */
  OK: 0,
  /** The answer is no: not visible, not found, different. */
  NO: 1,
  /** The command line is wrong. */
  USAGE: 2,
  /** No node could be reached, or it did not answer in time. */
  UNREACHABLE: 3,
  /** A node refused: no token, no permission, a bad value. */
  REFUSED: 4,
} as const

/** Ends the command: one sentence about what is wrong, one about what to try. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: number
  readonly hint: string

  constructor(message: string, hint: string, code: number) {
    super(message)
    this.hint = hint
    this.code = code
  }
}

export const usage = (message: string, hint: string): CliError => new CliError(message, hint, EXIT.USAGE)
