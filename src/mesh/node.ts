/** Assembles the libp2p node. */
import type { gossipsub } from '@chainsafe/libp2p-gossipsub'
import { identify } from '@libp2p/identify'
import type { ConnectionGater, Ed25519PrivateKey } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { preSharedKey } from '@libp2p/pnet'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p } from 'libp2p'
import * as limits from './limits.ts'
import { silentLogger } from './silent-logger.ts'

export interface NodeOptions {
  readonly identity: Ed25519PrivateKey
  readonly listen: readonly string[]
  readonly meshKey: Uint8Array | undefined
  readonly gater: ConnectionGater
  readonly gossip: ReturnType<typeof gossipsub>
}

const services = (gossip: NodeOptions['gossip']) => ({ identify: identify(), ping: ping(), gossip })

export type MeshLibp2p = Libp2p<{ readonly gossip: ReturnType<NodeOptions['gossip']> }>

/** Not started. */
export async function createNode(options: NodeOptions): Promise<MeshLibp2p> {
  return createLibp2p({
    start: false,
    privateKey: options.identity,
    // What is advertised, identity answers over HTTP; libp2p's own address book is not used for dialling.
    addresses: { listen: [...options.listen] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        // Two lanes, gossip, identify and ping in each direction, and room for one more of each while they change.
        maxInboundStreams: 32,
        maxOutboundStreams: 32,
        streamOptions: { maxStreamWindowSize: limits.STREAM_WINDOW_BYTES_MAX },
      }),
    ],
    ...(options.meshKey === undefined ? {} : { connectionProtector: preSharedKey({ psk: options.meshKey }) }),
    connectionGater: options.gater,
    connectionManager: {
      maxConnections: limits.CONNECTIONS_MAX,
      maxIncomingPendingConnections: limits.PENDING_INBOUND_MAX,
      inboundConnectionThreshold: limits.INBOUND_PER_HOST_PER_SECOND_MAX,
      inboundUpgradeTimeout: limits.INBOUND_UPGRADE_TIMEOUT_MS,
      dialTimeout: limits.DIAL_TIMEOUT_MS,
      addressDialTimeout: limits.DIAL_TIMEOUT_MS,
      outboundStreamProtocolNegotiationTimeout: limits.SETUP_TIMEOUT_MS,
      inboundStreamProtocolNegotiationTimeout: limits.SETUP_TIMEOUT_MS,
      reconnectRetries: 0,
    },
    // The centers' beats say whether a connection lives; a second judge with its own time-outs would only disagree.
    connectionMonitor: { enabled: false },
    logger: silentLogger(),
    services: services(options.gossip),
  })
}
