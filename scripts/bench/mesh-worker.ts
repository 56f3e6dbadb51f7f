/** One node of the mesh benchmark, told what to do by its parent. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import type { NodeId } from '../../src/core/model.ts'
import { parseAddress } from '../../src/mesh/addresses.ts'
import { createMesh } from '../../src/mesh/mesh.ts'

export interface WorkerConfig {
  /** Protobuf, base64. */
  readonly identity: string
  readonly listen: string
  readonly peers: readonly string[]
}

export type Order =
  | { readonly order: 'reset' }
  | { readonly order: 'report' }
  | {
      readonly order: 'publish'
      readonly kind: 'gossip' | 'lane'
      readonly size: number
      readonly messages: number
      readonly rate: number
    }

export interface Measured {
  readonly latenciesMs: readonly number[]
  /** How late its timers were, at the 99.9th percentile since the last report: what the machine does to an idle process. */
  readonly delayMs: number
  /** User and system time since the reset, without what an idle node takes. */
  readonly cpuMs: number
  readonly arrivedBytes: number
  readonly distinctBytes: number
}

const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()

const config = JSON.parse(process.env.MESH_WORKER ?? '') as WorkerConfig
const nothing = (): void => {}
const peers = new Set<NodeId>()
let latenciesMs: number[] = []
let laneBytes = 0

const mesh = createMesh(
  {
    identity: privateKeyFromProtobuf(Buffer.from(config.identity, 'base64')) as Ed25519PrivateKey,
    listen: [config.listen],
    advertise: [],
    peers: config.peers.map(parseAddress),
    clusters: [],
  },
  {
    clock: {
      wallMs: () => Date.now(),
      monotonicMs: () => performance.now(),
      after: (ms, run) => {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      },
    },
    random: { hex: () => '', fraction: () => Math.random() },
    log: { debug: nothing, info: nothing, warn: nothing },
  },
)

/** The monotonic clock is the machine's, the same in all processes. */
const nowNs = (): bigint => process.hrtime.bigint()

function arrived(frame: Uint8Array): void {
  const sentNs = new DataView(frame.buffer, frame.byteOffset).getBigUint64(0)
  latenciesMs.push(Number(nowNs() - sentNs) / 1e6)
}

function send(kind: 'gossip' | 'lane', size: number): void {
  const frame = new Uint8Array(size)
  new DataView(frame.buffer).setBigUint64(0, nowNs())
  if (kind === 'gossip') mesh.publish(frame)
  else for (const peer of peers) mesh.send(peer, 'peer', frame)
}

/** Milliseconds of CPU per millisecond of an idle node. */
async function idleCpu(): Promise<number> {
  const before = process.cpuUsage()
  await pause(1_000)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

await mesh.start({
  connected: ({ node }) => {
    peers.add(node)
    if (peers.size === config.peers.length) process.send?.('ready')
  },
  disconnected: node => peers.delete(node),
  gossip: (_author, _via, frame) => {
    arrived(frame)
    return 'accept'
  },
  message: (_peer, _lane, frame) => {
    laneBytes += frame.length
    arrived(frame)
  },
})

let idle = 0
let cpu = process.cpuUsage()
let sinceMs = performance.now()
let before = mesh.status()?.counters.gossip ?? { arrivedBytes: 0, distinctBytes: 0 }

async function obey(order: Order): Promise<unknown> {
  if (order.order === 'reset') {
    idle = await idleCpu()
    latenciesMs = []
    laneBytes = 0
    before = { ...(mesh.status()?.counters.gossip ?? before) }
    cpu = process.cpuUsage()
    sinceMs = performance.now()
    return 'reset'
  }
  if (order.order === 'publish') {
    const startMs = performance.now()
    for (let count = 0; count < order.messages; count++) {
      await pause(Math.max(0, startMs + (count * 1_000) / order.rate - performance.now()))
      send(order.kind, order.size)
    }
    return 'published'
  }
  const { user, system } = process.cpuUsage(cpu)
  const delayMs = delay.percentile(99.9) / 1e6
  delay.reset()
  const after = mesh.status()?.counters.gossip ?? before
  return {
    latenciesMs,
    delayMs,
    cpuMs: (user + system) / 1_000 - idle * (performance.now() - sinceMs),
    arrivedBytes: after.arrivedBytes - before.arrivedBytes + laneBytes,
    distinctBytes: after.distinctBytes - before.distinctBytes + laneBytes,
  } satisfies Measured
}

process.on('message', order => void obey(order as Order).then(answer => process.send?.(answer)))
process.on('disconnect', () => process.exit())
