import type { ClusterId, NodeId } from '../core/model.ts'
import type { Replica } from '../core/replica.ts'
import type { Row } from '../core/wire.ts'
import { type Acquaintance, areSiblings, encodeHello, type Hello, readHello } from './hello.ts'
import type { CenterPorts } from './options.ts'
import type { Mesh, MeshPeer } from './ports.ts'
import type { SavedState } from './saved-state.ts'
import type { Taken } from './taken.ts'

export interface PeersParts {
  /** The label of `--cluster`; empty: none. */
  readonly label: string
  readonly replica: Replica
  readonly mesh: Mesh
  readonly saved: SavedState
  readonly established: () => boolean
  /** This node takes its siblings' cluster id. */
  readonly adopt: (cluster: ClusterId) => void
  readonly log: CenterPorts['log']
  /** A peer has said hello for the first time on this connection: beats and repair may begin. */
  readonly met: (node: NodeId) => void
  /** A repair with it is wanted now. */
  readonly compare: (node: NodeId) => void
}

/** Direct peers: who they are, whose siblings, and what their cluster is called here. */
export class Peers {
  readonly #parts: PeersParts
  readonly #connected = new Map<NodeId, MeshPeer>()
  readonly #met = new Map<NodeId, Acquaintance>()
  #adopted = false
  /** Siblings whose cluster id is taken once a repair has brought what they made of this node's records. */
  readonly #yielding = new Map<NodeId, ClusterId>()
  /** Whether each connected peer was last told that this node is established. */
  readonly #told = new Map<NodeId, boolean>()

  constructor(parts: PeersParts) {
    this.#parts = parts
    for (const [name, cluster] of parts.saved.names) parts.replica.chores.replacements.met(name, cluster)
  }

  /** Whether anybody is connected, acquainted or not. */
  get any(): boolean {
    return this.#connected.size > 0
  }

  get(node: NodeId): Acquaintance | undefined {
    return this.#met.get(node)
  }

  /** Connected nodes of the own cluster. */
  siblings(): NodeId[] {
    return [...this.#met.keys()].filter(node => this.isSibling(node))
  }

  isSibling(node: NodeId): boolean {
    const met = this.#met.get(node)
    return met?.sibling === true && met.hello.clusterId === this.#parts.replica.directory.cluster
  }

  connected(peer: MeshPeer): void {
    this.#connected.set(peer.node, peer)
    this.#greet(peer)
  }

  disconnected(node: NodeId): void {
    this.#connected.delete(node)
    this.#met.delete(node)
    this.#told.delete(node)
    this.#yielding.delete(node)
    this.#parts.replica.peers.delete(node)
  }

  /**
   * A repair with a peer has ended. What siblings have replaced or ended under the new id, since they took it, is known to be over
   * now, and is not written anew.
   */
  repaired(node: NodeId): void {
    const cluster = this.#yielding.get(node)
    if (cluster === undefined) return
    this.#yielding.delete(node)
    const { hello } = this.#met.get(node) ?? {}
    if (hello?.clusterId === cluster && this.#yieldsTo(hello)) this.#adopt(hello)
  }

  hello(node: NodeId, fields: Row): Taken {
    const mesh = this.#connected.get(node)
    const hello = readHello(fields)
    if (hello === undefined) return 'malformed'
    if (mesh === undefined) return 'taken'
    const first = !this.#met.has(node)
    const sibling = areSiblings(this.#own(mesh), hello)
    this.#met.set(node, { node, mesh, hello, sibling })
    this.#parts.replica.peers.add(node)
    this.#warnOfLabels(mesh, hello, sibling)
    if (sibling) this.#agreeOnCluster(mesh, hello)
    else if (mesh.configuredName !== undefined) this.#nameCluster(mesh.configuredName, hello.clusterId)
    if (first) this.#parts.met(node)
    else if (this.#yielding.has(node)) this.#parts.compare(node)
    return 'taken'
  }

  #own(peer: MeshPeer): Hello {
    const { replica, label } = this.#parts
    const { epoch, directory } = replica
    return { epoch, clusterId: directory.cluster, established: this.#isEstablished, label, role: peer.role }
  }

  #greet(peer: MeshPeer): void {
    const hello = this.#own(peer)
    this.#told.set(peer.node, hello.established)
    this.#parts.mesh.send(peer.node, 'peer', encodeHello(hello))
  }

  /** Its cluster id is in use: this node has served under it, or a sibling that has. */
  get #isEstablished(): boolean {
    return this.#adopted || this.#parts.established()
  }

  /** Of two ids that meet between siblings the lower stays, unless only one of them is in use yet. */
  #agreeOnCluster(peer: MeshPeer, theirs: Hello): void {
    this.#yielding.delete(peer.node)
    if (theirs.clusterId === this.#parts.replica.directory.cluster) return
    const established = this.#isEstablished
    // The other side is to yield; it must not decide by what this node was when it said hello.
    if (!this.#yieldsTo(theirs)) {
      if (this.#told.get(peer.node) !== established) this.#greet(peer)
    } else if (established) this.#yielding.set(peer.node, theirs.clusterId)
    else this.#adopt(theirs)
  }

  #yieldsTo({ clusterId, established }: Hello): boolean {
    const own = this.#parts.replica.directory.cluster
    return this.#isEstablished === established ? clusterId < own : established
  }

  #adopt({ clusterId: to, established }: Hello): void {
    this.#parts.log('info', { from: this.#parts.replica.directory.cluster, to }, 'taking the cluster id of a sibling')
    this.#adopted ||= established
    this.#parts.adopt(to)
    for (const peer of this.#connected.values()) this.#greet(peer)
  }

  #nameCluster(name: string, cluster: ClusterId): void {
    const { replacements } = this.#parts.replica.chores
    if (replacements.met(name, cluster)) this.#parts.saved.names = replacements.names
  }

  #warnOfLabels(mesh: MeshPeer, hello: Hello, sibling: boolean): void {
    if (mesh.role !== 'sibling' || sibling) return
    const fields = { peer: mesh.node, ownLabel: this.#parts.label, theirLabel: hello.label }
    this.#parts.log(
      'warn',
      fields,
      'an address of --peers answers as another cluster: give both nodes the same --cluster',
    )
  }
}
