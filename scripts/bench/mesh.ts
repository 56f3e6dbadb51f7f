/**
 * Compares gossip with plain frames on the peer lane: how soon a frame is everywhere, what it costs, and how often it
 * arrives. One process a node, all on this machine.
 *
 *   node scripts/bench/mesh.ts [--nodes 5] [--degree full|4] [--messages 1000] [--rate 100] [--sizes 200,2048]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { freePorts } from '../../test/helpers/ports.ts'
import type { Measured, Order, WorkerConfig } from './mesh-worker.ts'

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '5' },
    degree: { type: 'string', default: 'full' },
    messages: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '100' },
    sizes: { type: 'string', default: '200,2048' },
  },
})
const nodes = Number(values.nodes)
const degree = values.degree === 'full' ? nodes - 1 : Number(values.degree)
const messages = Number(values.messages)
const rate = Number(values.rate)

/** Node i is linked to the next degree / 2 nodes of a ring, so each has `degree` links; in a full mesh to all. */
function neighbours(index: number): readonly number[] {
  if (degree >= nodes - 1) return Array.from({ length: nodes }, (_, other) => other).filter(other => other !== index)
  return Array.from({ length: degree / 2 }, (_, step) => [
    (index + step + 1) % nodes,
    (index - step - 1 + nodes) % nodes,
  ]).flat()
}

async function configs(): Promise<readonly WorkerConfig[]> {
  const keys = await Promise.all(Array.from({ length: nodes }, () => generateKeyPair('Ed25519')))
  const ports = await freePorts(nodes)
  const addresses = keys.map((key, index) => `/ip4/127.0.0.1/tcp/${ports[index]}/p2p/${peerIdFromPrivateKey(key)}`)
  return keys.map((key, index) => ({
    identity: Buffer.from(privateKeyToProtobuf(key)).toString('base64'),
    listen: `/ip4/127.0.0.1/tcp/${ports[index]}`,
    peers: neighbours(index).map(other => addresses[other] ?? ''),
  }))
}

async function ask(worker: ChildProcess, order: Order): Promise<unknown> {
  worker.send(order)
  const [answer] = await once(worker, 'message')
  return answer
}

async function measure(workers: readonly ChildProcess[], kind: 'gossip' | 'lane', size: number): Promise<void> {
  await Promise.all(workers.map(worker => ask(worker, { order: 'reset' })))
  await ask(workers[0] as ChildProcess, { order: 'publish', kind, size, messages, rate })
  // All but stragglers have arrived long since; what is missing after this shows as missing.
  await new Promise(resolve => setTimeout(resolve, 500))
  const [author, ...others] = (await Promise.all(workers.map(worker => ask(worker, { order: 'report' })))) as Measured[]
  const reached = kind === 'gossip' ? others : others.slice(0, degree)
  const latencies = others.flatMap(other => other.latenciesMs).sort((one, other) => one - other)
  const at = (quantile: number): string =>
    (latencies[Math.floor(quantile * (latencies.length - 1))] ?? Number.NaN).toFixed(2)
  const receiveMs = others.reduce((sum, other) => sum + other.cpuMs, 0) / reached.length
  const arrived = others.reduce((sum, other) => sum + other.arrivedBytes, 0)
  const distinct = others.reduce((sum, other) => sum + other.distinctBytes, 0)
  console.log(
    [
      kind.padEnd(6),
      `${size} B`.padStart(7),
      `p50 ${at(0.5)} ms`,
      `p99 ${at(0.99)} ms`,
      `max ${at(1)} ms`,
      `CPU publish ${((1000 * (author?.cpuMs ?? 0)) / messages).toFixed(0)} µs`,
      `receive ${((1000 * receiveMs) / messages).toFixed(0)} µs`,
      `received/distinct ${(arrived / distinct).toFixed(3)}`,
      `missing ${reached.length * messages - latencies.length}`,
    ].join('  '),
  )
}

const workers = (await configs()).map(config =>
  fork(new URL('mesh-worker.ts', import.meta.url), { env: { ...process.env, MESH_WORKER: JSON.stringify(config) } }),
)
try {
  await Promise.all(workers.map(worker => once(worker, 'message')))
  console.log(`${nodes} nodes with ${degree} links each, ${messages} frames at ${rate} per second from one of them`)
  for (const size of values.sizes.split(',').map(Number)) {
    for (const kind of ['gossip', 'lane'] as const) await measure(workers, kind, size)
  }
} finally {
  for (const worker of workers) worker.kill()
}
