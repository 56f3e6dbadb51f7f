/**
 * A peer that holds the mesh key and means harm: garbage and oversized frames on both lanes, forged authors and foreign
 * clusters in gossip, times from the far future. It goes on until it is ended.
 *
 *   node scripts/harness.d/attack/poison.ts MULTIADDR KEY-FILE HTTP-URL SERVICE…
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Connection, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { Epoch } from '../../../src/core/model.ts'
import { parseMeshKey } from '../../../src/mesh/mesh-key.ts'
import { LANE_PROTOCOL } from '../../../src/mesh/session.ts'
import { type Attacker, rpcOf, startAttacker } from '../../../test/mesh/attacker.ts'
import {
  epochsOf,
  FUTURES_MS,
  forgedDeletion,
  forgedRegistrations,
  framed,
  type Knowledge,
  LANE_ATTACKS,
} from './forgeries.ts'

const BETWEEN_MS = 50
const AGAIN_MS = 200
/** Instances that a workload has registered first: their ids can be guessed. */
const GUESSED = 20

const [target = '', keyFile = '', url = '', ...services] = process.argv.slice(2)

const sidOf = (service: string): string =>
  createHash('sha1').update(`/cse-sr/ms/indexes/default/default//default/${service}/1.0.0`).digest('hex')

/** Listens to what the victim tells its peers. */
async function listen(attacker: Attacker, epochs: Set<Epoch>): Promise<void> {
  for (const protocol of Object.values(LANE_PROTOCOL)) {
    await attacker.libp2p.unhandle(protocol)
    await attacker.libp2p.handle(protocol, stream => {
      stream.addEventListener('message', event => {
        const { data } = event as unknown as { data: Uint8Array | { subarray(): Uint8Array } }
        for (const epoch of epochsOf(data.subarray())) epochs.add(epoch)
      })
    })
  }
}

interface Lines {
  readonly connection: Connection
  readonly lanes: readonly Stream[]
  readonly gossip: Stream
}

async function connect(attacker: Attacker): Promise<Lines> {
  const connection = await attacker.libp2p.dial(multiaddr(target), { force: true })
  const lanes = await Promise.all(Object.values(LANE_PROTOCOL).map(protocol => connection.newStream(protocol)))
  const gossip = await connection.newStream(attacker.libp2p.services.gossip.protocols)
  return { connection, lanes, gossip }
}

/** Gossip in the own name about another cluster, and in another's name. */
async function gossipAttacks(attacker: Attacker, known: Knowledge): Promise<readonly Uint8Array[]> {
  const stranger = await generateKeyPair('Ed25519')
  const lies = [
    ...(await forgedRegistrations(services, known.clusterId, Date.now())),
    ...(await Promise.all(FUTURES_MS.map(wallMs => forgedRegistrations(services, known.clusterId, wallMs)))).flat(),
    ...services.flatMap(service =>
      Array.from({ length: GUESSED }, (_, i) =>
        forgedDeletion(known.clusterId, sidOf(service), `${service.replace(/-\d+$/, '')}-${i}.0`, [...known.epochs]),
      ),
    ),
  ]
  const { identity } = attacker
  const own = await Promise.all(lies.map(data => rpcOf({ from: identity, signedBy: identity, data })))
  const forged = await Promise.all(lies.map(data => rpcOf({ from: stranger, signedBy: identity, data })))
  return [...own, ...forged]
}

async function wave(attacker: Attacker, lines: Lines, known: Knowledge): Promise<void> {
  const send = async (stream: Stream, bytes: Uint8Array): Promise<void> => {
    stream.send(bytes)
    await pause(BETWEEN_MS)
  }
  for (const bytes of await gossipAttacks(attacker, known)) await send(lines.gossip, bytes)
  for (const attack of LANE_ATTACKS) for (const lane of lines.lanes) await send(lane, attack(known))
}

async function main(): Promise<void> {
  const { clusterId } = (await (await fetch(`${url}/grapevine/v1/identity`)).json()) as { clusterId: string }
  const attacker = await startAttacker(parseMeshKey(readFileSync(keyFile, 'utf8')))
  const epochs = new Set<Epoch>()
  await listen(attacker, epochs)
  for (let round = 0; ; round++) {
    try {
      const lines = await connect(attacker)
      if (round === 0) process.send?.('begun')
      // Every other time one attack alone: garbage ends the connection, and what comes behind it would not arrive.
      const known = { clusterId, epochs: [...epochs] }
      if (round % 2 === 0) await wave(attacker, lines, known)
      else {
        const attack = LANE_ATTACKS[Math.floor(round / 2) % LANE_ATTACKS.length] ?? (() => framed(new Uint8Array(0)))
        for (const lane of lines.lanes) lane.send(attack(known))
        await pause(AGAIN_MS)
      }
      await lines.connection.close()
    } catch {
      // It was thrown out, as it should be.
    }
    await pause(AGAIN_MS)
  }
}

process.on('disconnect', () => process.exit())
await main()
