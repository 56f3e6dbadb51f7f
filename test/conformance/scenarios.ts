import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Difference, type Options, runScenario, type Scenario } from './run.mjs'

const FOLDER = join(import.meta.dirname, 'public')
/** A node reads its own writes, so nothing waits for it to settle and nothing is asked twice. */
const AT_ONCE: Options = { noPause: true, atOnce: true, strictDetail: true }
/** Several nodes are asked in turn: what was recorded with pauses is waited for as it was then. */
const IN_TURN: Options = { strictDetail: true }
const SLOW_MS = 60_000
const JOBS = 8

type Vars = Readonly<Record<string, string>>

export const scenariosOf = (config: string): readonly Scenario[] =>
  readdirSync(FOLDER)
    .map(file => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Scenario)
    .filter(scenario => (scenario.config ?? 'default') === config)

/**
 * One test a scenario. They run side by side from the start, the slow ones first, so that waiting for a lease to lapse
 * costs the run its own length once; `rounds` times in a row against the same
 * server, or with each request and socket at the next of several.
 */
export function describeScenarios(
  config: string,
  bases: () => readonly string[],
  rounds: number,
  vars: Vars = {},
): void {
  const scenarios = scenariosOf(config)
  const results = new Map<string, Promise<readonly string[]>>()

  before(() => {
    const waiting = scenarios.toSorted((a, b) => Number(b.slow ?? false) - Number(a.slow ?? false))
    const starts = new Map<Scenario, () => void>()
    for (const scenario of scenarios) {
      const started = new Promise<void>(resolve => starts.set(scenario, resolve))
      results.set(
        scenario.name,
        started.then(() => failuresOf(scenario, bases(), rounds, vars)),
      )
    }
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        starts.get(next)?.()
        await results.get(next.name)?.catch(() => undefined)
      }
    }
    for (let job = 0; job < JOBS; job++) void work()
  })

  for (const { name, description } of scenarios) {
    it(`${name}: ${description}`, async () => {
      assert.deepEqual(await results.get(name), [])
    }).timeout(SLOW_MS * (rounds + 1))
  }
}

async function failuresOf(
  scenario: Scenario,
  bases: readonly string[],
  rounds: number,
  vars: Vars,
): Promise<readonly string[]> {
  const failures: string[] = []
  for (let round = 0; round < rounds; round++) failures.push(...(await play(scenario, bases, vars)))
  return failures
}

async function play(scenario: Scenario, bases: readonly string[], vars: Vars): Promise<readonly string[]> {
  const steps = await runScenario(scenario, bases, { ...(bases.length > 1 ? IN_TURN : AT_ONCE), vars })
  return steps.flatMap(({ step, diffs }) => diffs.map(difference => explain(step, difference)))
}

const explain = (step: string, { path, expected, got }: Difference): string =>
  `${step}: ${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`
