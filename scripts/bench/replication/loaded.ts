/**
 * The rows that need real nodes under load: two clusters of one node with a data directory, 100,000 instances, 1,000 changes
 * and 3,000 heartbeats a second. In between, five times, what the least takes: a frame over a stream between two idle nodes,
 * and a POST and a GET at a bare Fastify.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from '../../../test/helpers/ports.ts'
import type { Fleet, NodeProcess } from '../../../test/helpers/process.ts'
import { Registry } from '../../../test/helpers/registry.ts'
import { until } from '../../../test/helpers/until.ts'
import type { PreparedAnswer } from '../bare.ts'
import { fillDirectory, filledServiceName, INSTANCES_PER_SERVICE } from '../fill.ts'
import { median, memoryBytes, quantile } from '../measure.ts'
import { MeshFleet } from '../mesh-fleet.ts'
import { startAndTime } from '../start-time.ts'
import type { Driven, DriveOrder } from './drive.ts'
import type { Row } from './row.ts'

const ROUNDS = 5
const PER_ROUND = 100
const PER_SECOND = 25
/** Filling, repair and a warm-up aside, what the rounds take. */
const DRIVE_SECONDS = 75
const WARM_UP_MS = 5_000
const SETTLE_MS = 15_000
const HEARTBEATS_PER_SECOND = 3_000
const CHANGES_PER_SECOND = 1_000
const SPREAD_DEADLINE_MS = 180_000
const VISIBLE_DEADLINE_MS = 10_000
const EMPTY_RESIDENT_MAX = 130
const FULL_RESIDENT_MAX = 400

interface Round {
  readonly visibleMs: readonly number[]
  readonly laneMs: readonly number[]
  readonly httpMs: readonly number[]
  readonly idleDelayMs: number
}

export interface LoadedRows {
  readonly rows: readonly Row[]
  readonly driven: Driven
  /** How late timers of an idle process were beside all this. */
  readonly idleDelayMs: number
}

export async function loadedRows(fleet: Fleet, instances: number): Promise<LoadedRows> {
  const [one, two] = [await fleet.place(), await fleet.place()]
  const [full, other] = [await fleet.folder(), await fleet.folder()]
  await fillDirectory(full, 'sc1', instances)
  const last = filledServiceName(Math.ceil(instances / INSTANCES_PER_SERVICE) - 1)
  const emptyStarts: number[] = []
  const options = { place: one, name: 'sc1-a', cluster: 'sc1', data: full, clusters: `sc2=${two.url}` }
  const starts: number[] = []
  const megabytes = ({ pid }: NodeProcess): number => memoryBytes(pid).resident / 1e6
  let emptyResident = 0
  for (let round = 0; round < ROUNDS; round++) {
    const empty = await startAndTime(fleet, { place: two, name: 'sc2-a', cluster: 'sc2', data: other })
    emptyStarts.push(empty.tookMs)
    if (round === ROUNDS - 1) {
      await pause(SETTLE_MS)
      emptyResident = megabytes(empty.node)
    }
    await empty.node.stop(60_000)
    const { node, tookMs } = await startAndTime(fleet, options, last, INSTANCES_PER_SERVICE)
    starts.push(tookMs)
    await node.stop(60_000)
  }
  const sc1 = await fleet.node(options).listening()
  const sc2 = await fleet
    .node({ place: two, name: 'sc2-a', cluster: 'sc2', data: other, clusters: `sc1=${one.url}` })
    .ready()
  await until('sc2 has everything', SPREAD_DEADLINE_MS, async () => {
    return (await sc2.registry.ids(last)).length === INSTANCES_PER_SERVICE
  })
  await sc1.ready()
  const mesh = await MeshFleet.start(2)
  try {
    const measured = await underLoad(fleet, sc1, sc2, mesh)
    await pause(SETTLE_MS)
    const residents = [sc1, sc2].map(megabytes)
    return {
      ...measured,
      rows: [...measured.rows, ...memoryRows(emptyResident, residents), ...restartRows(starts, emptyStarts)],
    }
  } finally {
    mesh.close()
  }
}

const memoryRows = (empty: number, residents: readonly number[]): Row[] => [
  {
    what: '5. resident memory, nearly empty',
    measure: 'count',
    bound: EMPTY_RESIDENT_MAX,
    measured: empty,
    unit: 'MB',
  },
  ...residents.map(
    (measured, i): Row => ({
      what: `5. resident memory of sc${i + 1} after the load of row 1`,
      ...{ measure: 'count', bound: FULL_RESIDENT_MAX, measured, unit: 'MB' },
    }),
  ),
]

function restartRows(starts: readonly number[], emptyStarts: readonly number[]): Row[] {
  const what = `6. restart until the last service is found whole, median of ${ROUNDS}`
  const [measured, empty] = [median(starts), median(emptyStarts)]
  return [{ what, measure: 'time', bound: 2_000, measured, floor: empty, paired: empty, unit: 'ms' }]
}

