import { availableParallelism } from 'node:os'
import { basename, resolve } from 'node:path'
import { brokenCheckout, checkout } from '../fleet/checkout.ts'
import { table } from '../report/markdown.ts'
import { CACHE } from '../run/run-folder.ts'
import { sideBySide } from '../run/side-by-side.ts'
import { readScenario } from '../scenario/parse.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { brokenBuilds, readBrokenBuild, scenarioFile, scenarioFiles } from '../scenario/shipped.ts'
import { EXIT } from './conclude.ts'
import { interruption, type Played, patienceOf, play, within } from './play.ts'
import { playSeparately } from './separately.ts'
import { summary } from './summary.ts'

export interface RunFlags {
  readonly keep?: boolean
  /** A commit that the nodes run instead of this checkout. */
  readonly build?: string
  /** A file with breaks: the nodes run this checkout with them in it. */
  readonly patch?: string
  /** Each cluster in a network namespace of its own. */
  readonly netns?: boolean
  /** Times as long as usual before something counts as late. */
  readonly patience?: string
  /** How often everything is played. */
  readonly rounds?: string
  /** Scenarios at a time. */
  readonly jobs?: string
}

const ROUNDS_MAX = 100
const JOBS_MAX = 100
/** Scenarios at a time for each core: one takes about a quarter of a core. */
const JOBS_PER_CORE = 2

/** Exits with the worst of EXIT that any of them deserves. */
export async function runCommand(files: readonly string[], flags: RunFlags): Promise<void> {
  const signal = interruption()
  const rounds = within('--rounds', flags.rounds ?? '1', ROUNDS_MAX)
  const jobs = within('--jobs', flags.jobs ?? '1', JOBS_MAX)
  const playAll = jobs > 1 ? besideEachOther(files, flags, jobs) : oneByOne(files, flags)
  const startedMs = performance.now()
  const played: Played[] = []
  for (let round = 1; round <= rounds && !signal.aborted; round++) {
    if (rounds > 1) process.stderr.write(`\nround ${round} of ${rounds}\n`)
    const beganMs = performance.now()
    const these = await playAll(signal)
    played.push(...these)
    if (files.length > 1) process.stdout.write(`\n${summary(these, performance.now() - beganMs)}\n`)
  }
  if (rounds > 1) process.stdout.write(`\n${summary(played, performance.now() - startedMs)}\n`)
  process.exitCode = Math.max(signal.aborted ? EXIT.interrupted : EXIT.held, ...played.map(({ code }) => code))
  // Whoever has started this process is told, and then no longer listened to: that alone would keep it running.
  for (const each of played) await report(each)
  if (process.connected) process.disconnect()
}

const report = (played: Played): Promise<void> =>
  new Promise(resolve => (process.send === undefined ? resolve() : process.send(played, () => resolve())))

/** Every scenario that comes with the project, or those named. */
export async function runAll(names: readonly string[], flags: RunFlags): Promise<void> {
  const known = scenarioFiles()
  const unknown = names.find(name => !known.includes(scenarioFile(name)))
  const there = known.map(file => basename(file, '.yaml'))
  if (unknown !== undefined) throw new Error(`there is no scenario ${unknown}; there are ${there.join(', ')}`)
  const jobs = String(availableParallelism() * JOBS_PER_CORE)
  await runCommand(names.length === 0 ? known : names.map(scenarioFile), { jobs, ...flags })
}

type PlayAll = (signal: AbortSignal) => Promise<readonly Played[]>

function oneByOne(files: readonly string[], flags: RunFlags): PlayAll {
  const instead = insteadOf(flags)
  const patience = patienceOf(flags.patience ?? '1')
  return async signal => {
    const played: Played[] = []
    for (const file of files) {
      if (signal.aborted) break
      const options = { keep: flags.keep ?? false, instead, netns: flags.netns ?? false, patience, signal }
      played.push(await play(file, options))
    }
    return played
  }
}

function besideEachOther(files: readonly string[], flags: RunFlags, jobs: number): PlayAll {
  if (flags.patch !== undefined) throw new Error('--patch makes its build anew for each run: leave --jobs out')
  // Made now, and found made by those who run.
  insteadOf(flags)
  patienceOf(flags.patience ?? '1')
  const turns = files.map(file => {
    const scenario = readScenario(file)
    return { file, name: scenario.name, alone: scenario.alone, lastsMs: waitsMs(scenario) }
  })
  const { build, patch, patience } = flags
  const options = [
    ...Object.entries({ build, patch, patience }).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}`, value],
    ),
    ...(flags.keep === true ? ['--keep'] : []),
    ...(flags.netns === true ? ['--netns'] : []),
  ]
  const tell = (line: string): void => void process.stderr.write(`${line}\n`)
  return signal =>
    sideBySide(turns, jobs, signal, ({ file, name }) => playSeparately({ file, name, options, signal, tell }))
}

const waitsMs = ({ steps }: Scenario): number =>
  steps.reduce((sum, { step }) => sum + (step.verb === 'wait' ? step.ms : 0), 0)

/** Plays each broken build with the scenario that must notice. Exits with 1 when one does not. */
export async function runBroken(names: readonly string[], { patience = '1' }: RunFlags): Promise<void> {
  const signal = interruption()
  const times = patienceOf(patience)
  const unknown = names.find(name => !brokenBuilds().some(build => build.name === name))
  const known = brokenBuilds().map(({ name }) => name)
  if (unknown !== undefined) throw new Error(`there is no broken build ${unknown}; there are ${known.join(', ')}`)
  const rows: string[][] = []
  for (const build of brokenBuilds()) {
    if (signal.aborted || (names.length > 0 && !names.includes(build.name))) continue
    process.stderr.write(`\n${build.name}: ${build.about}\n`)
    const instead = brokenCheckout(build.name, build.breaks, CACHE)
    const { judgement } = await play(scenarioFile(build.scenario), {
      ...{ keep: false, instead, netns: false, patience: times, signal },
    })
    const noticed = judgement?.verdicts.filter(({ held }) => held === false).map(({ name }) => name) ?? []
    const caught = noticed.some(name => build.caughtBy.includes(name))
    rows.push([caught ? 'caught' : 'NOT CAUGHT', build.name, build.scenario, noticed.join(', '), build.about])
    if (!caught) process.exitCode = EXIT.broken
  }
  process.stdout.write(`\n${table([['', 'broken build', 'scenario', 'did not hold', ''], ...rows]).join('\n')}\n`)
}

function insteadOf({ build, patch }: RunFlags): string | undefined {
  if (patch === undefined) return build === undefined ? undefined : checkout(build, CACHE)
  if (build !== undefined) throw new Error('--patch applies to this checkout: leave --build out')
  const { name, breaks } = readBrokenBuild(resolve(patch))
  return brokenCheckout(name, breaks, CACHE)
}
