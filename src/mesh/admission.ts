/**
 * Who may connect. libp2p asks after the encrypted handshake has proved the identity and before a multiplexer exists,
 * so a refused node never gets to a protocol stream.
 */
import type { ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface'
import type { NodeId } from '../core/model.ts'
import { tcpOf } from './addresses.ts'
import type { Inquiry } from './inquiry.ts'
import { nodeIdOfPeer } from './node-id.ts'
import type { RefusalReason, Refusals } from './refusals.ts'
import type { Roster } from './roster.ts'

export interface AdmissionDeps {
  readonly roster: Roster
  readonly inquiry: Inquiry
  readonly refusals: Refusals
  /** Holders of the mesh key need nobody to vouch for them. */
  readonly hasMeshKey: boolean
  /** This node dialled the multiaddr, and there the node proved its identity. */
  readonly reached: (node: NodeId, multiaddr: string) => void
  /** This node may be dialling itself from that host at this moment, and gives up when it notices. */
  readonly mayBeSelf: (host: string) => boolean
  /** Identities that alone may be peers; nothing: all that are admitted otherwise. */
  readonly allow: readonly NodeId[] | undefined
}

export class Admission implements ConnectionGater {
  readonly #deps: AdmissionDeps
  readonly #allow: ReadonlySet<NodeId> | undefined
  readonly #proved = new WeakSet<MultiaddrConnection>()

  constructor(deps: AdmissionDeps) {
    this.#deps = deps
    this.#allow = deps.allow === undefined ? undefined : new Set(deps.allow)
  }

  /** Nothing is known yet; a connection that ends before it proved an identity is counted as a failed handshake. */
  readonly denyInboundConnection = (connection: MultiaddrConnection): boolean => {
    connection.addEventListener('close', () => {
      if (this.#proved.has(connection)) return
      const address = connection.remoteAddr.toString()
      const host = tcpOf(address)?.host ?? address
      if (!this.#deps.mayBeSelf(host)) this.#deps.refusals.refuse(host, address, 'handshake')
    })
    return false
  }

  readonly denyInboundEncryptedConnection = async (peer: PeerId, connection: MultiaddrConnection): Promise<boolean> => {
    this.#proved.add(connection)
    return this.#refused(peer, connection, this.#unfit(peer) ?? (await this.#stranger(peer)))
  }

  /** Whom we reach at a configured address is admitted, unless the list of identities says otherwise. */
  readonly denyOutboundEncryptedConnection = (peer: PeerId, connection: MultiaddrConnection): boolean => {
    const unfit = this.#unfit(peer)
    const node = nodeIdOfPeer(peer)
    // Even when it refuses this node in turn: then it will be let in when it dials.
    if (unfit === undefined && node !== undefined) this.#deps.reached(node, connection.remoteAddr.toString())
    return this.#refused(peer, connection, unfit)
  }

  #unfit(peer: PeerId): RefusalReason | undefined {
    const node = nodeIdOfPeer(peer)
    if (node === undefined) return 'key-type'
    return this.#allow === undefined || this.#allow.has(node) ? undefined : 'not-allowed'
  }

  async #stranger(peer: PeerId): Promise<RefusalReason | undefined> {
    const node = nodeIdOfPeer(peer)
    if (node === undefined) return 'key-type'
    if (this.#deps.hasMeshKey || this.#deps.roster.find(node) !== undefined) return undefined
    const verdict = await this.#deps.inquiry.about(node)
    // Our own dial may have reached it meanwhile.
    if (verdict === 'confirmed' || this.#deps.roster.find(node) !== undefined) return undefined
    return verdict
  }

  #refused(peer: PeerId, connection: MultiaddrConnection, reason: RefusalReason | undefined): boolean {
    if (reason === undefined) return false
    this.#deps.refusals.refuse(peer.toString(), connection.remoteAddr.toString(), reason)
    return true
  }
}
