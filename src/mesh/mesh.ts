/** The mesh behind the center's port: libp2p, from start to stop. */
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import type { Clock, Lane, Mesh, MeshListener, Random } from '../center/ports.ts'
import type { NodeId } from '../core/model.ts'
import type { ClusterAddresses, MeshAddress } from './addresses.ts'
import type { AskTls } from './ask.ts'
import type { MeshLog } from './log.ts'
import { nodeIdOfPeer } from './node-id.ts'
import { RunningMesh } from './running-mesh.ts'
import { type MeshStatus, showStatus } from './status.ts'

export interface MeshOptions {
  /** From `loadIdentity`. */
  readonly identity: Ed25519PrivateKey
  /** Multiaddrs to listen on, from `parseGossip`. */
  readonly listen: readonly string[]
  /** Multiaddrs to tell others; none: those that are listened on. */
  readonly advertise: readonly string[]
  /** `--peers`, from `parsePeers`. */
  readonly peers: readonly MeshAddress[]
  /** `--clusters`, from `parseClusters`. */
  readonly clusters: readonly ClusterAddresses[]
  /** From `parseMeshKey`. */
  readonly meshKey?: Uint8Array | undefined
  /** Identities that alone may be peers, from `parseNodeIds`. */
  readonly allow?: readonly NodeId[] | undefined
}

export interface MeshDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: MeshLog
  /** What this node shows and trusts where it asks `https://` addresses who they are; without it public authorities count. */
  readonly tls?: () => AskTls
}

export interface MeshNode extends Mesh {
  readonly node: NodeId
  /** Listens and begins to dial. Rejects with an Error for operators when it cannot listen. */
  start(listener: MeshListener): Promise<void>
  /** Lets the last frames leave, then closes everything. The listener hears `disconnected` of every peer. */
  stop(): Promise<void>
  /** Multiaddrs, without `/p2p/…`; none before start. */
  listening(): readonly string[]
  advertised(): readonly string[]
  /** Nothing before start and after stop. */
  status(): MeshStatus | undefined
}

export const createMesh = (options: MeshOptions, deps: MeshDeps): MeshNode => new Libp2pMesh(options, deps)

class Libp2pMesh implements MeshNode {
  readonly node: NodeId
  readonly #options: MeshOptions
  readonly #deps: MeshDeps
  #running: RunningMesh | undefined

  constructor(options: MeshOptions, deps: MeshDeps) {
    const node = nodeIdOfPeer(peerIdFromPrivateKey(options.identity))
    if (node === undefined) throw new Error('the identity of a node must be an Ed25519 key')
    this.node = node
    this.#options = options
    this.#deps = deps
  }

  async start(listener: MeshListener): Promise<void> {
    const running = new RunningMesh(this.node, this.#options, this.#deps, listener)
    this.#running = running
    try {
      await running.start()
    } catch (error) {
      this.#running = undefined
      throw error
    }
  }

  async stop(): Promise<void> {
    await this.#running?.stop()
    this.#running = undefined
  }

  publish(frame: Uint8Array): void {
    this.#running?.gossip.publish(frame)
    this.#running?.watch.lookAtGossip()
  }

  send(peer: NodeId, lane: Lane, frame: Uint8Array): boolean {
    return this.#running?.sessions.send(peer, lane, frame) ?? false
  }

  drop(peer: NodeId, reason: string): void {
    const session = this.#running?.sessions.get(peer)
    if (session !== undefined) this.#running?.sessions.end(session, 'asked', reason)
  }

  listening(): readonly string[] {
    return this.#running?.listening() ?? []
  }

  advertised(): readonly string[] {
    return this.#options.advertise.length > 0 ? this.#options.advertise : this.listening()
  }

  status(): MeshStatus | undefined {
    const running = this.#running
    return running === undefined ? undefined : showStatus(this.node, this.#options, this.advertised(), running)
  }
}
