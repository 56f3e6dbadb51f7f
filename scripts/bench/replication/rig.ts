/** Real centers within this process, joined by links that count every frame. */
import { PerformanceObserver } from 'node:perf_hooks'
import type { Center } from '../../../src/center/center.ts'
import type { Clock, Lane, Mesh, Store } from '../../../src/center/ports.ts'
import type { NodeId } from '../../../src/core/model.ts'
import { decodeFrame } from '../../../src/core/wire.ts'
import { startTestCenter, testNodeId } from '../../../test/helpers/center.ts'

export type Kind = Lane | 'gossip'

/** One frame that a link carried. */
export interface Carried {
  readonly from: NodeId
  readonly to: NodeId
  readonly kind: Kind
  /** As the frame calls itself. */
  readonly type: string
  readonly bytes: number
}

export interface NodeSetup {
  readonly name: string
  /** Nodes of one label are siblings. */
  readonly label: string
  readonly store?: Store
}

/** One call into a node. */
interface Call {
  readonly startedAtMs: number
  readonly tookMs: number
  readonly cpuMs: number
}

/** Calls of less CPU are of no interest. */
const SHORT_MS = 2

export class Rig {
  readonly carried: Carried[] = []
  #calls: Call[] = []
  /** Collections of garbage: in a process that holds the catalogs of two nodes they say little of one. */
  readonly #collections: { readonly startTime: number; readonly duration: number }[] = []
  readonly #observer = new PerformanceObserver(list => this.#collections.push(...list.getEntries()))
  readonly #clock: Clock
  readonly #centers = new Map<NodeId, Center>()
  readonly #links = new Set<string>()

  constructor(clock: Clock) {
    this.#observer.observe({ entryTypes: ['gc'] })
    this.#clock = {
      wallMs: () => clock.wallMs(),
      monotonicMs: () => clock.monotonicMs(),
      after: (ms, run) => clock.after(ms, () => this.#timed(run)),
    }
  }

  add({ name, label, store }: NodeSetup): Center {
    const node = testNodeId()
    const options = { node, name, label, clock: this.#clock, mesh: this.#mesh(node) }
    const center = startTestCenter(store === undefined ? options : { ...options, store })
    this.#centers.set(node, center)
    return center
  }

  link(a: Center, b: Center): void {
    const [left, right] = [a.status(), b.status()]
    for (const name of namesOf(left.node, right.node)) this.#links.add(name)
    const role = left.cluster === right.cluster ? 'sibling' : 'foreign'
    const nameFor = (label: string) => (role === 'sibling' ? undefined : label)
    this.#timed(() => a.connected({ node: right.node, role, configuredName: nameFor(right.cluster) }))
    this.#timed(() => b.connected({ node: left.node, role, configuredName: nameFor(left.cluster) }))
  }

  cut(a: Center, b: Center): void {
    const [left, right] = [a.status().node, b.status().node]
    for (const name of namesOf(left, right)) this.#links.delete(name)
    a.disconnected(right)
    b.disconnected(left)
  }

  remove(center: Center): void {
    this.#centers.delete(center.status().node)
  }

  /** Every 100 ms, as a process does. */
  tick(): void {
    for (const center of this.#centers.values()) this.#timed(() => center.tick())
  }

  #mesh(self: NodeId): Mesh {
    return {
      publish: frame => {
        for (const to of this.#centers.keys()) this.#carry(self, to, 'gossip', frame)
      },
      send: (to, lane, frame) => this.#carry(self, to, lane, frame),
      drop: () => undefined,
    }
  }

  #carry(from: NodeId, to: NodeId, kind: Kind, frame: Uint8Array): boolean {
    if (!this.#links.has(nameOf(from, to))) return false
    this.carried.push({ from, to, kind, type: decodeFrame(frame)?.type ?? '', bytes: frame.length })
    this.#clock.after(0, () => {
      const center = this.#centers.get(to)
      if (center === undefined || !this.#links.has(nameOf(from, to))) return
      if (kind === 'gossip') center.gossip(from, from, frame)
      else center.message(from, kind, frame)
    })
    return true
  }

  /** Forgets what was carried and held so far. */
  begin(): void {
    this.carried.length = 0
    this.#calls = []
    this.#collections.length = 0
  }

  /**
   * The longest that one call held its node, in milliseconds of this thread's CPU time: neither other programs count, nor
   * garbage. The system counts CPU time at its ticks, so that a call may be charged with what went before: no more than it took.
   * Collections are told a moment after they ended.
   */
  heldMs(): number {
    return this.#calls.reduce((longest, call) => Math.max(longest, this.#withoutCollections(call)), 0)
  }

  close(): void {
    this.#observer.disconnect()
  }

  #withoutCollections({ startedAtMs, tookMs, cpuMs }: Call): number {
    const within = this.#collections.filter(
      ({ startTime }) => startTime >= startedAtMs && startTime < startedAtMs + tookMs,
    )
    const collectingMs = within.reduce((sum, { duration }) => sum + duration, 0)
    return Math.min(1, cpuMs / tookMs) * Math.max(0, tookMs - collectingMs)
  }

  #timed(run: () => void): void {
    const startedAtMs = performance.now()
    const before = process.threadCpuUsage()
    run()
    const { user, system } = process.threadCpuUsage(before)
    const cpuMs = (user + system) / 1000
    if (cpuMs > SHORT_MS) this.#calls.push({ startedAtMs, tookMs: performance.now() - startedAtMs, cpuMs })
  }
}

const nameOf = (from: NodeId, to: NodeId): string => `${from} ${to}`
const namesOf = (a: NodeId, b: NodeId): string[] => [nameOf(a, b), nameOf(b, a)]

export const bytesOf = (carried: readonly Carried[]): number => carried.reduce((sum, { bytes }) => sum + bytes, 0)
