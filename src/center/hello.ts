import type { ClusterId, Epoch, NodeId } from '../core/model.ts'
import { encodeFrame, isClusterId, isEpoch, isRecord, type Row } from '../core/wire.ts'
import type { MeshPeer } from './ports.ts'

/** What two centers tell each other of themselves as soon as their connection carries frames. */
export interface Hello {
  readonly epoch: Epoch
  readonly clusterId: ClusterId
  /** False while the node may still take its siblings' cluster id: it has nothing of its own yet. */
  readonly established: boolean
  /** The label that configuration gives its own cluster; empty: none. */
  readonly label: string
  /** How its configuration knows the other side. */
  readonly role: MeshPeer['role']
}

export const encodeHello = (hello: Hello): Uint8Array => encodeFrame('hello', { ...hello })

export const readHello = ([fields]: Row): Hello | undefined => {
  if (!isRecord(fields)) return undefined
  const { epoch, clusterId, established, label, role } = fields
  if (!isEpoch(epoch) || !isClusterId(clusterId) || typeof established !== 'boolean') return undefined
  if (typeof label !== 'string' || label.length > 256) return undefined
  if (role !== 'sibling' && role !== 'foreign' && role !== 'unknown') return undefined
  return { epoch, clusterId, established, label, role }
}

/**
 * Siblings are nodes that `--peers` names and whose labels are equal on both sides; an address of `--clusters` is foreign
 * whatever its label (invariant 17).
 */
export const areSiblings = (own: Hello, theirs: Hello): boolean => {
  if (own.role === 'foreign' || theirs.role === 'foreign') return false
  return (own.role === 'sibling' || theirs.role === 'sibling') && own.label === theirs.label
}

/** A direct peer that has said hello. */
export interface Acquaintance {
  readonly node: NodeId
  readonly mesh: MeshPeer
  readonly hello: Hello
  readonly sibling: boolean
}
