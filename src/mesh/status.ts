/** What the mesh shows of itself: plain data, for the admin API, logs and metrics. */
import type { MeshPeer } from '../center/ports.ts'
import type { NodeId } from '../core/model.ts'
import type { AddressStatus } from './dial-loop.ts'
import type { GossipCounts } from './gossip.ts'
import type { NodeLinks } from './links-wire.ts'
import type { MeshOptions } from './mesh.ts'
import type { Refusal, RefusalReason } from './refusals.ts'
import type { RunningMesh } from './running-mesh.ts'
import type { EndReason, Session } from './session.ts'
import type { PeerTraffic } from './traffic.ts'

export interface PeerStatus {
  readonly node: NodeId
  readonly state: 'opening' | 'up'
  readonly role: MeshPeer['role'] | undefined
  readonly configuredName: string | undefined
  /** The peer's end of the connection that carries this node's lanes, and who dialled it. */
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  readonly upForMs: number
  /** Whether this node's gossip reaches it. */
  readonly gossip: boolean
  /** Bytes that wait to be taken by it. */
  readonly queuedBytes: number
  readonly traffic: PeerTraffic
}

export interface MeshCounters {
  /** Attempts to open a connection, and those that ended with an encrypted one. */
  readonly dials: number
  readonly dialled: number
  /** Ended sessions, by reason. */
  readonly ends: Readonly<Record<EndReason, number>>
  readonly refusals: Readonly<Record<RefusalReason, number>>
  readonly gossip: Readonly<GossipCounts>
  /** Frames and bytes to and from all peers, ever. */
  readonly traffic: PeerTraffic
}

export interface MeshStatus {
  readonly node: NodeId
  readonly listening: readonly string[]
  readonly advertised: readonly string[]
  /** `key`: holders of the mesh key are admitted; `configuration`: whom configured addresses lead to or vouch for. */
  readonly admission: 'key' | 'configuration'
  readonly allowed: readonly NodeId[] | undefined
  readonly peers: readonly PeerStatus[]
  /** Who is directly connected to whom, as every node tells of itself. */
  readonly topology: readonly NodeLinks[]
  /** Every configured address and how it fares. */
  readonly addresses: readonly AddressStatus[]
  /** The latest refusals, newest first. */
  readonly refused: readonly Refusal[]
  readonly counters: MeshCounters
}

const REFUSED_SHOWN_MAX = 50

export function showStatus(
  node: NodeId,
  options: MeshOptions,
  advertised: readonly string[],
  mesh: RunningMesh,
): MeshStatus {
  return {
    node,
    listening: mesh.listening(),
    advertised,
    admission: options.meshKey === undefined ? 'configuration' : 'key',
    allowed: options.allow,
    peers: [...mesh.sessions.all].map(session => showPeer(session, mesh)),
    topology: mesh.topology(),
    addresses: mesh.addresses(),
    refused: mesh.refusals.recent(REFUSED_SHOWN_MAX),
    counters: {
      ...mesh.dials,
      ends: mesh.sessions.ends,
      refusals: mesh.refusals.counts,
      gossip: mesh.gossip.counts,
      traffic: mesh.traffic.total,
    },
  }
}

function showPeer(session: Session, mesh: RunningMesh): PeerStatus {
  const { node, connection, phase, upSinceMs } = session
  const reported = mesh.sessions.reported(node)
  const streams = [...session.outbound, ...mesh.gossipStreams(session)]
  return {
    node,
    state: phase === 'up' ? 'up' : 'opening',
    role: reported?.role,
    configuredName: reported?.configuredName,
    address: connection.remoteAddr.toString(),
    direction: connection.direction,
    upForMs: upSinceMs === undefined ? 0 : mesh.nowMs() - upSinceMs,
    gossip: mesh.gossipReady(session),
    queuedBytes: streams.reduce((bytes, stream) => bytes + stream.writeBufferLength, 0),
    traffic: mesh.traffic.of(node),
  }
}
