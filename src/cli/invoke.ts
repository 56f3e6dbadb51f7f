import { CliError, EXIT } from './cli-error.ts'
import { Client } from './client.ts'
import { connectionOf, type GlobalOptions } from './connection.ts'
import { Output } from './output.ts'
import type { Action } from './run.ts'

/** Runs a command and sets the exit code: a CliError is two lines for people, anything else a defect of ours. */
export async function runCommand(
  load: () => Promise<Action<never>>,
  options: GlobalOptions,
  args: readonly string[],
): Promise<void> {
  // Whoever reads the output may stop early: `grapevine services | head` is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.OK : EXIT.NO))
  try {
    const out = new Output(options.output, { out: process.stdout, err: process.stderr, env: process.env })
    const client = new Client(connectionOf(options, process.env), options.verbose === true ? note : () => {})
    const action = await load()
    process.exitCode = (await action({ client, out }, options as never, args)) ?? EXIT.OK
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    note(`grapevine: ${error.message}`)
    if (error.hint !== '') note(error.hint)
    process.exitCode = error.code
  }
}

const note = (line: string): void => {
  process.stderr.write(`${line}\n`)
}
