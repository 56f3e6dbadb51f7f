/** Node ids as text and as libp2p's peer ids. Only Ed25519 identities count: their public key is in the id itself. */
import type { PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { NodeId } from '../core/model.ts'

/** The canonical text of an Ed25519 peer id; nothing for any other text or key type. */
export function nodeIdOf(text: string): NodeId | undefined {
  if (text.length > NODE_ID_LENGTH_MAX) return undefined
  try {
    return nodeIdOfPeer(peerIdFromString(text))
  } catch {
    return undefined
  }
}

export const nodeIdOfPeer = (peer: PeerId): NodeId | undefined =>
  peer.type === 'Ed25519' ? (peer.toString() as NodeId) : undefined

/** Ed25519 peer ids have 52 characters in base58, 62 as a CID. */
const NODE_ID_LENGTH_MAX = 80
