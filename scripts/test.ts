/**
 * The test command behind scripts/test: type check and linter, which count as a test each, then all tests. What needs no
 * second process runs in parallel jobs; what starts real nodes runs one file after the other, so that their deadlines
 * mean something on two cores.
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Tally } from './testing/reporter.ts'

const ROOT = join(import.meta.dirname, '..')
const JOBS = 2
/** For everything, several times what it takes. What hangs is ended and has failed, so that a wrong change is told so. */
const DEADLINE_MS = 20 * 60_000

/** Folders of tests whose nodes and clients are real processes or sockets with deadlines of their own. */
const ALONE = ['test/cli', 'test/conformance', 'test/e2e', 'test/harness', 'test/interop', 'test/mesh', 'test/sources']

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const NOTHING: Tally = { passed: 0, failed: 0, skipped: [] }

const add = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: [...a.skipped, ...b.skipped],
})

/**
 * Runs a tool of node_modules. The answer is its exit code and, from mocha, what it counted. The tool gets a process group
 * of its own, so that whatever it has started can be ended with it.
 */
function run(
  tool: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly tally: Tally | undefined }> {
  const command = join(ROOT, 'node_modules/.bin', tool)
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true })
  const endGroup = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }
  const interrupted = (): void => {
    endGroup()
    process.exit(1)
  }
  const overdue = setTimeout(() => {
    console.error(`${tool} was ended: the whole run may take ${DEADLINE_MS / 60_000} minutes`)
    endGroup()
  }, DEADLINE_MS - performance.now())
  for (const signal of SIGNALS) process.on(signal, interrupted)
  let tally: Tally | undefined
  child.on('message', message => {
    tally = message as Tally
  })
  return new Promise(resolve => {
    const end = (code: number): void => {
      clearTimeout(overdue)
      for (const signal of SIGNALS) process.removeListener(signal, interrupted)
      resolve({ code, tally })
    }
    child.once('error', error => {
      console.error(String(error))
      end(1)
    })
    child.once('close', code => end(code ?? 1))
  })
}

async function check(title: string, tool: string, args: readonly string[]): Promise<Tally> {
  const startMs = performance.now()
  const { code } = await run(tool, args)
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
  console.log(`${code === 0 ? '✔' : '✘'} ${title} (${seconds} s)`)
  return { ...NOTHING, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 }
}

/** A run that ends without a tally, or with an exit code that its tally does not explain, has failed. */
async function mocha(files: readonly string[], args: readonly string[] = []): Promise<Tally> {
  if (files.length === 0) return NOTHING
  const { code, tally } = await run('mocha', ['--reporter', 'scripts/testing/reporter.ts', ...args, ...files])
  if (tally === undefined) return { ...NOTHING, failed: 1 }
  return code !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally
}

const isAlone = (file: string): boolean => ALONE.some(folder => file.startsWith(`${folder}/`))

async function main(wanted: readonly string[]): Promise<void> {
  const all = globSync('test/**/*.test.ts', { cwd: ROOT }).toSorted()
  const paths = wanted.map(path => relative(ROOT, path))
  const files =
    paths.length === 0 ? all : all.filter(file => paths.some(path => file === path || file.startsWith(`${path}/`)))
  if (files.length === 0) console.error(`no test file matches ${wanted.join(' ')}`)
  let tally = files.length === 0 ? { ...NOTHING, failed: 1 } : NOTHING
  if (paths.length === 0) {
    tally = add(tally, await check('types', 'tsc', ['--build']))
    tally = add(tally, await check('lint and format', 'biome', ['check', '--error-on-warnings', '.']))
  }
  const together = files.filter(file => !isAlone(file))
  tally = add(tally, await mocha(together, together.length > 1 ? ['--parallel', '--jobs', String(JOBS)] : []))
  tally = add(tally, await mocha(files.filter(isAlone)))
  for (const title of tally.skipped) console.log(`skipped: ${title}`)
  console.log(`${tally.passed} passed, ${tally.failed} failed`)
  process.exitCode = tally.failed === 0 ? 0 : 1
}

await main(process.argv.slice(2))
