import { clusterOfKey, nodeKey } from '../core/keys.ts'
import type { Epoch, NodeId } from '../core/model.ts'
import type { Now } from '../core/registry.ts'
import type { Outcome, Replica } from '../core/replica.ts'
import { decodeFrame, isClusterId, type Row, readWrites, type Write } from '../core/wire.ts'
import type { Asks } from './asks.ts'
import type { Beats } from './beats.ts'
import type { Counters } from './counters.ts'
import type { Peers } from './peers.ts'
import type { Lane, Mesh, MeshListener, MeshPeer } from './ports.ts'
import type { Repair } from './repair.ts'

/** Starts of nodes whose author is remembered. */
const AUTHORS_MAX = 16_384

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
    const { replica, now, take, asks } = this.#parts
    const decoded = decodeFrame(frame)
    if (decoded?.type !== 'changes') return this.#malformed('gossip')
    const [cluster, row] = decoded.fields
    const writes = readWrites(row)
    if (!isClusterId(cluster) || writes === undefined) return this.#malformed('gossip')
    if (!writes.every(write => this.#isBy(author, write))) return this.#malformed('author')
    const known = replica.directory.nodes.get(author)
    // A node that has just moved to its siblings' cluster id is known by the old one until a repair brings its new record.
    if (known !== undefined && known.clusterId !== cluster && !known.record.proxies.includes(cluster)) return 'ignore'
    // Nobody writes for a cluster without being one of its nodes. What came before its record, a repair brings.
    if (known === undefined && !writes.some(({ key }) => key === nodeKey(cluster, author))) return 'ignore'
    take(replica.merge(writes, now(), write => clusterOfKey(write.key) === cluster))
    if (cluster === replica.directory.cluster) asks.forgetMisses()
    return 'accept'
  }

  message(node: NodeId, lane: Lane, frame: Uint8Array): void {
    const decoded = decodeFrame(frame)
    if (decoded === undefined) this.#malformed(lane)
    else if (lane === 'repair') this.#parts.repair.receive(node, decoded.type, decoded.fields)
    else this.#peerFrame(node, decoded.type, decoded.fields)
  }

  #peerFrame(node: NodeId, type: string, fields: Row): void {
    const { replica, peers, beats, asks, counters, now } = this.#parts
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
      default: // a later version's frame
        counters.count('unknown-frame')
    }
  }

  #answer(node: NodeId, fields: Row): void {
    const { replica, asks, now, take } = this.#parts
    const answer = asks.receive(node, fields)
    if (answer === undefined) return
    take(replica.merge(answer.writes, now()))
    answer.settle()
  }

  #sendAll(sends: readonly { readonly to: NodeId; readonly frame: Uint8Array }[]): void {
    for (const { to, frame } of sends) this.#parts.mesh.send(to, 'peer', frame)
  }

  #isBy(author: NodeId, { epoch }: Write): boolean {
    const known = this.#authors.get(epoch)
    if (known !== undefined) return known === author
    if (this.#authors.size >= AUTHORS_MAX) this.#authors.clear()
    this.#authors.set(epoch, author)
    return true
  }

  #malformed(kind: string): 'reject' {
    this.#parts.counters.count(`malformed-${kind}`)
    return 'reject'
  }
}
