/** Plays a scenario in a harness of its own: proxies, clients and the judge of one run then hold up no other. */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { seconds } from '../scenario/units.ts'
import { EXIT } from './conclude.ts'
import type { Played } from './play.ts'

const MAIN = join(import.meta.dirname, '../main.ts')
const NAME_WIDTH = 20

export interface Separately {
  readonly file: string
  readonly name: string
  /** Options of `run`, as they were given. */
  readonly options: readonly string[]
  readonly signal: AbortSignal
  /** One line. */
  readonly tell: (line: string) => void
}

/**
 * Tells what it does, each line under its scenario's name; its report only when something did not hold. An abort is passed on,
 * and it is waited for until it has taken away what it made. It also ends when this process is gone.
 */
export async function playSeparately({ file, name, options, signal, tell }: Separately): Promise<Played> {
  const startedMs = performance.now()
  const child = fork(MAIN, ['run', file, ...options], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  const stop = (): boolean => child.kill('SIGINT')
  signal.addEventListener('abort', stop, { once: true })
  const label = name.padEnd(NAME_WIDTH)
  const told = createInterface({ input: child.stderr ?? Readable.from([]) })
  told.on('line', line => tell(`${label}${line}`))
  let report = ''
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    report += part
  })
  let played: Played | undefined
  child.on('message', message => {
    played = message as Played
  })
  // Behind its last line: all that it has printed has been read.
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  signal.removeEventListener('abort', stop)
  const tookMs = performance.now() - startedMs
  const one = played ?? { scenario: name, code: EXIT.failed, judgement: undefined, tookMs }
  if (one.code !== EXIT.held) tell(report)
  if (played === undefined) tell(`${label}its harness ended with ${code} before it had a verdict`)
  tell(`${label}${seconds(tookMs).padStart(8)}  ${one.code === EXIT.held ? 'everything held' : 'NOT everything held'}`)
  return one
}
