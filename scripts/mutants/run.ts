/**
 * Breaks a copy of the source in known ways and fails where the simulation does not notice: `npm run mutants`, or
 * `npm run mutants -- --patch FILE` for a patch of one's own, `-- --only NAME` for one of the list.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { MUTANTS, type Mutant } from './list.ts'

/** Seeds within which a mutant has to be caught. */
const SEEDS_MAX = 200
const ROOT = resolve(import.meta.dirname, '../..')

const { values } = parseArgs({ options: { patch: { type: 'string' }, only: { type: 'string' } } })

/** A copy of what the simulation runs, broken by `spoil`. */
const copyOf = (spoil: (directory: string) => void): string => {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-mutant-'))
  for (const part of ['src', 'test/sim', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.base.json']) {
    cpSync(join(ROOT, part), join(directory, part), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  spoil(directory)
  return directory
}

const replaceOnce = ({ file, search, replace }: Mutant, directory: string): void => {
  const path = join(directory, file)
  const before = readFileSync(path, 'utf8')
  const parts = before.split(search)
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places like ${JSON.stringify(search)}`)
  writeFileSync(path, parts.join(replace))
}

/** What the checkers reported, or what went wrong. */
const reportOf = (directory: string, caughtBy: readonly number[]): string =>
  execFileSync(process.execPath, [join(directory, 'scripts/mutants/hunt.ts'), String(SEEDS_MAX), caughtBy.join(',')], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()

const hunt = (name: string, caughtBy: readonly number[], spoil: (directory: string) => void): boolean => {
  let directory: string | undefined
  try {
    directory = copyOf(spoil)
    const report = reportOf(directory, caughtBy)
    const caught = report.startsWith('caught')
    console.log(`${caught ? 'killed  ' : 'SURVIVED'} ${name}: ${report}`)
    return caught
  } catch (error) {
    console.log(
      `BROKEN   ${name}: ${String((error as Error).message)
        .split('\n')
        .slice(0, 3)
        .join(' ')}`,
    )
    return false
  } finally {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
  }
}

const { patch, only } = values
const results =
  patch === undefined
    ? MUTANTS.filter(({ name }) => only === undefined || name === only).map(mutant =>
        hunt(mutant.name, mutant.caughtBy, directory => replaceOnce(mutant, directory)),
      )
    : [hunt(patch, [], directory => execFileSync('patch', ['-p1', '-i', resolve(patch)], { cwd: directory }))]
const killed = results.filter(Boolean).length
console.log(`${killed} of ${results.length} killed`)
if (killed < results.length) process.exitCode = 1
