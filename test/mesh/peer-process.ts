/** A node in a process of its own, to be stopped and continued by a test. It accepts all gossip and says nothing. */
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { parseAddress } from '../../src/mesh/addresses.ts'
import { createMesh } from '../../src/mesh/mesh.ts'
import { parseMeshKey } from '../../src/mesh/mesh-key.ts'
import { Recorder, realClock, realRandom, recordingLog } from './helpers.ts'

export interface PeerConfig {
  /** Protobuf, base64. */
  readonly identity: string
  /** The multiaddr that it dials. */
  readonly peer: string
  readonly meshKey: string
}

const config = JSON.parse(process.env.MESH_PEER ?? '') as PeerConfig
const mesh = createMesh(
  {
    identity: privateKeyFromProtobuf(Buffer.from(config.identity, 'base64')) as Ed25519PrivateKey,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    advertise: [],
    peers: [parseAddress(config.peer)],
    clusters: [],
    meshKey: parseMeshKey(config.meshKey),
  },
  { clock: realClock, random: realRandom, log: recordingLog([]) },
)
await mesh.start(new Recorder())
// The test may die first; nothing is left running then.
process.on('disconnect', () => process.exit())
