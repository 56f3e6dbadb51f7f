/** A libp2p node that speaks the mesh's protocols as it likes. It holds the mesh key, so it is admitted. */

import { gossipsub } from '@chainsafe/libp2p-gossipsub'
import { RPC } from '@chainsafe/libp2p-gossipsub/message'
import { generateKeyPair, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey, PrivateKey, Stream } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { GOSSIP_TOPIC } from '../../src/mesh/gossip-options.ts'
import { createNode, type MeshLibp2p } from '../../src/mesh/node.ts'
import { LANE_PROTOCOL } from '../../src/mesh/session.ts'
import { listenAddress, type TestNode } from './helpers.ts'

export interface Attacker {
  readonly identity: Ed25519PrivateKey
  readonly libp2p: MeshLibp2p
  /** Connects and opens both lanes, so that the victim reports it. */
  greet(victim: TestNode): Promise<{ readonly lane: Stream; readonly gossip: Stream }>
  stop(): Promise<void>
}

export async function startAttacker(meshKey: Uint8Array, identity?: Ed25519PrivateKey): Promise<Attacker> {
  const key = identity ?? (await generateKeyPair('Ed25519'))
  const libp2p = await createNode({
    identity: key,
    listen: [],
    meshKey,
    gater: {},
    gossip: gossipsub({ allowPublishToZeroTopicPeers: true }),
  })
  await libp2p.start()
  for (const protocol of Object.values(LANE_PROTOCOL)) await libp2p.handle(protocol, () => {})
  libp2p.services.gossip.subscribe(GOSSIP_TOPIC)
  return {
    identity: key,
    libp2p,
    greet: async victim => {
      const connection = await libp2p.dial(multiaddr(listenAddress(victim)), { force: true })
      const [lane] = await Promise.all(Object.values(LANE_PROTOCOL).map(protocol => connection.newStream(protocol)))
      const gossip = await connection.newStream(libp2p.services.gossip.protocols)
      if (lane === undefined) throw new Error('no lane')
      return { lane, gossip }
    },
    stop: async () => {
      await libp2p.stop()
    },
  }
}

export interface Forgery {
  /** Whose message it claims to be. */
  readonly from: PrivateKey
  readonly signedBy: PrivateKey
  readonly data: Uint8Array
}

/** Bytes of an RPC with one message, as they go over a gossip stream, length first. */
export async function rpcOf({ from, signedBy, data }: Forgery): Promise<Uint8Array> {
  const message = {
    from: peerIdFromPrivateKey(from).toMultihash().bytes,
    data,
    seqno: crypto.getRandomValues(new Uint8Array(8)),
    topic: GOSSIP_TOPIC,
  }
  const signed = Buffer.concat([Buffer.from('libp2p-pubsub:'), RPC.Message.encode(message)])
  const signature = await signedBy.sign(signed)
  const key = publicKeyToProtobuf(signedBy.publicKey)
  const bytes = RPC.encode({ subscriptions: [], messages: [{ ...message, signature, key }] })
  return Buffer.concat([varint(bytes.length), bytes])
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Uint8Array.from([...bytes, rest])
    bytes.push((rest & 0x7f) | 0x80)
  }
}
