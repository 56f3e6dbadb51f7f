/** How gossipsub is set up for a small mesh of static peers who were all admitted. */
import type { GossipsubOpts } from '@chainsafe/libp2p-gossipsub'
import { GOSSIP_FRAME_BYTES_MAX } from '../core/wire.ts'
import type { ForwardCache } from './forward-cache.ts'
import { CONNECTIONS_MAX, SEEN_MS } from './limits.ts'

/** One topic per version of the wire protocol. */
export const GOSSIP_TOPIC = '/grapevine/1/changes'
/** Sender, number, signature, key and topic around a frame come to about 250 bytes. */
const ENVELOPE_BYTES_MAX = 4096

type RpcMessage = Parameters<GossipsubOpts['fastMsgIdFn']>[0]

export interface GossipHooks {
  readonly cache: ForwardCache
  /** Called for every message that arrives, duplicates included, before anything is checked. */
  readonly arrived: (bytes: number) => void
}

export function gossipOptions({ cache, arrived }: GossipHooks): Partial<GossipsubOpts> {
  return {
    globalSignaturePolicy: 'StrictSign',
    // Authors reach all their peers at once; whom to forward to is decided by routes.ts. So every peer belongs to
    // gossipsub's own mesh, and it never prunes, announces (IHAVE) or withholds.
    floodPublish: true,
    batchPublish: true,
    D: CONNECTIONS_MAX,
    Dlo: CONNECTIONS_MAX,
    Dhi: 2 * CONNECTIONS_MAX,
    Dscore: 0,
    Dout: 0,
    Dlazy: 0,
    gossipFactor: 0,
    // "I don't want this any more", to every peer for every message, costs more than the few duplicates it saves.
    idontwantMinDataSize: Number.MAX_SAFE_INTEGER,
    idontwantMaxMessages: 0,
    fallbackToFloodsub: false,
    doPX: false,
    emitSelf: false,
    tagMeshPeers: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    asyncValidation: true,
    // One message of a peer after the other: a fast sender is slowed by its own stream instead of filling our memory.
    awaitRpcHandler: true,
    awaitRpcMessageHandler: true,
    allowedTopics: [GOSSIP_TOPIC],
    maxTopicBytesPerPeer: 8 * 1024,
    maxInboundDataLength: GOSSIP_FRAME_BYTES_MAX + ENVELOPE_BYTES_MAX,
    maxInboundStreams: 4,
    maxOutboundStreams: 4,
    decodeRpcLimits: {
      maxSubscriptions: 16,
      maxMessages: 64,
      maxIhaveMessageIDs: 64,
      maxIwantMessageIDs: 64,
      maxIdontwantMessageIDs: 64,
      maxControlMessages: 16,
      maxPeerInfos: 16,
    },
    // Scores would silence peers without a word (ten nodes behind one address already look like an attack). Peers are
    // admitted; who misbehaves is counted and dropped in the open.
    scoreParams: { topics: {}, IPColocationFactorWeight: 0, behaviourPenaltyWeight: 0, appSpecificWeight: 0 },
    seenTTL: SEEN_MS,
    messageCache: cache.asMessageCache(),
    msgIdFn: message =>
      message.type === 'signed'
        ? Buffer.concat([message.from.toMultihash().bytes, seqnoBytes(message.sequenceNumber)])
        : new Uint8Array(0),
    msgIdToStrFn: id => Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1'),
    // Known duplicates are recognised before their signature is checked. Only ids of checked messages are remembered.
    fastMsgIdFn: message => {
      arrived(message.data?.length ?? 0)
      return fastId(message)
    },
  }
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

const fastId = ({ from, seqno }: RpcMessage): string => latin1(from ?? NOTHING) + latin1(seqno ?? NOTHING)

const NOTHING = new Uint8Array(0)

function seqnoBytes(seqno: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, seqno)
  return bytes
}
