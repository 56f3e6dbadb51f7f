/**
 * The load of the first bound: 3,000 heartbeats and 1,000 changes a second for one node, from a process of its own.
 *
 *   node scripts/bench/replication/drive.ts FILE      FILE: JSON, a DriveOrder; prints a Driven
 */
import { readFileSync } from 'node:fs'
import autocannon, { type Request } from 'autocannon'
import { sampleInstance } from '../sample.ts'

export interface DriveOrder {
  readonly url: string
  readonly seconds: number
  readonly heartbeatsPerSecond: number
  /** Half of them registrations, half unregistrations of the same. */
  readonly changesPerSecond: number
  readonly serviceIds: readonly string[]
  /** Paths below `/v4/default/registry`. */
  readonly heartbeatPaths: readonly string[]
}

export interface Driven {
  readonly heartbeatsPerSecond: number
  readonly changesPerSecond: number
  readonly errors: number
  /** Answers other than 200. */
  readonly refused: number
}

const REGISTRY = '/v4/default/registry'
const HEARTBEAT_CONNECTIONS = 16
/** Each writes one after another, and waits for the disk every time. */
const CHANGING_CONNECTIONS = 40
const INTERVAL_SECONDS = 3_600

const order = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as DriveOrder

const changes = (connection: number): Request[] => {
  const sid = order.serviceIds[connection % order.serviceIds.length] ?? ''
  const path = `${REGISTRY}/microservices/${sid}/instances`
  const headers = { 'Content-Type': 'application/json' }
  return [0, 1, 2, 3].flatMap(i => {
    const instanceId = `driven-${connection}-${i}`
    const sample = sampleInstance(30_000 + connection, i, INTERVAL_SECONDS)
    const body = JSON.stringify({ instance: { ...sample, instanceId } })
    return [
      { method: 'POST', path, body, headers },
      { method: 'DELETE', path: `${path}/${instanceId}` },
    ]
  })
}

const run = (connections: number, overallRate: number, requests: readonly Request[]) =>
  autocannon({ url: order.url, connections, overallRate, duration: order.seconds, requests })

const [beats, ...changed] = await Promise.all([
  run(
    HEARTBEAT_CONNECTIONS,
    order.heartbeatsPerSecond,
    order.heartbeatPaths.map(path => ({ method: 'PUT', path: REGISTRY + path })),
  ),
  ...Array.from({ length: CHANGING_CONNECTIONS }, (_, i) =>
    run(1, Math.ceil(order.changesPerSecond / CHANGING_CONNECTIONS), changes(i)),
  ),
])
const all = [beats, ...changed]
const sum = (of: (result: (typeof all)[number]) => number, results = all): number =>
  results.reduce((total, result) => total + of(result), 0)
const others = (result: (typeof all)[number]): number =>
  Object.entries(result.statusCodeStats ?? {}).reduce((n, [status, { count }]) => n + (status === '200' ? 0 : count), 0)
const driven: Driven = {
  heartbeatsPerSecond: beats.requests.total / order.seconds,
  changesPerSecond: sum(({ requests }) => requests.total, changed) / order.seconds,
  errors: sum(({ errors }) => errors),
  refused: sum(others),
}
console.log(JSON.stringify(driven))
