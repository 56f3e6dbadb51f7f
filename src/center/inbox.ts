import { clusterOfKey, nodeKey } from '../core/keys.ts'
import type { ClusterId, Epoch, NodeId } from '../core/model.ts'
import { readOrigins } from '../core/origins.ts'
import type { Now } from '../core/registry.ts'
import type { Outcome, Replica } from '../core/replica.ts'
import { decodeFrame, isClusterId, type Row, readWrites, type Write } from '../core/wire.ts'
import { type Asks, readAnswer } from './asks.ts'
import type { Beats } from './beats.ts'
import type { Counters } from './counters.ts'
import type { Peers } from './peers.ts'
import type { Arrival, Lane, Mesh, MeshListener, MeshPeer } from './ports.ts'
import type { Repair } from './repair.ts'
import type { Taken } from './taken.ts'

/** Starts of nodes whose author is remembered. */
const AUTHORS_MAX = 16_384

/** Keys that an arrival names: of one request there are hardly more. */
const ARRIVAL_KEYS_MAX = 8

export interface InboxParts {
  readonly replica: Replica
  readonly mesh: Mesh
  readonly peers: Peers
  readonly beats: Beats
  readonly repair: Repair
  readonly asks: Asks
  readonly counters: Counters
  readonly now: () => Now
  /** Stores and shows what others wrote. */
  readonly take: (outcome: Outcome) => void
  /** Writes came whose request is followed. */
  readonly arrived?: ((arrival: Arrival) => void) | undefined
}

/** Takes what the mesh brings: bytes to frames, each to whom it is for. Bad bytes are counted and dropped, never thrown. */
export class Inbox implements MeshListener {
  readonly #parts: InboxParts
  /** A start belongs to the node that was first heard to write under it: nobody else may. */
  readonly #authors = new Map<Epoch, NodeId>()

  constructor(parts: InboxParts) {
    this.#parts = parts
  }

  connected(peer: MeshPeer): void {
    this.#parts.peers.connected(peer)
  }

  disconnected(node: NodeId): void {
    const { peers, beats, repair, asks } = this.#parts
    for (const part of [peers, beats, repair, asks]) part.disconnected(node)
  }

  gossip(author: NodeId, _via: NodeId, frame: Uint8Array): 'accept' | 'ignore' | 'reject' {
    const { replica, now, asks } = this.#parts
    const decoded = decodeFrame(frame)
    if (decoded === undefined) return this.#malformed('gossip')
    if (decoded.type !== 'changes') return this.#unknown()
    const [cluster, row, origins] = decoded.fields
    const writes = readWrites(row)
    if (!isClusterId(cluster) || writes === undefined) return this.#malformed('gossip')
    if (!writes.every(write => this.#isBy(author, write))) return this.#malformed('author')
    const known = replica.directory.nodes.get(author)
    // A node that has just moved to its siblings' cluster id is known by the old one until a repair brings its new record.
    if (known !== undefined && known.clusterId !== cluster && !known.record.proxies.includes(cluster)) return 'ignore'
    // Nobody writes for a cluster without being one of its nodes. What came before its record, a repair brings.
    if (known === undefined && !writes.some(({ key }) => key === nodeKey(cluster, author))) return 'ignore'
    const { monotonicMs: startedMs } = now()
    this.#take(replica.merge(writes, now(), write => clusterOfKey(write.key) === cluster))
    if (origins !== undefined) this.#arrived(author, cluster, readOrigins(origins, writes), startedMs)
    if (cluster === replica.directory.cluster) asks.forgetMisses()
    return 'accept'
  }

  message(node: NodeId, lane: Lane, frame: Uint8Array): void {
    const decoded = decodeFrame(frame)
    if (decoded === undefined) return void this.#malformed(lane)
    const { type, fields } = decoded
    const taken =
      lane === 'repair' ? this.#parts.repair.receive(node, type, fields) : this.#peerFrame(node, type, fields)
    if (taken === 'malformed') this.#malformed(lane)
    else if (taken === 'unknown') this.#unknown()
  }

  #arrived(author: NodeId, cluster: ClusterId, followed: ReturnType<typeof readOrigins>, startedMs: number): void {
    const { arrived, now } = this.#parts
    if (arrived === undefined) return
    const tookMs = now().monotonicMs - startedMs
    for (const { origin, writes } of followed) {
      arrived({ origin, author, cluster, keys: writes.slice(0, ARRIVAL_KEYS_MAX).map(({ key }) => key), tookMs })
    }
  }

  #peerFrame(node: NodeId, type: string, fields: Row): Taken {
    const { replica, peers, beats, asks, now } = this.#parts
    switch (type) {
      case 'hello':
        return peers.hello(node, fields)
      case 'beats':
        return beats.receive(node, fields)
      case 'heartbeats':
        return this.#sendAll(replica.passing.receiveHeartbeats(fields, now().monotonicMs))
      case 'heard':
        return this.#sendAll(replica.passing.receiveHeard(fields))
      case 'ask':
        return asks.answer(node, fields)
      case 'answer':
        return this.#answer(node, fields)
      default:
        return 'unknown'
    }
  }

  #answer(node: NodeId, fields: Row): Taken {
    const { replica, asks, now } = this.#parts
    const answer = readAnswer(fields)
    if (answer === undefined) return 'malformed'
    asks.receive(node, answer, writes => this.#take(replica.merge(writes, now())))
    return 'taken'
  }

  #take(outcome: Outcome): void {
    this.#parts.repair.arrived(outcome.writes)
    this.#parts.take(outcome)
  }

  #sendAll(sends: readonly { readonly to: NodeId; readonly frame: Uint8Array }[] | undefined): Taken {
    for (const { to, frame } of sends ?? []) this.#parts.mesh.send(to, 'peer', frame)
    return sends === undefined ? 'malformed' : 'taken'
  }

  #isBy(author: NodeId, { epoch }: Write): boolean {
    const known = this.#authors.get(epoch)
    if (known !== undefined) return known === author
    if (this.#authors.size >= AUTHORS_MAX) {
      this.#authors.clear()
      this.#parts.counters.count('authors-forgotten')
    }
    this.#authors.set(epoch, author)
    return true
  }

  #malformed(kind: string): 'reject' {
    this.#parts.counters.count(`malformed-${kind}`)
    return 'reject'
  }

  /** A later version's frame: whoever forwards it is not to blame. */
  #unknown(): 'ignore' {
    this.#parts.counters.count('unknown-frame')
    return 'ignore'
  }
}
