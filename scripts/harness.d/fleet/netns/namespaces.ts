/**
 * Each cluster in a network namespace of its own, linked by a veth pair with each other one. What concerns whole clusters
 * the kernel does on these pairs: it drops, limits and, where it has netem, delays and loses. The rest is done by proxies,
 * one in each namespace.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Link as Pair, PlacedNode } from '../../scenario/topology.ts'
import type { Shape } from '../../scenario/verbs.ts'
import type { Keeper } from '../keeper.ts'
import type { LinkTarget } from '../link.ts'
import { PathStates, pathKey } from '../path-states.ts'
import type { Addresses, Ground, PathState, Ways } from '../ways.ts'
import * as kernel from './kernel.ts'
import type { LinkOrder, LinkReply } from './orders.ts'
import { Plan } from './plan.ts'

const OPEN_DEADLINE_MS = 60_000
const WORKER = join(import.meta.dirname, 'link-worker.ts')

export interface NamespacesDeps {
  readonly keeper: Keeper
  readonly random: () => number
  readonly placed: readonly PlacedNode[]
  readonly links: readonly Pair[]
  readonly note: (line: string) => void
  readonly changed: (from: string, to: string, state: PathState) => void
}

export class Namespaces implements Ground, Ways {
  readonly #deps: NamespacesDeps
  readonly #plan: Plan
  readonly #clusterOf: ReadonlyMap<string, string>
  readonly #abilities: kernel.Abilities
  readonly #states: PathStates
  readonly #workers = new Map<string, ChildProcess>()
  readonly #urls = new Map<string, string>()
  readonly #bytes = new Map<string, Readonly<Record<string, number>>>()
  readonly #treatments = new Map<string, kernel.Treatment>()

  /** Makes all namespaces and what links them. Throws an Error of one line when that is not possible here. */
  constructor(deps: NamespacesDeps) {
    kernel.assertRoot()
    this.#deps = deps
    this.#clusterOf = new Map(deps.placed.map(({ name, cluster }) => [name, cluster]))
    this.#states = new PathStates(deps.changed)
    const clusters = [...new Set(this.#clusterOf.values())]
    this.#plan = new Plan(kernel.claimPlan(deps.random, deps.keeper), clusters, this.#clusterPairs())
    for (const cluster of clusters) {
      kernel.makeNetns(this.#plan.netns(cluster), deps.keeper)
      kernel.makeWire(this.#plan.access(cluster), deps.keeper)
    }
    for (const wire of this.#plan.wires) kernel.makeWire(wire, deps.keeper)
    this.#abilities = kernel.abilitiesIn(this.#plan.netns(clusters[0] ?? ''))
    deps.note(told(this.#abilities))
  }

  get ways(): Ways {
    return this
  }

  within(cluster: string): readonly string[] {
    return ['ip', 'netns', 'exec', this.#plan.netns(cluster)]
  }

  addressesOf(cluster: string): Addresses {
    const [harness, inside] = this.#plan.access(cluster).ends
    return { host: inside.address, listen: '0.0.0.0', harness: harness.address }
  }

  async open(pairs: readonly Pair[], targets: ReadonlyMap<string, LinkTarget>): Promise<void> {
    await Promise.all([...new Set(this.#clusterOf.values())].map(cluster => this.#openIn(cluster, pairs, targets)))
  }

  urlOf(from: string, to: string): string | undefined {
    return this.#urls.get(pathKey(from, to))
  }

  cut(from: readonly string[], to: readonly string[], how: 'hold' | 'reset'): void {
    const kernels = how === 'hold' && this.#abilities.blackhole
    this.#each(from, to, kernels, {
      kernel: (one, other) => this.#treat(one, other, { cut: true }),
      proxy: (some, others) => this.#order({ order: 'cut', from: some, to: others, how }),
    })
    this.#become(from, to, 'cut')
  }

  slow(from: readonly string[], to: readonly string[], shape: Shape): void {
    const parts = kernel.divide(shape, this.#abilities)
    this.#each(from, to, true, {
      kernel: (one, other) => {
        this.#treat(one, other, { shape: parts.kernel })
        this.#order({ order: 'slow', from: this.#nodesOf(one), to: this.#nodesOf(other), shape: parts.proxy })
      },
      proxy: (some, others) => this.#order({ order: 'slow', from: some, to: others, shape }),
    })
    this.#become(from, to, 'slow')
  }

  heal(from: readonly string[], to: readonly string[]): void {
    this.#each(from, to, true, {
      kernel: (one, other) => this.#treat(one, other, { cut: false, shape: {} }),
      proxy: ([one = ''], [other = '']) =>
        this.#handOver(this.#clusterOf.get(one) ?? '', this.#clusterOf.get(other) ?? ''),
    })
    this.#order({ order: 'heal', from, to })
    this.#become(from, to, 'up')
  }

  bytes(): Readonly<Record<string, number>> {
    const sums: Record<string, number> = {}
    for (const paths of this.#bytes.values()) {
      for (const [path, bytes] of Object.entries(paths)) sums[path] = (sums[path] ?? 0) + bytes
    }
    return sums
  }

  /** The proxies end; the namespaces are the keeper's to take away, when nothing runs in them any more. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#workers.values()].map(async worker => {
        if (worker.exitCode !== null || worker.signalCode !== null) return
        const exited = once(worker, 'exit')
        worker.disconnect()
        await exited
      }),
    )
  }

  async #openIn(cluster: string, pairs: readonly Pair[], targets: ReadonlyMap<string, LinkTarget>): Promise<void> {
    const [command = '', ...args] = this.within(cluster)
    const worker = fork(WORKER, [], {
      ...{ execPath: command, execArgv: [...args, process.execPath] },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#workers.set(cluster, worker)
    const { pid } = worker
    if (pid !== undefined) {
      this.#deps.keeper.made('pid', pid)
      worker.once('exit', () => this.#deps.keeper.gone('pid', pid))
    }
    const opened = this.#opened(cluster, worker)
    const reachable = [...targets].flatMap(([name, target]) => {
      const host = this.#hostFrom(cluster, name)
      return host === undefined ? [] : [[name, { ...target, host }] as const]
    })
    const order: LinkOrder = { order: 'open', pairs, targets: reachable, dials: this.#nodesOf(cluster) }
    worker.send(order)
    await opened
  }

  #opened(cluster: string, worker: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`the proxy of ${cluster} ${why}`))
      const late = setTimeout(() => fail(`did not open within ${OPEN_DEADLINE_MS} ms`), OPEN_DEADLINE_MS)
      worker.once('exit', code => {
        clearTimeout(late)
        fail(`ended with ${code}`)
      })
      worker.on('message', (reply: LinkReply) => {
        if ('bytes' in reply) this.#bytes.set(cluster, reply.bytes)
        else {
          clearTimeout(late)
          if ('error' in reply) return fail(`failed: ${reply.error}`)
          for (const [path, url] of reply.urls) this.#urls.set(path, url)
          resolve()
        }
      })
    })
  }

  /** At which address a node is reached from a cluster; undefined: they are not linked. */
  #hostFrom(cluster: string, node: string): string | undefined {
    const other = this.#clusterOf.get(node) ?? ''
    if (other === cluster) return '127.0.0.1'
    const linked = this.#clusterPairs().some(pair => pair.includes(cluster) && pair.includes(other))
    return linked ? this.#plan.end(other, cluster).address : undefined
  }

  #clusterPairs(): readonly (readonly [string, string])[] {
    const pairs = new Map<string, readonly [string, string]>()
    for (const [one, other] of this.#deps.links) {
      const pair = [this.#clusterOf.get(one) ?? '', this.#clusterOf.get(other) ?? ''].sort() as [string, string]
      if (pair[0] !== pair[1]) pairs.set(pair.join(' '), pair)
    }
    return [...pairs.values()]
  }

  #nodesOf(cluster: string): readonly string[] {
    return this.#deps.placed.filter(each => each.cluster === cluster).map(({ name }) => name)
  }

  /** Whole clusters are for the kernel, where it can; parts of them, and siblings, for the proxies. */
  #each(
    from: readonly string[],
    to: readonly string[],
    kernels: boolean,
    run: {
      readonly kernel: (from: string, to: string) => void
      readonly proxy: (from: readonly string[], to: readonly string[]) => void
    },
  ): void {
    const groups = (names: readonly string[]) => Map.groupBy(names, name => this.#clusterOf.get(name) ?? '')
    for (const [one, some] of groups(from)) {
      for (const [other, others] of groups(to)) {
        const whole = some.length === this.#nodesOf(one).length && others.length === this.#nodesOf(other).length
        const linked = this.#clusterPairs().some(pair => one !== other && pair.includes(one) && pair.includes(other))
        if (kernels && whole && linked) run.kernel(one, other)
        else run.proxy(some, others)
      }
    }
  }

  #treat(from: string, to: string, change: Partial<kernel.Treatment>): void {
    const key = pathKey(from, to)
    const treatment = { cut: false, shape: {}, ...this.#treatments.get(key), ...change }
    this.#treatments.set(key, treatment)
    kernel.treat(this.#plan.end(from, to), treatment, this.#abilities)
  }

  /** What the kernel does between two clusters is the proxies' from now on, so that a part of it can be healed. */
  #handOver(from: string, to: string): void {
    const { cut = false, shape = {} } = this.#treatments.get(pathKey(from, to)) ?? {}
    const ends = { from: this.#nodesOf(from), to: this.#nodesOf(to) }
    if (cut) this.#order({ order: 'cut', ...ends, how: 'hold' })
    if (Object.keys(shape).length > 0) this.#order({ order: 'slow', ...ends, shape })
    if (cut || Object.keys(shape).length > 0) this.#treat(from, to, { cut: false, shape: {} })
  }

  #order(order: LinkOrder): void {
    for (const worker of this.#workers.values()) if (worker.connected) worker.send(order)
  }

  #become(from: readonly string[], to: readonly string[], state: PathState): void {
    for (const [one, other] of this.#deps.links) {
      if (from.includes(one) && to.includes(other)) this.#states.become(one, other, state)
      if (from.includes(other) && to.includes(one)) this.#states.become(other, one, state)
    }
  }
}

/** What the kernel does here, and what it lacks, in one line. */
function told({ blackhole, tbf, netem }: kernel.Abilities): string {
  const lacks = [
    ...(netem ? [] : ['netem (delay and loss are the proxy’s)']),
    ...(tbf || netem ? [] : ['tbf (rates are the proxy’s)']),
    ...(blackhole ? [] : ['the blackhole queue (cuts are the proxy’s)']),
  ]
  return `each cluster in a network namespace; this kernel lacks ${lacks.length === 0 ? 'nothing' : lacks.join(', ')}`
}
