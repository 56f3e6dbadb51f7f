import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flagOf, OPTIONS } from '../../src/config.ts'
import { parseMeshKey } from '../../src/mesh/mesh-key.ts'
import { grapevine, LAUNCHER, ROOT, run } from './run.ts'

const QUICK_MS = 300
const TRIES_MAX = 10

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string }

/** Addresses of the modules that a command loads, as V8's coverage lists them. */
function modulesOf(...args: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'grapevine-coverage-'))
  try {
    run(LAUNCHER, args, { NODE_V8_COVERAGE: folder })
    return readdirSync(folder).flatMap(file => {
      const { result } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { result: readonly { url: string }[] }
      return result.map(({ url }) => url)
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('the command line', function () {
  this.timeout(60_000)

  it('tells the version', () => {
    for (const args of [['version'], ['--version']]) {
      assert.deepEqual(grapevine(...args), { code: 0, stdout: `${version}\n`, stderr: '' })
    }
  })

  it('tells it without loading what a node needs', () => {
    const loaded = modulesOf('version')
    assert.ok(
      loaded.some(url => url.endsWith('/src/main.ts')),
      'the list has what is loaded',
    )
    assert.deepEqual(
      loaded.filter(url => /libp2p|fastify|src\/(mesh|api|config|store)/.test(url)),
      [],
    )
  })

  it(`tells it within ${QUICK_MS} ms`, () => {
    let bestMs = Number.POSITIVE_INFINITY
    for (let tries = 0; tries < TRIES_MAX && bestMs >= QUICK_MS; tries += 1) {
      const startMs = performance.now()
      grapevine('version')
      bestMs = Math.min(bestMs, performance.now() - startMs)
    }
    assert.ok(bestMs < QUICK_MS, `${bestMs} ms at best`)
  })

  it('makes a new mesh key each time', () => {
    const [one, two] = [grapevine('key').stdout, grapevine('key').stdout]
    assert.notEqual(one, two)
    for (const key of [one, two]) assert.equal(parseMeshKey(key).byteLength, 95)
  })

  it('shows every option in the help of start', () => {
    const { code, stdout } = grapevine('start', '--help')
    assert.equal(code, 0)
    for (const { key } of Object.values(OPTIONS)) assert.ok(stdout.includes(`${flagOf(key)} <`), flagOf(key))
    for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line)
  })

  it('shows its commands', () => {
    const { code, stdout } = grapevine('--help')
    assert.equal(code, 0)
    for (const command of ['start', 'key', 'version', 'help']) assert.match(stdout, new RegExp(`^  ${command}\\b`, 'm'))
  })

  const WRONG: readonly [args: readonly string[], says: RegExp][] = [
    [['begin'], /unknown command 'begin'/],
    [['start', '--clutser', 'a'], /unknown option '--clutser' \(Did you mean --cluster\?\)/],
    [['start', '--cluster'], /'--cluster <NAME>' argument missing/],
    [['start', 'now'], /too many arguments/],
    [['start', '--cluster', 'a', '--cluster', 'b'], /--cluster: "a" and "b" contradict each other/],
    [['start', '--http', 'nowhere'], /--http: "nowhere" is not allowed; allowed is HOST:PORT/],
    [['start', '--config', '/nowhere.yaml'], /--config \/nowhere\.yaml: it cannot be read/],
  ]
  for (const [args, says] of WRONG) {
    it(`says in one line what is wrong with ${args.join(' ')}`, () => {
      const { code, stdout, stderr } = grapevine(...args)
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, /^grapevine: [^\n]*\n$/)
      assert.match(stderr, says)
    })
  }

  it('is what npm start runs', () => {
    const { code, stdout } = run('npm', ['start', '--', '--help'])
    assert.equal(code, 0)
    assert.ok(stdout.includes('--cluster <NAME>'))
  })
})
