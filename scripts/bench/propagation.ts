/**
 * From a registration at sc1 to the instance being visible at sc2, over HTTP at both ends: five rounds of 500 registrations at
 * 100 a second. Clusters, client and poller share this machine, so the network between them costs next to nothing.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { Fleet } from '../../test/helpers/process.ts'
import type { Registry } from '../../test/helpers/registry.ts'
import { provenance, quantile, spread, table } from './measure.ts'

const ROUNDS = 5
/** In each round. */
const REGISTRATIONS = 500
const PER_SECOND = 100
/** Not counted: compilers and connections get warm. */
const WARM_UP = 200
const SERVICES = 50
/** Between two looks at sc2: coarse enough to leave it alone, fine enough not to hide a millisecond. */
const POLL_PAUSE_MS = 1
const VISIBLE_DEADLINE_MS = 10_000

interface Sample {
  /** Since the request was sent. */
  readonly sentMs: number
  /** Since it was answered; below zero when sc2 showed the instance before sc1 had answered. */
  readonly answeredMs: number
}

async function registerAndSee(sc1: Registry, sc2: Registry, serviceId: string, instanceId: string): Promise<Sample> {
  const startedMs = performance.now()
  const visible = visibleAtMs(sc2, `/v4/default/registry/microservices/${serviceId}/instances/${instanceId}`)
  await sc1.instance(serviceId, { instanceId, endpoints: ['rest://10.0.0.1:8080'], hostName: instanceId })
  const answeredMs = performance.now()
  const endedMs = await visible
  return { sentMs: endedMs - startedMs, answeredMs: endedMs - answeredMs }
}

async function visibleAtMs(sc2: Registry, path: string): Promise<number> {
  const endMs = performance.now() + VISIBLE_DEADLINE_MS
  for (;;) {
    const { status } = await sc2.request('GET', path)
    const nowMs = performance.now()
    if (status === 200) return nowMs
    if (nowMs > endMs) throw new Error(`not visible within ${VISIBLE_DEADLINE_MS} ms: ${path}`)
    await pause(POLL_PAUSE_MS)
  }
}

const fleet = new Fleet()
fleet.closeOnSignals()
try {
  const { sc1, sc2 } = await fleet.twoClusters({
    sc1: { data: await fleet.folder() },
    sc2: { data: await fleet.folder() },
  })
  const services = await Promise.all(Array.from({ length: SERVICES }, (_, i) => sc1.registry.service(`service-${i}`)))
  const startMs = performance.now()
  const samples = await Promise.all(
    Array.from({ length: WARM_UP + ROUNDS * REGISTRATIONS }, async (_, i) => {
      await pause(Math.max(0, startMs + (i * 1000) / PER_SECOND - performance.now()))
      return registerAndSee(sc1.registry, sc2.registry, services[i % SERVICES] ?? '', `instance-${i}`)
    }),
  )
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    const from = WARM_UP + round * REGISTRATIONS
    return samples.slice(from, from + REGISTRATIONS)
  })
  const row = (title: string, of: (sample: Sample) => number): string[] => [
    title,
    ...[0.5, 0.9, 0.99, 1].map(q => {
      const each = rounds.map(round => quantile(round.map(of), q))
      return spread(each, 1, 'ms')
    }),
  ]
  console.log(`${provenance()}\n`)
  console.log(
    `Medians of ${ROUNDS} rounds (lowest to highest) of ${REGISTRATIONS} registrations at ${PER_SECOND} a second; both clusters have a data directory:\n`,
  )
  console.log(
    table([
      ['visible at sc2 after', 'p50', 'p90', 'p99', 'most'],
      row('the request was sent to sc1', ({ sentMs }) => sentMs),
      row('sc1 had answered', ({ answeredMs }) => answeredMs),
    ]),
  )
} finally {
  await fleet.close()
}
