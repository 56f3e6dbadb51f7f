/**
 * Resident memory of two clusters of one node each: empty, with 10,000 and with 100,000 instances in services of twenty, all
 * registered at sc1, which holds their leases; sc2 has them by replication. Other numbers may be given: `… memory.ts 20000`.
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Fleet, type NodeProcess } from '../../test/helpers/process.ts'
import type { Registry } from '../../test/helpers/registry.ts'
import { until } from '../../test/helpers/until.ts'
import { memoryBytes, provenance, spread, table } from './measure.ts'
import { sampleInstance } from './sample.ts'

const INSTANCES_PER_SERVICE = 20
const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10_000, 100_000]
const CONCURRENCY = 8
/** Long enough that no lease ends while we look. */
const HEARTBEAT_SECONDS = 3_600
const SPREAD_DEADLINE_MS = 120_000
/** Memory counts as settled when it has moved by less than this fraction for so many seconds. */
const SETTLED_FRACTION = 0.01
const SETTLED_SECONDS = 10
const SETTLE_SECONDS_MAX = 120

/** Registers one service with all its instances. */
async function load(registry: Registry, i: number): Promise<void> {
  const sid = await registry.service(`service-${i}`)
  for (let j = 0; j < INSTANCES_PER_SERVICE; j++) {
    const instance = sampleInstance(i, j, HEARTBEAT_SECONDS)
    await registry.call('POST', `/microservices/${sid}/instances`, { instance })
  }
}

/** Runs `work` for from … to − 1, a few at a time. */
async function forEach(from: number, to: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = from
  const worker = async (): Promise<void> => {
    while (next < to) await work(next++)
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
}

/** Resident megabytes, one sample a second, once they no longer move; the collector runs when it likes. */
async function settled({ pid }: NodeProcess): Promise<number[]> {
  let recent: number[] = []
  for (let second = 0; second < SETTLE_SECONDS_MAX; second++) {
    recent = [...recent, memoryBytes(pid).resident].slice(-SETTLED_SECONDS)
    const [least, most] = [Math.min(...recent), Math.max(...recent)]
    if (recent.length === SETTLED_SECONDS && most - least < SETTLED_FRACTION * least) break
    await pause(1_000)
  }
  return recent.map(bytes => bytes / 1e6)
}

const diskBytes = (folder: string): number =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => statSync(join(folder, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`

const fleet = new Fleet()
fleet.closeOnSignals()
try {
  const data = [await fleet.folder(), await fleet.folder()] as const
  const nodes = await fleet.twoClusters({ sc1: { data: data[0] }, sc2: { data: data[1] } })
  const { sc1, sc2 } = nodes
  const resident = [await Promise.all([settled(sc1), settled(sc2)])]
  let services = 0
  for (const size of SIZES) {
    const to = Math.ceil(size / INSTANCES_PER_SERVICE)
    await forEach(services, to, i => load(sc1.registry, i))
    await forEach(services, to, async i => {
      await until(`service-${i} is whole at sc2`, SPREAD_DEADLINE_MS, async () => {
        return (await sc2.registry.ids(`service-${i}`)).length === INSTANCES_PER_SERVICE
      })
    })
    services = to
    resident.push(await Promise.all([settled(sc1), settled(sc2)]))
  }
  console.log(`${provenance()}\n`)
  console.log(`Medians of ${SETTLED_SECONDS} samples (lowest to highest) once they move no more:\n`)
  console.log(
    table([
      ['node', 'empty', ...SIZES.map(size => `${size} instances`), 'most, while loading', 'data directory'],
      ...[sc1, sc2].map((node, i) => [
        node.name,
        ...resident.map(each => spread(each[i] ?? [], 0, 'MB')),
        ...[memoryBytes(node.pid).peak, diskBytes(data[i] ?? '')].map(megabytes),
      ]),
    ]),
  )
} finally {
  await fleet.close()
}