async function underLoad(fleet: Fleet, sc1: NodeProcess, sc2: NodeProcess, mesh: MeshFleet): Promise<LoadedRows> {
  const bare = await startBare(fleet)
  const sid = await sc1.registry.service('watched')
  const driving = await drive(fleet, sc1)
  await pause(WARM_UP_MS)
  await Promise.all([sc1, sc2].map(loopDelays)) // a scrape begins anew
  const before = await gossipBytes(sc2)
  const rounds: Round[] = []
  for (let i = 0; i < ROUNDS; i++) rounds.push(await measureRound(i, sid, sc1, sc2, mesh, bare))
  const delays = await Promise.all([sc1, sc2].map(loopDelays))
  const after = await gossipBytes(sc2)
  const driven = JSON.parse(await driving.line(/^\{/, DRIVE_SECONDS * 2_000)) as Driven
  const idleDelayMs = median(rounds.map(round => round.idleDelayMs))
  const copies = (after.arrived - before.arrived) / (after.distinct - before.distinct)
  const copiesRow: Row = {
    what: '4. copies received by sc2 under this load',
    ...{ measure: 'count', bound: 1.3, measured: copies, floor: 1, unit: '×', digits: 2 },
  }
  const lags = delays.map(
    (measured, i): Row => ({
      what: `7. event loop of sc${i + 1} at p99.9`,
      ...{ measure: 'time', bound: 20, measured, paired: idleDelayMs, unit: 'ms', digits: 1 },
    }),
  )
  return { rows: [visibleRow(rounds), copiesRow, ...lags], driven, idleDelayMs }
}

function visibleRow(rounds: readonly Round[]): Row {
  const p99 = (of: (round: Round) => readonly number[]): number =>
    median(rounds.map(round => quantile(of(round), 0.99)))
  const [oneWay, http, measured] = [p99(r => r.laneMs), p99(r => r.httpMs), p99(r => r.visibleMs)]
  const [floor, bound] = [oneWay + http, oneWay + 10]
  const what = '1. registered at sc1 → visible at sc2, p99'
  return { what, measure: 'time', bound, measured, floor, paired: floor, unit: 'ms', digits: 1 }
}

async function measureRound(
  round: number,
  sid: string,
  sc1: NodeProcess,
  sc2: NodeProcess,
  mesh: MeshFleet,
  bare: Registry,
): Promise<Round> {
  const visibleMs = await paced(i => timeToVisible(sc1.registry, sc2.registry, sid, `watched-${round}-${i}`))
  const lane = await mesh.measure({ kind: 'lane', bytes: 500, count: PER_ROUND, perSecond: PER_SECOND })
  const httpMs = await paced(async () => {
    const startedMs = performance.now()
    await bare.request('POST', '/bare', '{}', { 'Content-Type': 'application/json' })
    await bare.request('GET', '/bare')
    return performance.now() - startedMs
  })
  return { visibleMs, laneMs: lane.latenciesMs, httpMs, idleDelayMs: lane.delayMs }
}

async function paced(one: (i: number) => Promise<number>): Promise<number[]> {
  const startMs = performance.now()
  return Promise.all(
    Array.from({ length: PER_ROUND }, async (_, i) => {
      await pause(Math.max(0, startMs + (i * 1_000) / PER_SECOND - performance.now()))
      return one(i)
    }),
  )
}

async function timeToVisible(sc1: Registry, sc2: Registry, sid: string, instanceId: string): Promise<number> {
  const path = `/v4/default/registry/microservices/${sid}/instances/${instanceId}`
  const startedMs = performance.now()
  const registered = sc1.instance(sid, {
    instanceId,
    endpoints: [`rest://10.0.0.1/${instanceId}`],
    hostName: instanceId,
  })
  while ((await sc2.request('GET', path)).status !== 200) {
    if (performance.now() - startedMs > VISIBLE_DEADLINE_MS) throw new Error(`not visible: ${path}`)
    await pause(1)
  }
  const tookMs = performance.now() - startedMs
  await registered
  return tookMs
}

async function drive(fleet: Fleet, { url, registry }: NodeProcess) {
  const serviceIds: string[] = []
  const heartbeatPaths: string[] = []
  for (let i = 0; i < 50; i++) {
    const sid = await registry.service(filledServiceName(i))
    serviceIds.push(sid)
    for (const id of await registry.ids(filledServiceName(i))) {
      heartbeatPaths.push(`/microservices/${sid}/instances/${id}/heartbeat`)
    }
  }
  const rates = { heartbeatsPerSecond: HEARTBEATS_PER_SECOND, changesPerSecond: CHANGES_PER_SECOND }
  const order: DriveOrder = { url, seconds: DRIVE_SECONDS, ...rates, serviceIds, heartbeatPaths }
  const file = join(await fleet.folder(), 'order.json')
  await writeFile(file, JSON.stringify(order))
  return fleet.program('drive', process.execPath, [join(import.meta.dirname, 'drive.ts'), file])
}

async function startBare(fleet: Fleet): Promise<Registry> {
  const answers = (['GET', 'POST'] as const).map((method): PreparedAnswer => {
    return { method, url: '/bare', status: 200, headers: { 'content-type': 'application/json' }, body: '{}' }
  })
  const file = join(await fleet.folder(), 'answers.json')
  await writeFile(file, JSON.stringify(answers))
  const [port = 0] = await freePorts(1)
  const program = fleet.program('bare', process.execPath, [join(import.meta.dirname, '../bare.ts'), String(port), file])
  await program.line(/listening/, 10_000)
  return new Registry(`http://127.0.0.1:${port}`)
}

const metric = async ({ registry }: NodeProcess, pattern: RegExp): Promise<number> =>
  Number(pattern.exec((await registry.request('GET', '/metrics')).text)?.[1])

/** Since the last time it was asked. */
const loopDelays = async (node: NodeProcess): Promise<number> =>
  1_000 * (await metric(node, /^grapevine_event_loop_delay_seconds\{quantile="99.9"\} (\S+)$/m))

async function gossipBytes(node: NodeProcess): Promise<{ arrived: number; distinct: number }> {
  const { text } = await node.registry.request('GET', '/metrics')
  const of = (what: string): number =>
    Number(new RegExp(`^grapevine_mesh\\{what="gossip_${what}"\\} (\\S+)$`, 'm').exec(text)?.[1])
  return { arrived: of('arrivedBytes'), distinct: of('distinctBytes') }
}
