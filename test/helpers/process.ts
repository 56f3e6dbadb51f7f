import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IDENTITY_PATH, READY_PATH } from '../../src/api/identity.ts'
import { freePorts } from './ports.ts'
import { Program, type ProgramOptions } from './program.ts'
import { Registry } from './registry.ts'
import { TcpProxy } from './tcp-proxy.ts'
import { until } from './until.ts'

/** The command. */
export const GRAPEVINE = join(import.meta.dirname, '../../bin/grapevine')

/** A start loads libp2p; on two busy cores that alone takes seconds. */
const START_DEADLINE_MS = 30_000

/** Where a node listens, known before it runs so that others can name it. */
export interface Place {
  readonly http: number
  readonly gossip: number
  readonly url: string
}

export interface NodeOptions extends ProgramOptions {
  readonly place: Place
  /** For messages; the node's `--node` too. */
  readonly name: string
  readonly cluster?: string
  readonly clusters?: string
  readonly peers?: string
  readonly data?: string
  /** A port on 127.0.0.1 that leads to the gossip port. */
  readonly advertise?: number
  /** Further options of the command line. */
  readonly flags?: readonly string[]
}

/** A node that runs as a process of its own. */
export class NodeProcess extends Program {
  readonly url: string
  readonly registry: Registry
  readonly options: NodeOptions

  constructor(options: NodeOptions) {
    super(options.name, GRAPEVINE, commandLine(options), options)
    this.options = options
    this.url = options.place.url
    this.registry = new Registry(this.url)
  }

  /** The API answers; whether the catalog is whole yet is another question. */
  async listening(): Promise<this> {
    await this.#answers('listens', IDENTITY_PATH)
    return this
  }

  /** It has repaired with a peer, or knows that it is alone. */
  async ready(): Promise<this> {
    await this.#answers('is ready', READY_PATH)
    return this
  }

  async #answers(what: string, path: string): Promise<void> {
    const verdict = await until(`${this.name} ${what}`, START_DEADLINE_MS, async () => {
      if (this.end !== undefined) return `${this.name} ended with ${this.end.code}`
      return (await this.registry.request('GET', path)).status === 200 && 'right'
    }).catch((error: Error) => error.message)
    if (verdict !== 'right') throw new Error(`${verdict}; it printed:\n${this.output}`)
  }
}

/** Everything that a test starts, so that nothing of it outlives the test. */
export class Fleet {
  readonly #programs: Program[] = []
  readonly #proxies: TcpProxy[] = []
  readonly #folders: string[] = []
  readonly #ports = new Set<number>()

  /** Last resort when the process ends before `close`. */
  readonly #onExit = (): void => {
    for (const program of this.#programs) program.signal('SIGKILL')
  }

  /** True after a signal told this process to stop (see closeOnSignals). */
  interrupted = false

  constructor() {
    process.once('exit', this.#onExit)
  }

  /** For scripts, which nobody cleans up after: ends everything, then this process, when it is told to stop. */
  closeOnSignals(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, async () => {
        this.interrupted = true
        await this.close()
        process.exit(1)
      })
    }
  }

  /** Ports for one node, given out once. */
  async place(): Promise<Place> {
    const [http = 0, gossip = 0] = await freePorts(2)
    if (this.#ports.has(http) || this.#ports.has(gossip)) return this.place()
    this.#ports.add(http).add(gossip)
    return { http, gossip, url: `http://127.0.0.1:${http}` }
  }

  /** Two clusters of one node each that name each other `sc1` and `sc2`, both ready. `more` adds to or replaces options. */
  async twoClusters(more: { readonly sc1?: Partial<NodeOptions>; readonly sc2?: Partial<NodeOptions> } = {}) {
    const [one, two] = [await this.place(), await this.place()]
    const sc1 = this.node({ place: one, name: 'sc1-a', cluster: 'sc1', clusters: `sc2=${two.url}`, ...more.sc1 })
    const sc2 = this.node({ place: two, name: 'sc2-a', cluster: 'sc2', clusters: `sc1=${one.url}`, ...more.sc2 })
    await Promise.all([sc1.ready(), sc2.ready()])
    return { sc1, sc2 }
  }

  /** Starts a node; `listening` and `ready` wait for it. */
  node(options: NodeOptions): NodeProcess {
    return this.#keep(new NodeProcess(options))
  }

  /** Starts a node that has ended once more, at the same place. `more` adds to or replaces its options. */
  restart(node: NodeProcess, more: Partial<NodeOptions> = {}): NodeProcess {
    return this.node({ ...node.options, ...more })
  }

  program(name: string, command: string, args: readonly string[], options?: ProgramOptions): Program {
    return this.#keep(new Program(name, command, args, options))
  }

  async proxy(...targets: readonly number[]): Promise<TcpProxy> {
    const proxy = await TcpProxy.to(...targets)
    this.#proxies.push(proxy)
    return proxy
  }

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'grapevine-'))
    this.#folders.push(folder)
    return folder
  }

  /** The last lines that each program printed, under its name. */
  output(linesMax: number): string {
    return this.#programs
      .map(({ name, output }) => `--- ${name}\n${output.split('\n').slice(-linesMax).join('\n')}`)
      .join('\n')
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.map(program => program.kill()))
    await Promise.all(this.#proxies.map(proxy => proxy.close()))
    await Promise.all(this.#folders.map(folder => rm(folder, { recursive: true, force: true })))
    process.removeListener('exit', this.#onExit)
  }

  #keep<P extends Program>(program: P): P {
    this.#programs.push(program)
    return program
  }
}

function commandLine({ place, name, cluster, clusters, peers, data, advertise, flags = [] }: NodeOptions): string[] {
  const options = {
    '--http': `127.0.0.1:${place.http}`,
    '--gossip': `/ip4/127.0.0.1/tcp/${place.gossip}`,
    '--advertise': `/ip4/127.0.0.1/tcp/${advertise ?? place.gossip}`,
    '--node': name,
    '--cluster': cluster,
    '--clusters': clusters,
    '--peers': peers,
    '--data': data,
  }
  const given = Object.entries(options).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]))
  return ['start', ...given, ...flags]
}
