import { resolve } from 'node:path'
import { brokenCheckout, checkout } from '../fleet/checkout.ts'
import { table } from '../report/markdown.ts'
import { CACHE } from '../run/run-folder.ts'
import { brokenBuilds, readBrokenBuild, scenarioFile, scenarioFiles } from '../scenario/shipped.ts'
import { bytesText, seconds } from '../scenario/units.ts'
import { EXIT } from './conclude.ts'
import { interruption, type Played, patienceOf, play, within } from './play.ts'

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
}

const ROUNDS_MAX = 100

/** Exits with the worst of EXIT that any of them deserves. */
export async function runCommand(files: readonly string[], flags: RunFlags): Promise<void> {
  const signal = interruption()
  const instead = insteadOf(flags)
  const patience = patienceOf(flags.patience ?? '1')
  const rounds = within('--rounds', flags.rounds ?? '1', ROUNDS_MAX)
  const played: Played[] = []
  for (let round = 1; round <= rounds && !signal.aborted; round++) {
    for (const file of files) {
      if (signal.aborted) break
      const options = { keep: flags.keep ?? false, instead, netns: flags.netns ?? false, patience, signal }
      played.push(await play(file, options))
    }
  }
  if (played.length > 1) process.stdout.write(`\n${summary(played)}\n`)
  process.exitCode = Math.max(EXIT.held, ...played.map(({ code }) => code))
}

/** Every scenario that comes with the project. */
export const runAll = (flags: RunFlags): Promise<void> => runCommand(scenarioFiles(), flags)

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

const WORDS: Readonly<Record<number, string>> = {
  [EXIT.held]: 'held',
  [EXIT.broken]: 'BROKEN',
  [EXIT.failed]: 'FAILED',
  [EXIT.interrupted]: 'ended',
}

/** One row a run; the last sums up. */
function summary(played: readonly Played[]): string {
  const rows = played.map(({ scenario, code, judgement, tookMs }) => {
    const verdict = (name: string): string => {
      const found = judgement?.verdicts.find(each => each.name === name)
      return found === undefined ? '' : `${found.value} ${found.unit}`
    }
    const failed = judgement?.verdicts.filter(({ held }) => held === false).map(({ name }) => name) ?? []
    const wire = judgement?.traffic.reduce((sum, { wireBytes }) => sum + wireBytes, 0)
    return [
      ...[WORDS[code] ?? '', scenario, seconds(tookMs), String(judgement?.counts.instances ?? '')],
      ...[verdict('propagationP99Ms'), verdict('convergenceMs'), verdict('residentMB')],
      ...[wire === undefined ? '' : bytesText(wire), failed.join(', ')],
    ]
  })
  const head = ['', 'scenario', 'took', 'instances', 'propagation p99', 'convergence', 'memory', 'traffic', 'broken']
  const tookMs = played.reduce((sum, each) => sum + each.tookMs, 0)
  const held = played.filter(({ code }) => code === EXIT.held).length
  return [
    ...table([head, ...rows]),
    '',
    `${held} of ${played.length} held, in ${(tookMs / 60_000).toFixed(1)} min`,
  ].join('\n')
}
