import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import { usage } from '../cli-error.ts'
import type { Action } from '../run.ts'

export interface TokenOptions {
  readonly user: string
}

/** Logs in and prints the token, for GRAPEVINE_TOKEN. The password comes from GRAPEVINE_PASSWORD, a prompt, or a pipe. */
export const token: Action<TokenOptions> = async ({ client, out }, { user }) => {
  const password =
    process.env.GRAPEVINE_PASSWORD || (process.stdin.isTTY ? await prompt() : (await textOf(process.stdin)).trim())
  if (password === '') throw usage('there is no password', 'Type it, pipe it in, or set GRAPEVINE_PASSWORD.')
  const answer = await client.json<{ readonly token: string }>('POST', '/v4/token', { body: { name: user, password } })
  if (out.isForPrograms) await out.data(answer)
  else out.line(answer.token)
  return undefined
}

/** What is typed is not shown. */
function prompt(): Promise<string> {
  process.stderr.write('Password: ')
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  return new Promise(resolve => {
    terminal.question('', answer => {
      terminal.close()
      process.stderr.write('\n')
      resolve(answer)
    })
  })
}
