/** Plays one scenario to its verdict. */
import type { Judgement } from '../judge/judge.ts'
import { Interrupted, Run, type RunOptions } from '../run/run.ts'
import { readScenario } from '../scenario/parse.ts'
import { conclude, EXIT, type ExitCode, exitOf } from './conclude.ts'

const PATIENCE_MAX = 100

export interface Played {
  readonly scenario: string
  readonly code: ExitCode
  /** Undefined: the run did not come to its end. */
  readonly judgement: Judgement | undefined
  readonly tookMs: number
}

export async function play(file: string, options: Omit<RunOptions, 'quiet'>): Promise<Played> {
  const startedMs = performance.now()
  const scenario = readScenario(file)
  const run = new Run(scenario, { ...options, quiet: false })
  run.progress.line(`${scenario.name}: ${scenario.about}`)
  let failure: unknown
  try {
    await run.play()
  } catch (error) {
    failure = error
  }
  await run.end()
  const judgement = failure === undefined ? await conclude(run.folder) : undefined
  const code = judgement === undefined ? tell(failure, run) : exitOf(judgement)
  return { scenario: scenario.name, code, judgement, tookMs: performance.now() - startedMs }
}

function tell(failure: unknown, { progress }: Run): ExitCode {
  if (failure instanceof Interrupted) {
    progress.line('interrupted; nothing is left running')
    return EXIT.interrupted
  }
  progress.line(`the run failed: ${(failure as Error).message}`)
  return EXIT.failed
}

/** Aborted by Ctrl-C and its like, and when whoever has started this process is gone, from the call on. */
export function interruption(): AbortSignal {
  const aborting = new AbortController()
  process.on('disconnect', () => aborting.abort())
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => aborting.abort())
  return aborting.signal
}

export const patienceOf = (text: string): number => within('--patience', text, PATIENCE_MAX)

/** Throws an Error that names the flag and its limits. */
export function within(flag: string, text: string, max: number): number {
  const times = Number(text)
  if (!(times >= 1 && times <= max)) throw new Error(`${flag} ${text}: a number from 1 to ${max}`)
  return times
}
