import type { Client } from './client.ts'
import type { Output } from './output.ts'

/** What a command works with. */
export interface Run {
  readonly client: Client
  readonly out: Output
}

/** The exit code; nothing: 0. */
export type Result = number | undefined

/** An operator's command: `options` as commander names them, of the command and of all. */
export type Action<O = Readonly<Record<string, unknown>>> = (
  run: Run,
  options: O,
  args: readonly string[],
) => Promise<Result>
