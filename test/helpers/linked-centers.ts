import { type Center, TICK_MS } from '../../src/center/center.ts'
import type { Lane, Mesh, MeshPeer } from '../../src/center/ports.ts'
import type { NodeId } from '../../src/core/model.ts'
import { startTestCenter, type TestCenterOptions, testNodeId } from './center.ts'
import { ManualClock } from './manual-clock.ts'

/** How one end of a link knows the other. */
type Role = Omit<MeshPeer, 'node'>

interface Link {
  readonly nodes: ReadonlySet<NodeId>
  /** False: frames vanish without a word, and both sides still believe in it. */
  carries: boolean
}

/** Real centers on one clock that stands still, joined by links with a latency. Gossip reaches direct peers only. */
export class LinkedCenters {
  readonly clock = new ManualClock()
  readonly latencyMs: number
  readonly #centers = new Map<NodeId, Center>()
  readonly #links: Link[] = []
  /** What a link loses: by default nothing. */
  drops: (lane: Lane | 'gossip') => boolean = () => false

  constructor(latencyMs = 2) {
    this.latencyMs = latencyMs
  }

  add(name: string, label: string, options: TestCenterOptions = {}): Center {
    const node = options.node ?? testNodeId()
    const center = startTestCenter({ name, label, ...options, node, clock: this.clock, mesh: this.#mesh(node) })
    this.#centers.set(node, center)
    return center
  }

  /** Two clusters that call each other by their labels, or siblings where the labels are equal. */
  link(a: Center, b: Center): void {
    const [left, right] = [a.status(), b.status()]
    this.#links.push({ nodes: new Set([left.node, right.node]), carries: true })
    const siblings = left.cluster === right.cluster
    const role = (name: string): Role => ({
      role: siblings ? 'sibling' : 'foreign',
      configuredName: siblings ? undefined : name,
    })
    a.connected({ node: right.node, ...role(right.cluster) })
    b.connected({ node: left.node, ...role(left.cluster) })
    this.run(100)
  }

  /** The link ends, and both sides are told. */
  cut(a: Center, b: Center): void {
    const nodes = [a.status().node, b.status().node] as const
    const at = this.#links.findIndex(link => nodes.every(node => link.nodes.has(node)))
    if (at < 0) throw new Error('there is no such link')
    this.#links.splice(at, 1)
    a.disconnected(nodes[1])
    b.disconnected(nodes[0])
  }

  /** A node that stops beating, as a process that was killed does. */
  stop(center: Center): void {
    const { node } = center.status()
    for (const other of [...this.#centers.values()]) if (this.#link(node, other.status().node)) this.cut(center, other)
    this.#centers.delete(node)
  }

  /** Lets time pass, ticking every center as the process does. */
  run(ms: number): void {
    for (let passedMs = 0; passedMs < ms; passedMs += TICK_MS) {
      this.clock.advance(Math.min(TICK_MS, ms - passedMs))
      for (const center of this.#centers.values()) center.tick()
    }
  }

  #link(a: NodeId, b: NodeId): Link | undefined {
    return this.#links.find(({ nodes }) => a !== b && nodes.has(a) && nodes.has(b))
  }

  #mesh(self: NodeId): Mesh {
    const deliver = (to: NodeId, what: Lane | 'gossip', take: (center: Center) => void): void => {
      this.clock.after(this.latencyMs, () => {
        const center = this.#centers.get(to)
        if (center !== undefined && this.#link(self, to)?.carries === true && !this.drops(what)) take(center)
      })
    }
    return {
      publish: frame => {
        for (const to of this.#centers.keys())
          if (this.#link(self, to) !== undefined) deliver(to, 'gossip', center => center.gossip(self, self, frame))
      },
      send: (to, lane, frame) => {
        if (this.#link(self, to) === undefined) return false
        deliver(to, lane, center => center.message(self, lane, frame))
        return true
      },
      drop: () => undefined,
    }
  }
}
