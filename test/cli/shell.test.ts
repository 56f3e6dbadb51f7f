import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { VERSION } from '../../src/version.ts'
import { startTestNode, type TestNode } from '../helpers/node.ts'
import { GRAPEVINE } from '../helpers/process.ts'
import { grapevine } from './command.ts'

/** From process start to exit. The fastest of a few: a busy machine is not what is measured. */
const VERSION_MS = 300
const TRIES = 7
const BARE_FACTOR = 5
const NODE = process.execPath

async function fastest(run: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < TRIES; i++) {
    const startedMs = performance.now()
    await run()
    best = Math.min(best, performance.now() - startedMs)
  }
  return best
}

/** scctl of Apache ServiceComb Service Center 2.x: its commands, and the flags of each beside those of all. */
const SCCTL: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['version'], []],
  [['ver'], []],
  [['health'], []],
  [['diagnose'], ['--etcd-addr', '--etcd-cert', '--etcd-key', '--etcd-ca', '--etcd-pass-file', '--etcd-pass']],
  [
    ['get', 'service'],
    ['-d', '--domain', '-o', '--output', '--all-domains='],
  ],
  [
    ['get', 'svc'],
    ['-d', '--domain', '-o', '--output', '--all-domains='],
  ],
  [
    ['get', 'instance'],
    ['-d', '--domain', '-o', '--output', '--all-domains='],
  ],
  [
    ['get', 'inst'],
    ['-d', '--domain', '-o', '--output', '--all-domains='],
  ],
  [
    ['get', 'schema'],
    ['-d', '--domain', '--all-domains=', '-s', '--save-dir', '--app', '--name', '--version'],
  ],
  [
    ['get', 'cluster'],
    ['-d', '--domain', '-o', '--output', '--all-domains='],
  ],
]
/** A flag that ends with = takes no value. */
const OF_ALL = [
  '--addr',
  '--token',
  '-p=',
  '--peer=',
  '--cert',
  '--key',
  '--ca',
  '--pass-file',
  '--pass',
  '-t',
  '--timeout',
  '-v=',
  '--verbose=',
]

const GREEN = '\x1b[32m'

const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

