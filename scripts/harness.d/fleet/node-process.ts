/** One node: a process that is started, ended and started again at the same place. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../../test/helpers/until.ts'
import type { Disk } from './disk.ts'
import type { Keeper } from './keeper.ts'
import type { Addresses } from './ways.ts'

/** A start loads libp2p, and many nodes may start at once on a busy machine. */
const START_DEADLINE_MS = 120_000
const STOP_DEADLINE_MS = 30_000
const ASK_TIMEOUT_MS = 5_000
const LOG_TAIL_LINES = 15
const CLOCK_PRELOAD = join(import.meta.dirname, 'preload/clock.cjs')

export type NodeState = 'starting' | 'ready' | 'down' | 'paused' | 'resumed' | 'jumped' | 'crashed'

export interface NodePlace extends Addresses {
  readonly name: string
  readonly cluster: string
  readonly http: number
  readonly gossip: number
}

export interface NodeSetup {
  readonly place: NodePlace
  /** Options of the command line that do not depend on the place. */
  readonly args: readonly string[]
  /** None: it keeps everything in memory. */
  readonly disk: Disk | undefined
  /** For its log and its clock's offset. */
  readonly folder: string
  /** What runs it, such as `ip netns exec NAME`. */
  readonly within: readonly string[]
}

export class NodeProcess {
  readonly setup: NodeSetup
  readonly log: string
  readonly #keeper: Keeper
  readonly #changed: (state: NodeState, detail: object) => void
  readonly #clockFile: string
  #child: ChildProcess | undefined
  #ending = false

  constructor(setup: NodeSetup, keeper: Keeper, changed: (state: NodeState, detail: object) => void) {
    this.setup = setup
    this.#keeper = keeper
    this.#changed = changed
    this.log = join(setup.folder, `${setup.place.name}.log`)
    this.#clockFile = join(setup.folder, `${setup.place.name}.clock`)
    writeFileSync(this.#clockFile, '0')
  }

  get url(): string {
    const { host, http } = this.setup.place
    return `http://${host}:${http}`
  }

  get running(): boolean {
    return this.#child !== undefined
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resolves when it serves. `build`: the directory with bin/grapevine. */
  async start(build: string, detail: object = {}): Promise<void> {
    if (this.running) throw new Error(`${this.setup.place.name} runs already`)
    this.#ending = false
    this.#changed('starting', detail)
    const child = this.#spawn(build)
    this.#child = child
    if (child.pid !== undefined) this.#keeper.made('pid', child.pid)
    child.once('error', () => undefined)
    child.once('exit', (code, signal) => this.#ended(child, code, signal))
    await this.#ready()
    this.#changed('ready', {})
  }

  async stop(): Promise<void> {
    const child = this.#leave()
    if (child === undefined) return
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS)
    await exited(child)
    clearTimeout(late)
    if (child.signalCode === 'SIGKILL')
      throw new Error(`${this.setup.place.name} did not stop within ${STOP_DEADLINE_MS} ms`)
  }

  async kill(): Promise<void> {
    const child = this.#leave()
    child?.kill('SIGKILL')
    if (child !== undefined) await exited(child)
  }

  pause(): void {
    this.#changed('paused', {})
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
    this.#changed('resumed', {})
  }

  /** Moves its wall clock, now and after later starts. */
  skew(offsetMs: number): void {
    writeFileSync(this.#clockFile, String(offsetMs))
    this.#child?.kill('SIGUSR2')
    if (this.running) this.#changed('jumped', {})
  }

  #leave(): ChildProcess | undefined {
    this.#ending = true
    if (this.#child !== undefined) this.#changed('down', {})
    return this.#child
  }

  #spawn(build: string): ChildProcess {
    const { place, args, disk, within } = this.setup
    const output = openSync(this.log, 'a')
    const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env
    const preloads = [CLOCK_PRELOAD, ...(disk?.preload === undefined ? [] : [disk.preload])]
    const env = {
      ...{ PATH, HOME, TMPDIR, ...disk?.env, HARNESS_CLOCK: this.#clockFile },
      NODE_OPTIONS: preloads.map(file => `--require ${JSON.stringify(file)}`).join(' '),
    }
    const command = [
      ...within,
      join(build, 'bin/grapevine'),
      'start',
      ...['--node', place.name, '--cluster', place.cluster, '--http', `${place.listen}:${place.http}`],
      ...['--gossip', `/ip4/${place.listen}/tcp/${place.gossip}`],
      ...(disk === undefined ? [] : ['--data', disk.folder]),
      ...args,
    ]
    const [first = '', ...rest] = command
    const child = spawn(first, rest, { stdio: ['ignore', output, output], env })
    closeSync(output)
    return child
  }

  #ended(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (child.pid !== undefined) this.#keeper.gone('pid', child.pid)
    if (this.#child === child) this.#child = undefined
    if (!this.#ending) this.#changed('crashed', { code, signal, log: this.#tail() })
  }

  async #ready(): Promise<void> {
    const { name } = this.setup.place
    await until(`${name} serves`, START_DEADLINE_MS, async () => {
      if (!this.running) return 'ended' as const
      const answer = await fetch(`${this.url}/v4/default/govern/apps`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) })
      await answer.text()
      return answer.status === 200 && ('serves' as const)
    }).then(
      verdict => {
        if (verdict === 'ended') throw new Error(`${name} ended while starting:\n${this.#tail()}`)
      },
      (error: Error) => {
        throw new Error(`${error.message}\n${this.#tail()}`)
      },
    )
  }

  #tail(): string {
    return readFileSync(this.log, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n')
  }
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
