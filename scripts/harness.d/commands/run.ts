import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkout, ROOT } from '../fleet/checkout.ts'
import { Interrupted, Run } from '../run/run.ts'
import { CACHE } from '../run/run-folder.ts'
import { readScenario } from '../scenario/parse.ts'
import { seconds } from '../scenario/units.ts'
import { conclude, EXIT } from './conclude.ts'

export interface RunFlags {
  readonly keep?: boolean
  /** A commit that the nodes run instead of this checkout. */
  readonly build?: string
  /** Times as long as usual before something counts as late. */
  readonly patience?: string
}

const PATIENCE_MAX = 100
const SCENARIOS = join(ROOT, 'scripts/scenarios')

/** Exits with the worst of EXIT that any of them deserves. */
export async function runCommand(files: readonly string[], flags: RunFlags): Promise<void> {
  const aborting = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => aborting.abort())
  const results: string[] = []
  for (const file of files) {
    const startedMs = performance.now()
    const code = await playOne(file, flags, aborting.signal)
    results.push(`${WORDS[code] ?? code}  ${file}  ${seconds(performance.now() - startedMs)}`)
    process.exitCode = Math.max(code, Number(process.exitCode ?? 0))
    if (aborting.signal.aborted) break
  }
  if (files.length > 1) process.stdout.write(`\n${results.join('\n')}\n`)
}

/** Every scenario that comes with the project. */
export const runAll = (flags: RunFlags): Promise<void> =>
  runCommand(
    readdirSync(SCENARIOS)
      .sort()
      .map(name => join(SCENARIOS, name)),
    flags,
  )

const WORDS: Readonly<Record<number, string>> = {
  [EXIT.held]: 'held  ',
  [EXIT.broken]: 'BROKEN',
  [EXIT.failed]: 'FAILED',
  [EXIT.interrupted]: 'ENDED ',
}

async function playOne(file: string, flags: RunFlags, signal: AbortSignal): Promise<number> {
  const scenario = readScenario(file)
  const instead = flags.build === undefined ? undefined : checkout(flags.build, CACHE)
  const run = new Run(scenario, {
    keep: flags.keep ?? false,
    instead,
    patience: patienceOf(flags),
    quiet: false,
    signal,
  })
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

function patienceOf({ patience = '1' }: RunFlags): number {
  const times = Number(patience)
  if (!(times >= 1 && times <= PATIENCE_MAX))
    throw new Error(`--patience ${patience}: a number from 1 to ${PATIENCE_MAX}`)
  return times
}
