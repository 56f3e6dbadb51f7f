/**
 * How long one change takes to reach the last of 10,000 watchers of a consumer whose provider has 1,000 instances, and how
 * often it is rendered on the way. The clients share the machine, and one process, with nobody but the node.
 *
 *   node scripts/bench/watchers.ts [--watchers 10000] [--instances 1000] [--changes 100]
 */
import type { Socket } from 'node:net'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { Fleet, type NodeProcess } from '../../test/helpers/process.ts'
import { cpuMs, provenance, quantile, table } from './measure.ts'
import { rawWatcher } from './raw-watcher.ts'
import { sampleInstance } from './sample.ts'

const { values } = parseArgs({
  options: {
    watchers: { type: 'string', default: '10000' },
    instances: { type: 'string', default: '1000' },
    changes: { type: 'string', default: '100' },
  },
})
const watchers = Number(values.watchers)
const instances = Number(values.instances)
const changes = Number(values.changes)

const HANDSHAKES_AT_ONCE = 100
const HEARTBEAT_SECONDS = 3_600
/** Between two changes. */
const PAUSE_MS = 100
const DEADLINE_MS = 30_000

/** Milliseconds after the request was sent at which each watcher had the change. */
type Delays = readonly number[]

async function registerProvider({ registry }: NodeProcess) {
  const provider = await registry.service('provider')
  const ids: string[] = []
  for (let i = 0; i < instances; i++) {
    const body = { instance: sampleInstance(i, 0, HEARTBEAT_SECONDS) }
    const path = `/microservices/${provider}/instances`
    ids.push((await registry.call<{ instanceId: string }>('POST', path, body)).instanceId)
  }
  return { provider, ids }
}

/** A consumer becomes one by finding the provider. */
async function registerConsumer({ registry }: NodeProcess): Promise<string> {
  const consumer = await registry.service('consumer')
  await registry.call('GET', '/instances?appId=default&serviceName=provider', undefined, { 'X-ConsumerId': consumer })
  return consumer
}

async function rendered({ registry }: NodeProcess): Promise<number> {
  const { text } = await registry.request('GET', '/metrics')
  return Number(/^grapevine_rendered_total\{what="event"\} (\d+)/m.exec(text)?.[1] ?? 0)
}

/** Runs the changes one after another. */
async function measure(node: NodeProcess, open: (heard: () => void) => Promise<readonly Socket[]>) {
  const { provider, ids } = await registerProvider(node)
  let arrived: () => void = () => undefined
  const sockets = await open(() => arrived())
  const before = { rendered: await rendered(node), cpuMs: cpuMs(node.pid) }
  const rounds: Delays[] = []
  for (let i = 0; i < changes; i++) {
    const status = i % 2 === 0 ? 'DOWN' : 'UP'
    const path = `/microservices/${provider}/instances/${ids[i % ids.length]}/status?value=${status}`
    const delays: number[] = []
    const all = new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${delays.length} of ${sockets.length} heard`)), DEADLINE_MS)
      const sentAtMs = performance.now()
      arrived = () => {
        delays.push(performance.now() - sentAtMs)
        if (delays.length < sockets.length) return
        clearTimeout(late)
        resolve()
      }
    })
    await Promise.all([node.registry.call('PUT', path), all])
    rounds.push(delays)
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
  }
  const after = { rendered: await rendered(node), cpuMs: cpuMs(node.pid) }
  for (const socket of sockets) socket.removeAllListeners('close').destroy()
  return { rounds, renderings: after.rendered - before.rendered, cpuMs: after.cpuMs - before.cpuMs }
}

async function openAll(node: NodeProcess, consumer: string, heard: () => void): Promise<readonly Socket[]> {
  const path = `/v4/default/registry/microservices/${consumer}/watcher`
  const sockets: Socket[] = []
  while (sockets.length < watchers) {
    const batch = Math.min(HANDSHAKES_AT_ONCE, watchers - sockets.length)
    const opening = Array.from({ length: batch }, () => rawWatcher(node.options.place.http, path, heard))
    sockets.push(...(await Promise.all(opening)))
  }
  return sockets
}

const fleet = new Fleet()
fleet.closeOnSignals()
try {
  const node = await fleet.node({ place: await fleet.place(), name: 'watched', data: await fleet.folder() }).ready()
  const {
    rounds,
    renderings,
    cpuMs: cpu,
  } = await measure(node, async heard => openAll(node, await registerConsumer(node), heard))
  const row = (what: string, sample: readonly number[]) => [
    what,
    ...[0.5, 0.99, 1].map(q => `${quantile(sample, q).toFixed(0)} ms`),
  ]
  console.log(`${provenance()}; load ${loadavg()[0]?.toFixed(1)}\n`)
  console.log(`${watchers} watchers of one consumer, a provider of ${instances} instances, ${changes} changes:\n`)
  const first = rounds.map(delays => delays[0] as number)
  const last = rounds.map(delays => delays.at(-1) as number)
  console.log(
    table([
      ['a change reaches', 'p50', 'p99', 'most'],
      row('the first', first),
      row('any', rounds.flat()),
      row('the last', last),
    ]),
  )
  console.log(
    `\n${renderings} renderings for ${changes} changes; ${(cpu / changes).toFixed(0)} ms CPU of the node a change`,
  )
} finally {
  await fleet.close()
}
