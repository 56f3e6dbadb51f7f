import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { until } from '../helpers/until.ts'
import { LAUNCHER, ROOT, run } from './run.ts'

/** Makes the Node that loads it first take itself for an old one. Nodes that it starts are what they are. */
const PRETEND_OLD = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })
Object.defineProperty(process, 'version', { value: 'v20.1.0' })
`

/** In the place of src/main.ts: tells who it is, lives until it is told to end, and answers with a code of its own. */
const MAIN = `process.on('SIGTERM', () => process.exit(7))
process.once('disconnect', () => process.exit(8))
if (process.argv[2] === 'stay') setInterval(() => {}, 1000)
console.log(JSON.stringify({ pid: process.pid, node: process.version, args: process.argv.slice(2) } as object))
`

describe('the launcher', function () {
  this.timeout(60_000)
  let folder: string
  let launcher: string
  let old: readonly string[]
  const children: ChildProcess[] = []

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'grapevine-launcher-'))
    launcher = join(folder, 'bin/grapevine')
    cpSync(join(ROOT, 'bin'), join(folder, 'bin'), { recursive: true })
    mkdirSync(join(folder, 'src'))
    writeFileSync(join(folder, 'src/main.ts'), MAIN)
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
    writeFileSync(join(folder, 'old.cjs'), PRETEND_OLD)
    old = [process.execPath, '-r', join(folder, 'old.cjs'), launcher]
  })
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  const withPackages = (): void => symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))

  const told = (line: string): { pid: number; node: string; args: string[] } => JSON.parse(line)

  /** Starts it to stay, and waits for what the node behind it tells. */
  async function stay([command = '', ...args]: readonly string[]) {
    const child = spawn(command, [...args, 'stay'], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const exit = once(child, 'exit') as Promise<[number | null]>
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    return { child, exit, pid: told(line).pid }
  }

  it('becomes the Node that npm has brought, whatever stands on the path', () => {
    withPackages()
    const { code, stdout } = run(launcher, ['a b', '', '--c=d'])
    assert.equal(code, 0)
    assert.deepEqual(told(stdout).args, ['a b', '', '--c=d'])
    assert.ok(Number.parseInt(told(stdout).node.slice(1), 10) >= 24)
  })

  it('works through a link, as npm installs commands', () => {
    withPackages()
    symlinkSync(launcher, join(folder, 'linked'))
    assert.equal(run(join(folder, 'linked'), []).code, 0)
  })

  it('is one process, which gets every signal', async () => {
    withPackages()
    const { child, exit, pid } = await stay([launcher])
    assert.equal(pid, child.pid)
    child.kill('SIGTERM')
    assert.deepEqual((await exit)[0], 7)
  })

  it('passes signals and exit codes on where an old Node runs it', async () => {
    withPackages()
    const { child, exit, pid } = await stay(old)
    assert.notEqual(pid, child.pid)
    child.kill('SIGTERM')
    assert.deepEqual((await exit)[0], 7)
  })

  it('leaves no node behind when that old Node is killed', async () => {
    withPackages()
    const { child, pid } = await stay(old)
    child.kill('SIGKILL')
    await until('the node ends', 10_000, async () => !isAlive(pid))
  })

  it('says what is missing where there is only an old Node', () => {
    const [command = '', ...args] = old
    const { code, stderr } = run(command, [...args, 'version'])
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^grapevine: needs Node\.js 24 or newer, this is v20\.1\.0; run npm ci, or install Node\.js 24\n$/,
    )
  })

  it('says what is missing where there is no Node at all', () => {
    const tools = join(folder, 'tools')
    mkdirSync(tools)
    for (const tool of ['dirname', 'readlink'])
      symlinkSync(run('sh', ['-c', `command -v ${tool}`]).stdout.trim(), join(tools, tool))
    const { code, stderr } = run('/bin/sh', [launcher, 'version'], { PATH: tools })
    assert.equal(code, 1)
    assert.match(stderr, /^grapevine: needs Node\.js 24 or newer, and there is no node here; run npm ci[^\n]*\n$/)
  })

  it('is written for any Node: nothing in it is newer than the oldest', () => {
    copyFileSync(LAUNCHER, join(folder, 'plain.cjs'))
    // Node itself parses what is new; so what it must not have is named.
    const text = run('sed', ['1d', join(folder, 'plain.cjs')]).stdout
    assert.doesNotMatch(
      text.replace(/^\s*(\/\/|\/\*\*|':').*$/gm, ''),
      /=>|`|\b(const|let|class|async|await|import)\b|\?\?|\?\.|\.\.\./,
    )
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
