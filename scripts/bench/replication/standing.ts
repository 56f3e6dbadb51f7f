/**
 * What links carry when nothing changes: clusters in a line, on a clock that is moved by hand, so that the bytes are the same
 * in every run; and a cluster of two whose clients keep to a node, or send every heartbeat to the other one.
 */
import { type Center, TICK_MS } from '../../../src/center/center.ts'
import type { Store } from '../../../src/center/ports.ts'
import { heartbeat } from '../../../src/core/commands/heartbeat.ts'
import { MemoryStore } from '../../../src/store/memory-store.ts'
import { ManualClock } from '../../../test/helpers/manual-clock.ts'
import { sampleInstance } from '../sample.ts'
import { bytesOf, Rig } from './rig.ts'

const SETTLE_SECONDS = 120
const MEASURED_SECONDS = 120
const INSTANCES = 300
const INTERVAL_SECONDS = 30
const SCOPE = { domain: 'default', project: 'default' }

/** Counts what is appended, and keeps nothing. */
class CountingStore extends MemoryStore implements Store {
  appends = 0

  override append(frame: Uint8Array, done: (error?: Error) => void): void {
    this.appends += 1
    super.append(frame, done)
  }
}

function run(clock: ManualClock, rig: Rig, seconds: number, everySecond: (second: number) => void = () => {}): void {
  for (let passedMs = 0; passedMs < seconds * 1_000; passedMs += TICK_MS) {
    if (passedMs % 1_000 === 0) everySecond(passedMs / 1_000)
    clock.advance(TICK_MS)
    rig.tick()
  }
}

/** Bytes a second and link, both directions, of `nodes` clusters of one node in a line. */
export function standingBetweenClusters(nodes: number): number {
  const clock = new ManualClock()
  const rig = new Rig(clock)
  const centers = Array.from({ length: nodes }, (_, i) => rig.add({ name: `n${i}`, label: `sc${i}` }))
  for (let i = 0; i + 1 < nodes; i++) rig.link(centers[i] as Center, centers[i + 1] as Center)
  run(clock, rig, SETTLE_SECONDS)
  rig.carried.length = 0
  run(clock, rig, MEASURED_SECONDS)
  return bytesOf(rig.carried) / MEASURED_SECONDS / (nodes - 1)
}

/** Bytes a second of a node, in and out, of `nodes` clusters of one node on a ring, each linked to the next two on both sides. */
export function standingAtDegreeFour(nodes: number): number {
  const clock = new ManualClock()
  const rig = new Rig(clock)
  const centers = Array.from({ length: nodes }, (_, i) => {
    // Not all in the same tick: their seconds begin at different times, as those of processes do.
    run(clock, rig, (i % 10) / 10)
    return rig.add({ name: `n${i}`, label: `sc${i}` })
  })
  for (let i = 0; i < nodes; i++) {
    for (const step of [1, 2]) rig.link(centers[i] as Center, centers[(i + step) % nodes] as Center)
  }
  run(clock, rig, SETTLE_SECONDS)
  rig.carried.length = 0
  run(clock, rig, MEASURED_SECONDS)
  return (2 * bytesOf(rig.carried)) / MEASURED_SECONDS / nodes
}

export interface StandingInCluster {
  readonly bytesPerSecond: number
  /** Heartbeats that reached another node than the holder, a second. */
  readonly passedOnPerSecond: number
  readonly appends: number
  readonly writes: number
}

/** Two siblings and 300 instances; `switching`: every heartbeat goes to the node that the one before did not go to. */
export async function standingInCluster(switching: boolean): Promise<StandingInCluster> {
  const clock = new ManualClock()
  const rig = new Rig(clock)
  const stores = [new CountingStore(), new CountingStore()] as const
  const centers = stores.map((store, i) => rig.add({ name: `n${i}`, label: 'sc1', store })) as [Center, Center]
  rig.link(...centers)
  run(clock, rig, SETTLE_SECONDS)
  const names = await register(centers[0])
  const beat = (second: number): number => {
    let abroad = 0
    for (let i = second % INTERVAL_SECONDS; i < INSTANCES; i += INTERVAL_SECONDS) {
      const to = switching ? Math.floor(second / INTERVAL_SECONDS) % 2 : 0
      const name = names[i] as (typeof names)[number]
      void centers[to]?.execute(heartbeat(SCOPE, name.serviceId, name.instanceId))
      abroad += to
    }
    return abroad
  }
  run(clock, rig, SETTLE_SECONDS, beat)
  rig.carried.length = 0
  for (const store of stores) store.appends = 0
  const before = writesOf(centers)
  let abroad = 0
  run(clock, rig, MEASURED_SECONDS, second => {
    abroad += beat(second)
  })
  return {
    bytesPerSecond: bytesOf(rig.carried) / MEASURED_SECONDS,
    passedOnPerSecond: abroad / MEASURED_SECONDS,
    appends: stores.reduce((sum, { appends }) => sum + appends, 0),
    writes: writesOf(centers) - before,
  }
}

/** Sequences that the nodes' own starts have drawn. */
const writesOf = (centers: readonly Center[]): number =>
  centers.reduce((sum, { replica }) => sum + replica.catalog.context.prefix(replica.epoch), 0)

async function register(center: Center): Promise<{ serviceId: string; instanceId: string }[]> {
  const key = { ...SCOPE, environment: '', appId: 'default', serviceName: 'beating', version: '1.0.0' }
  const times = { timestamp: '1700000000', modTimestamp: '1700000000' }
  return center.execute(tx => {
    const { appId, serviceName, version } = key
    const service = tx.putService(key, { appId, serviceName, version, level: 'BACK', status: 'UP', ...times })
    return Array.from({ length: INSTANCES }, (_, i) => {
      const sample = sampleInstance(i >> 8, i & 255, INTERVAL_SECONDS)
      const instanceId = tx.randomId()
      tx.putInstance(service, { ...sample, instanceId, status: 'UP', version, ...times })
      return { serviceId: service.id, instanceId }
    })
  })
}
