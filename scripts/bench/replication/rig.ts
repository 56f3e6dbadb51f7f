/** Real centers within this process, joined by links that count every frame. */
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

export class Rig {
  readonly carried: Carried[] = []
  /** The longest that one call held its node, in milliseconds of this thread's CPU time: other programs do not count. */
  heldMs = 0
  readonly #clock: Clock
  readonly #centers = new Map<NodeId, Center>()
  readonly #links = new Set<string>()

  constructor(clock: Clock) {
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

  #timed(run: () => void): void {
    const before = process.threadCpuUsage()
    run()
    const { user, system } = process.threadCpuUsage(before)
    this.heldMs = Math.max(this.heldMs, (user + system) / 1000)
  }
}

const nameOf = (from: NodeId, to: NodeId): string => `${from} ${to}`
const namesOf = (a: NodeId, b: NodeId): string[] => [nameOf(a, b), nameOf(b, a)]

export const bytesOf = (carried: readonly Carried[]): number => carried.reduce((sum, { bytes }) => sum + bytes, 0)
