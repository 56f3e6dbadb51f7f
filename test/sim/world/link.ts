import type { MeshPeer } from '../../../src/center/ports.ts'
import type { Connection } from './connection.ts'
import type { SimNode } from './node.ts'

/** How one end of a link knows the other. */
export interface LinkEnd {
  readonly node: SimNode
  readonly role: MeshPeer['role']
  readonly configuredName: string | undefined
}

/** What a link does to gossip. Lanes are streams: they lose nothing, they break. */
export interface GossipWeather {
  readonly loss: number
  readonly duplicate: number
  /** Duplicates come this late at most: long after gossip has forgotten that it saw the first. */
  readonly lateMs: number
  /** A message may be overtaken by those of this much later. */
  readonly reorderMs: number
}

export const CALM: GossipWeather = { loss: 0, duplicate: 0, lateMs: 0, reorderMs: 0 }

const BACK_OFF_MIN_MS = 100
const BACK_OFF_MAX_MS = 2_000

/** Two configured neighbours: at most one connection at a time, and what the network between them does. */
export class Link {
  readonly ends: readonly [LinkEnd, LinkEnd]
  readonly delayMs: number
  readonly jitterMs: number
  weather: GossipWeather = CALM
  /** Nothing gets through from that end. */
  readonly cutFrom = new Set<SimNode>()
  connection: Connection | undefined
  backOffMs = BACK_OFF_MIN_MS
  /** The next attempt is scheduled. */
  dialling = false
  /** When it last went up or down, was cut or healed: true time. */
  changedAtMs = 0

  constructor(ends: readonly [LinkEnd, LinkEnd], delayMs: number, jitterMs: number) {
    this.ends = ends
    this.delayMs = delayMs
    this.jitterMs = jitterMs
  }

  has(node: SimNode): boolean {
    return this.ends[0].node === node || this.ends[1].node === node
  }

  other(node: SimNode): SimNode {
    return this.ends[0].node === node ? this.ends[1].node : this.ends[0].node
  }

  /** The peer as `node` sees it. */
  peerOf(node: SimNode): MeshPeer {
    const theirs = this.ends[0].node === node ? this.ends[1] : this.ends[0]
    const own = this.ends[0].node === node ? this.ends[0] : this.ends[1]
    return { node: theirs.node.id, role: own.role, configuredName: own.configuredName }
  }

  toString(): string {
    return `${this.ends[0].node.id}-${this.ends[1].node.id}`
  }

  get cut(): boolean {
    return this.cutFrom.size > 0
  }

  nextBackOffMs(): number {
    const now = this.backOffMs
    this.backOffMs = Math.min(now * 2, BACK_OFF_MAX_MS)
    return now
  }

  resetBackOff(): void {
    this.backOffMs = BACK_OFF_MIN_MS
  }
}
