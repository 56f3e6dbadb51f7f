import { checkout } from '../fleet/checkout.ts'
import { Interrupted, Run } from '../run/run.ts'
import { CACHE } from '../run/run-folder.ts'
import { readScenario } from '../scenario/parse.ts'
import { conclude, EXIT } from './conclude.ts'

export interface RunFlags {
  readonly keep?: boolean
  readonly build?: string
}

/** 0: all held. 1: an expectation did not hold. 2: the run itself failed. 130: interrupted. */
export async function runCommand(files: readonly string[], flags: RunFlags): Promise<void> {
  const aborting = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => aborting.abort())
  for (const file of files) {
    const code = await playOne(file, flags, aborting.signal)
    process.exitCode = Math.max(code, Number(process.exitCode ?? 0))
    if (aborting.signal.aborted) break
  }
}

async function playOne(file: string, flags: RunFlags, signal: AbortSignal): Promise<number> {
  const scenario = readScenario(file)
  const instead = flags.build === undefined ? undefined : checkout(flags.build, CACHE)
  const run = new Run(scenario, { keep: flags.keep ?? false, instead, signal })
  run.progress.line(`${scenario.name}: ${scenario.about}`)
  let failure: unknown
  try {
    await run.play()
  } catch (error) {
    failure = error
  }
  await run.end()
  if (failure instanceof Interrupted) {
    run.progress.line('interrupted; nothing is left running')
    return EXIT.interrupted
  }
  if (failure !== undefined) {
    run.progress.line(`the run failed: ${(failure as Error).message}`)
    return EXIT.failed
  }
  return conclude(run.folder)
}
