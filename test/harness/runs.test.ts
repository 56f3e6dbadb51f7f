import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { writeReports } from '../../scripts/harness.d/report/write.ts'
import { Run } from '../../scripts/harness.d/run/run.ts'
import { parseScenario } from '../../scripts/harness.d/scenario/parse.ts'
import { until } from '../helpers/until.ts'
import { broken } from './made-run.ts'

const MAIN = join(import.meta.dirname, '../../scripts/harness.d/main.ts')
/** Tests run beside each other on machines that have better to do. */
const PATIENCE = 5
const SETTLE_DEADLINE_MS = 60_000
/** What depends on the machine's speed is measured elsewhere. */
const OF_THE_MACHINE = ['propagationP99Ms', 'convergenceMs', 'residentMB']

const SHORT = [
  {
    title: 'nothing is broken',
    clusters: { sc1: 2, sc2: 1 },
    steps: ['wait 4s', 'churn shop 0/s'],
    exceptions: [],
  },
  {
    title: 'two clusters are cut apart for longer than a lease, while both write',
    clusters: { sc1: 1, sc2: 1 },
    steps: ['wait 1s', 'cut sc1 sc2', 'wait 7s', 'heal', 'wait 3s', 'churn shop 0/s'],
    exceptions: [],
  },
  {
    title: 'a node is killed and comes back with its disk',
    clusters: { sc1: 1, sc2: 1 },
    steps: ['wait 1s', 'kill sc1-a', 'wait 2s', 'start sc1-a', 'wait 2s', 'churn shop 0/s'],
    exceptions: [7],
  },
  {
    title: 'most of a service unregisters at once',
    clusters: { sc1: 1, sc2: 1 },
    steps: ['churn shop 0/s', 'unregister shop 16', 'wait 1s'],
    exceptions: [],
  },
]

describe('short scenarios of real nodes', function () {
  this.timeout(300_000)

  for (const { title, clusters, steps, exceptions } of SHORT) {
    it(`hold when ${title}`, async () => {
      const workloads = { shop: { applications: 20, services: 2, interval: '1s', churn: '2/s', updates: '2/s' } }
      const played = ['workload shop', ...steps, `settle ${SETTLE_DEADLINE_MS / 1_000}s`]
      const scenario = parseScenario({ name: 'short', about: title, clusters, workloads, steps: played, exceptions })
      const run = new Run(scenario, {
        keep: false,
        netns: false,
        instead: undefined,
        patience: PATIENCE,
        signal: new AbortController().signal,
        quiet: true,
      })
      try {
        await run.play()
      } finally {
        await run.end()
      }
      const { judgement } = await writeReports(run.folder)
      const verdicts = judgement.verdicts.filter(({ name, held }) => held === false && !OF_THE_MACHINE.includes(name))
      assert.deepEqual(
        verdicts.map(({ name, evidence }) => [name, ...evidence]),
        [],
        `see ${run.folder.path('html')}`,
      )
      assert.ok((judgement.counts.instances ?? 0) >= 20)
      assert.equal(broken(judgement).filter(name => !OF_THE_MACHINE.includes(name)).length, 0)
      const html = readFileSync(run.folder.path('html'), 'utf8')
      assert.ok(html.includes('<svg') && !/(?:src|href)=/.test(html), 'the report needs nothing else')
      assert.ok(!existsSync(join(run.folder.folder, 'data')), 'data directories are gone')
    })
  }
})

