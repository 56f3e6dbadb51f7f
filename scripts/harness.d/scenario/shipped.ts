/** Scenarios that come with the project, and builds that are broken on purpose with the scenario that must notice. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { type Break, ROOT } from '../fleet/checkout.ts'
import { Fields } from './fields.ts'

const SCENARIOS = join(ROOT, 'scripts/scenarios')
const BROKEN = join(SCENARIOS, 'broken')

/** Paths of all scenarios, by name. */
export const scenarioFiles = (): readonly string[] => filesOf(SCENARIOS)

export const scenarioFile = (name: string): string => join(SCENARIOS, `${name}.yaml`)

export interface BrokenBuild {
  readonly name: string
  /** What is broken, in a sentence. */
  readonly about: string
  /** The name of the scenario that must notice. */
  readonly scenario: string
  /** Expectations of which one at least must not hold. */
  readonly caughtBy: readonly string[]
  readonly breaks: readonly Break[]
}

export const brokenBuilds = (): readonly BrokenBuild[] => filesOf(BROKEN).map(readBrokenBuild)

/** Throws an Error that names the file and the field. */
export function readBrokenBuild(file: string): BrokenBuild {
  try {
    const fields = new Fields('', parse(readFileSync(file, 'utf8')))
    const build = {
      name: basename(file, '.yaml'),
      about: fields.text('about'),
      scenario: fields.text('scenario'),
      caughtBy: fields.texts('caughtBy', []),
      breaks: fields.list('breaks').map((each, i) => readBreak(new Fields(`breaks.${i}.`, each))),
    }
    fields.end()
    return build
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`)
  }
}

function readBreak(fields: Fields): Break {
  const one = { file: fields.text('file'), from: fields.text('from'), to: fields.text('to') }
  fields.end()
  return one
}

const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.yaml'))
    .sort()
    .map(name => join(folder, name))