describe('the command line and its shell', function () {
  this.timeout(60_000)
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grapevine-shell-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const scriptFile = async (shell: string): Promise<string> => {
    const file = join(folder, shell)
    await writeFile(file, (await grapevine(['completion', shell])).stdout)
    return file
  }

  it(`says its version within ${VERSION_MS} ms`, async () => {
    const bare = await fastest(() => promisify(execFile)(NODE, ['-e', '0']))
    const best = await fastest(async () => {
      const { stdout } = await grapevine(['version'])
      assert.equal(stdout, `${VERSION}\n`)
    })
    // On a busy machine an empty Node takes its time, too: then it is the yardstick.
    const allowedMs = Math.max(VERSION_MS, bare * BARE_FACTOR)
    assert.ok(best < allowedMs, `${best} ms at best of ${TRIES}, an empty Node ${bare} ms`)
    assert.equal((await grapevine(['--version'])).stdout, `${VERSION}\n`)
  })

  it('takes every command and flag of scctl', async () => {
    const file = join(folder, 'any')
    await writeFile(file, '')
    const values: Record<string, string> = {
      '-o': 'wide',
      '--output': 'wide',
      '-t': '5s',
      '--timeout': '5s',
      '-s': folder,
      '--save-dir': folder,
    }
    for (const flag of ['--cert', '--key', '--ca', '--pass-file']) values[flag] = file
    for (const [command, flags] of SCCTL) {
      const all = [...OF_ALL, ...flags].flatMap(flag =>
        flag.endsWith('=') ? [flag.slice(0, -1)] : [flag, values[flag] ?? 'x'],
      )
      const { stderr } = await grapevine([...command, ...all, '--addr', '127.0.0.1:1'])
      assert.doesNotMatch(stderr, /unknown (option|command)|error:/, command.join(' '))
      assert.match(stderr, /cannot be resolved|refuses connections/, `${command.join(' ')} was run: ${stderr}`)
    }
  })

  describe('with a node', () => {
    let node: TestNode
    before(async () => {
      node = await startTestNode()
    })
    const closing: (() => void)[] = []
    after(async () => {
      for (const close of closing) close()
      await node.close()
    })

    it('colours on a terminal only, and not where NO_COLOR is set', async function () {
      if (!has('script')) return this.skip()
      const onTerminal = (env: Record<string, string>): Promise<string> =>
        new Promise(resolve => {
          const command = `stty cols 80; ${GRAPEVINE} instances --addr ${node.url}`
          const environment = { PATH: process.env.PATH ?? '', TERM: 'xterm', SHELL: '/bin/sh', ...env }
          const child = execFile('script', ['-qec', command, '/dev/null'], { env: environment }, (_error, stdout) =>
            resolve(stdout),
          )
          child.stdin?.end()
        })
      const coloured = await onTerminal({})
      assert.ok(coloured.includes(`${GREEN}UP`))
      for (const line of coloured.split('\r\n')) assert.ok(stripVTControlCharacters(line).length <= 80, line)
      assert.ok(!(await onTerminal({ NO_COLOR: '1' })).includes(GREEN))
      assert.ok(!(await grapevine(['instances', '--addr', node.url])).stdout.includes(GREEN))
    })

    it('ends quietly when its reader has enough', async () => {
      const command = `${GRAPEVINE} services --addr ${node.url} | head -1`
      const { stderr } = await promisify(execFile)('sh', ['-c', command])
      assert.equal(stderr, '')
    })

    it('logs in with a password from the environment or a pipe, and sends the token', async () => {
      const seen: string[] = []
      const server = createServer((request, response) => {
        seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`)
        request.on('data', chunk => seen.push(String(chunk)))
        request.on('end', () => {
          response.statusCode = request.url === '/v4/token' ? 200 : 401
          response.end(
            request.url === '/v4/token'
              ? '{"token":"abc"}'
              : '{"errorCode":"401201","errorMessage":"Request unauthorized"}',
          )
        })
      })
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      closing.push(() => server.close())
      const addr = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const piped = await grapevine(['token', '--user', 'root', '--addr', addr], { input: 'secret\n' })
      assert.equal(piped.stdout, 'abc\n')
      assert.equal(seen[1], '{"name":"root","password":"secret"}')
      const named = await grapevine(['token', '--user', 'root', '--addr', addr], {
        env: { GRAPEVINE_PASSWORD: 'other' },
      })
      assert.equal(named.code, 0)
      assert.equal(seen[3], '{"name":"root","password":"other"}')
      const refused = await grapevine(['services', '--addr', addr], { env: { GRAPEVINE_TOKEN: 'tok' } })
      assert.equal(refused.code, 4)
      assert.match(
        refused.stderr,
        /answers 401 \(Request unauthorized\)\nGet a token with "grapevine token --user NAME"/,
      )
      assert.ok(seen.some(line => line.endsWith('Bearer tok')))
    })
  })

  it('completes commands, options and choices in bash', async () => {
    const { stdout: script } = await grapevine(['completion', 'bash'])
    const completed = (line: string): string[] => {
      const words = line.split(' ')
      const quoted = words.map(word => `'${word}'`).join(' ')
      const run = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _grapevine; printf '%s\\n' "\${COMPREPLY[@]}"`
      return String(spawnSync('bash', ['-c', run]).stdout)
        .trim()
        .split('\n')
    }
    assert.deepEqual(completed('grapevine wh'), ['why'])
    assert.deepEqual(completed('grapevine get sv'), ['svc'])
    assert.deepEqual(completed('grapevine peers ret'), ['retire'])
    assert.deepEqual(completed('grapevine services --state STA'), ['STARTING'])
    assert.deepEqual(completed('grapevine --addr x why --fr'), ['--from'])
    assert.ok(completed('grapevine start --clu').includes('--clusters'))
  })

  it('completes in zsh: the script is well formed', async function () {
    if (!has('zsh')) return this.skip()
    const { status, stderr } = spawnSync('zsh', ['-n', await scriptFile('zsh')])
    assert.deepEqual([status, String(stderr)], [0, ''])
  })

  it('completes commands, options and choices in fish', async function () {
    if (!has('fish')) return this.skip()
    const file = await scriptFile('fish')
    const completed = (line: string): string[] => {
      const { stdout } = spawnSync('fish', ['--no-config', '-c', `source ${file}; complete -C '${line}'`])
      return String(stdout)
        .trim()
        .split('\n')
        .map(each => each.split('\t')[0] ?? '')
    }
    assert.deepEqual(completed('grapevine wh'), ['why'])
    assert.deepEqual(completed('grapevine peers ret'), ['retire'])
    assert.deepEqual(completed('grapevine services --state STA'), ['STARTING'])
    assert.deepEqual(completed('grapevine why --fr'), ['--from'])
  })

  it('says which shells it completes', async () => {
    const { code, stderr } = await grapevine(['completion', 'ksh'])
    assert.equal(code, 2)
    assert.match(stderr, /Allowed choices are bash, zsh, fish/)
  })
})