describe('a harness that ends early', function () {
  this.timeout(300_000)

  for (const [signal, flags] of [
    ['SIGINT', []],
    ['SIGKILL', []],
    ['SIGKILL', ['--netns']],
    ['SIGINT', ['--jobs', '2']],
    ['SIGKILL', ['--jobs', '2']],
  ] as const) {
    it(`leaves nothing behind after ${signal} ${flags.join(' ')}`, async function () {
      const isApart = flags[0] === '--netns'
      if (isApart && !mayHaveNamespaces()) this.skip()
      const others = namespaces()
      const folder = await mkdtemp(join(tmpdir(), 'grapevine-'))
      const files = ['long', ...(flags[0] === '--jobs' ? ['longer'] : [])].map(name => join(folder, `${name}.yaml`))
      for (const file of files)
        await writeFile(file, 'name: long\nabout: ends early\nclusters: { sc1: 1 }\nsteps: [wait 100s]\n')
      const harness = spawn(process.execPath, [MAIN, 'run', ...flags, ...files], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      try {
        await new Promise<void>((resolve, reject) => {
          let serving = 0
          createInterface({ input: harness.stderr }).on('line', line => {
            if (line.endsWith('all nodes serve') && ++serving === files.length) resolve()
          })
          harness.once('exit', code => reject(new Error(`it ended with ${code}`)))
        })
        const children = descendants(harness.pid ?? 0)
        assert.ok(children.length >= 2 * files.length, 'a node and the applications run')
        const made = namespaces().filter(name => !others.includes(name))
        assert.equal(made.length > 0, isApart)
        harness.removeAllListeners('exit')
        const ended = once(harness, 'exit')
        harness.kill(signal)
        await ended
        await until('everything that it started has ended', 30_000, () => children.every(pid => !isAlive(pid)))
        await until('its namespaces are gone', 30_000, () => !namespaces().some(name => made.includes(name)))
      } finally {
        harness.kill('SIGKILL')
        await rm(folder, { recursive: true, force: true })
      }
    })
  }
})

describe('scenarios that are played side by side', function () {
  this.timeout(300_000)

  it('are told under their names, with the report of what did not hold, and end with a table of each round', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'grapevine-'))
    try {
      const files = ['sound', 'fat'].map(name => join(folder, `${name}.yaml`))
      const scenario =
        'clusters: { sc1: 1 }\nworkloads: { shop: { applications: 2 } }\nsteps: [workload shop, wait 2s]\n'
      await writeFile(files[0] ?? '', `name: sound\nabout: holds\n${scenario}`)
      await writeFile(files[1] ?? '', `name: fat\nabout: takes memory\nexpect: { residentMB: 1 }\n${scenario}`)
      const flags = ['--jobs', '2', '--rounds', '2', '--patience', String(PATIENCE)]
      const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'run', ...flags, ...files], {
        encoding: 'utf8',
      })
      assert.equal(status, 1, stderr)
      assert.match(stderr, /^sound +[\d.]+ s {2}workload shop$/m)
      assert.match(stderr, /^sound +[\d.]+ s {2}everything held$/m)
      assert.match(stderr, /^fat +[\d.]+ s {2}NOT everything held$/m)
      assert.match(stderr, /\*\*residentMB\*\*[\s\S]*report: /)
      assert.doesNotMatch(stderr, /## sound/)
      assert.equal(stdout.match(/^1 of 2 held, in/gm)?.length, 2)
      assert.equal(stdout.match(/^2 of 4 held, in/gm)?.length, 1)
      assert.match(stdout, /^\| BROKEN \| fat .* residentMB +\|$/m)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

describe('a harness that is up', function () {
  this.timeout(300_000)

  it('does what it is told from elsewhere, judges what happened so far, and is gone after `down`', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'grapevine-'))
    const env = { ...process.env, HARNESS_SOCKET: join(folder, 'socket') }
    const harness = (...args: readonly string[]) =>
      spawnSync(process.execPath, [MAIN, ...args], { env, encoding: 'utf8' })
    try {
      assert.match(harness('status').stderr, /no harness runs here/)
      const up = harness('up', '--detach', '--nodes', '1', '--patience', String(PATIENCE))
      assert.match(up.stdout, /sc1-a {2}runs {2}http:.*\nsc2-a {2}runs/, up.stderr)
      assert.match(harness('up').stderr, /runs already/)
      assert.equal(harness('workload', 'shop').status, 0)
      const wrong = harness('cut', 'sc1')
      assert.equal(wrong.status, 2)
      assert.match(wrong.stdout, /expected "cut WHO WHO/)
      for (const line of ['cut sc1 > sc2', 'skew sc1-a -1h', 'kill sc1-a'])
        assert.equal(harness(...line.split(' ')).status, 0, line)
      assert.match(harness('status').stdout, /sc1-a {2}down/)
      assert.equal(harness('start', 'sc1-a').status, 0)
      assert.match(harness('verify').stdout, /\| (held|\*\*broken\*\*) +\| ghosts/)
      const down = harness('down')
      assert.ok([0, 1].includes(down.status ?? -1), down.stderr)
      assert.match(down.stdout, /2 nodes, \d+ instances[\s\S]*report: /)
      assert.match(harness('status').stderr, /no harness runs here/)
    } finally {
      harness('down')
      await rm(folder, { recursive: true, force: true })
    }
  })
})

const NETNS = '/run/netns'

const namespaces = (): readonly string[] => (existsSync(NETNS) ? readdirSync(NETNS) : [])

/** Root, iproute2, and a kernel and container that let it. */
function mayHaveNamespaces(): boolean {
  const name = `gvtest${process.pid}`
  const made = process.getuid?.() === 0 && spawnSync('ip', ['netns', 'add', name]).status === 0
  if (made) spawnSync('ip', ['netns', 'delete', name])
  return made
}

/** Ids of the processes below this one, from /proc. */
function descendants(pid: number): readonly number[] {
  const parents = readdirSync('/proc').flatMap(name => {
    try {
      const stat = /^\d+$/.test(name) ? readFileSync(`/proc/${name}/stat`, 'utf8') : ''
      const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return parent === undefined ? [] : [{ pid: Number(name), parent: Number(parent) }]
    } catch {
      return []
    }
  })
  const below = (id: number): readonly number[] =>
    parents.filter(({ parent }) => parent === id).flatMap(each => [each.pid, ...below(each.pid)])
  return below(pid)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
