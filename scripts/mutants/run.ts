/**
 * Breaks copies of the source in known ways, one line each, and fails where the simulation does not notice: `npm run
 * mutants`; `-- --only TEXT` for those whose name contains it, `-- --patch FILE` for anyone's own. A mutant must compile and pass
 * the unit tests; it is killed when the checker of its invariant reports within 200 seeds. Exceptions and time-outs do not
 * count.
 */
import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { MUTANTS } from './list.ts'
import type { Edit, Mutant } from './mutant.ts'

/** Seeds within which a mutant has to be caught. */
const SEEDS_MAX = 200
const COMPILE_MS = 60_000
const UNIT_TESTS_MS = 60_000
const HUNT_MS = 150_000
const ROOT = resolve(import.meta.dirname, '../..')
const COPIED = ['src', 'test', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.base.json', '.mocharc.json']
/** Those of core and center. Laws and bytes are searched at random, as the simulation is. */
const UNIT_TESTS = ['test/core/**/*.test.ts', 'test/center/**/*.test.ts', '--ignore', 'test/core/{laws,bytes}.test.ts']

const run = promisify(execFile)

type Prey = Pick<Mutant, 'caughtBy' | 'seed'>

interface Verdict {
  readonly killed: boolean
  readonly text: string
}

/** Runs a program in the copy; its output when it failed, undefined when it did not. */
const failureOf = async (
  directory: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<string | undefined> => {
  try {
    await run(process.execPath, args, { cwd: directory, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 })
    return undefined
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string }
    return `${stdout}${stderr}`.trim() || String(error)
  }
}

const bin = (name: string): string => join(ROOT, 'node_modules', name)

const judge = async (directory: string, { caughtBy, seed }: Prey, mustPass: boolean): Promise<Verdict> => {
  const compiling = await failureOf(directory, [bin('typescript/bin/tsc'), '--build', 'src/center'], COMPILE_MS)
  if (compiling !== undefined) return { killed: false, text: `does not compile: ${firstLine(compiling)}` }
  const failing = await failureOf(directory, [bin('mocha/bin/mocha.js'), ...UNIT_TESTS], UNIT_TESTS_MS)
  if (failing !== undefined && mustPass) return { killed: false, text: `unit tests fail: ${firstFailure(failing)}` }
  const hunt = [join(directory, 'scripts/mutants/hunt.ts'), String(SEEDS_MAX), caughtBy.join(','), `${seed ?? ''}`]
  try {
    const { stdout } = await run(process.execPath, hunt, { cwd: directory, timeout: HUNT_MS })
    return { killed: stdout.startsWith('caught'), text: stdout.trim() }
  } catch (error) {
    return { killed: false, text: `the hunt ended with ${firstLine(String((error as Error).message))}` }
  }
}

const firstLine = (text: string): string => text.split('\n')[0] ?? ''
const firstFailure = (output: string): string => /\n {2}1\) (.*?)\n\n/s.exec(output)?.[1]?.replace(/\s+/g, ' ') ?? ''

/** A mutant that does not fit the source any more is not killed either. */
const judged = async (directory: string, prey: Prey, mustPass: boolean, spoil: () => void): Promise<Verdict> => {
  try {
    spoil()
  } catch (error) {
    return { killed: false, text: firstLine(String((error as Error).message)) }
  }
  return judge(directory, prey, mustPass)
}

const hunted = async (
  directory: string,
  name: string,
  prey: Prey,
  mustPass: boolean,
  spoil: () => void,
): Promise<boolean> => {
  const startedAtMs = performance.now()
  const { killed, text } = await judged(directory, prey, mustPass, spoil)
  const tookS = ((performance.now() - startedAtMs) / 1000).toFixed(0)
  console.log(`${killed ? 'killed  ' : 'SURVIVED'} ${name}: ${text} (${tookS} s)`)
  return killed
}

/** Runs with a copy of everything that is needed; one after the other in the same copy, so that little is compiled anew. */
const withCopy = async (work: (directory: string) => Promise<void>): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-mutant-'))
  try {
    for (const part of COPIED) cpSync(join(ROOT, part), join(directory, part), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
    await work(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const replaceOnce = ({ file, search, replace }: Edit, directory: string): void => {
  const path = join(directory, file)
  const parts = readFileSync(path, 'utf8').split(search)
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places like ${JSON.stringify(search)}`)
  writeFileSync(path, parts.join(replace))
}

const editsOf = (mutant: Mutant): Edit[] => (mutant.also === undefined ? [mutant] : [mutant, mutant.also])

const spoil = (mutant: Mutant, directory: string): void => {
  for (const edit of editsOf(mutant)) replaceOnce(edit, directory)
}

const mend = (mutant: Mutant, directory: string): void => {
  for (const { file } of editsOf(mutant)) cpSync(join(ROOT, file), join(directory, file))
}

const { patch, only } = parseArgs({ options: { patch: { type: 'string' }, only: { type: 'string' } } }).values

if (patch !== undefined) {
  await withCopy(async directory => {
    const apply = (): void => void execFileSync('git', ['apply', resolve(patch)], { cwd: directory })
    process.exitCode = (await hunted(directory, patch, { caughtBy: [] }, false, apply)) ? 0 : 1
  })
} else {
  const startedAtMs = performance.now()
  // Those that may take long begin.
  const waiting = MUTANTS.filter(({ name }) => only === undefined || name.includes(only)).toSorted(
    (a, b) => Number(a.seed !== undefined) - Number(b.seed !== undefined),
  )
  const total = waiting.length
  let killed = 0
  const work = async (directory: string): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const mutant = next
      if (await hunted(directory, mutant.name, mutant, true, () => spoil(mutant, directory))) killed += 1
      mend(mutant, directory)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, () => withCopy(work)))
  console.log(`${killed} of ${total} killed in ${((performance.now() - startedAtMs) / 60_000).toFixed(1)} minutes`)
  if (total === 0 || killed < total) process.exitCode = 1
}
