/**
 * What a node adds to a bare Fastify route that answers the same bytes: requests a second as a ratio, and CPU per request
 * beside it. Node and bare route take turns in the same run; each number is the median of its rounds. `… http.ts register`
 * measures only the requests whose names contain a word.
 */
import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import autocannon, { type Request } from 'autocannon'
import { freePorts } from '../../test/helpers/ports.ts'
import { Fleet, type NodeProcess } from '../../test/helpers/process.ts'
import { Registry } from '../../test/helpers/registry.ts'
import type { PreparedAnswer } from './bare.ts'
import { cpuMs, median, provenance, table } from './measure.ts'
import { sampleInstance } from './sample.ts'

const ROUNDS = 5
const ROUND_SECONDS = 2
/** V8 compiles what is hot only after tens of thousands of requests, of the bare route as of the node. */
const WARM_UP_ROUNDS = 3
const CONNECTIONS = 32
/** So many clients start at the same time: what they write shares a sync of the disk. */
const REGISTERING_CONNECTIONS = 256
const SIZES = [1, 100, 1_000]
/** Registrations go to many services, as they do in life; heartbeats to as many instances. */
const SERVICES = 100
const HEARTBEAT_INSTANCES = 1_000
const HEARTBEAT_SECONDS = 3_600
/** Headers that a server or the connection writes by itself. */
const OWN_HEADERS = /^(date|connection|keep-alive|content-length|transfer-encoding)$/
const [WORD = ''] = process.argv.slice(2)
const JSON_HEADERS = { 'Content-Type': 'application/json' }

interface Case {
  readonly name: string
  /** The route as Fastify writes it. */
  readonly route: string
  /** Sent in turn by every connection. */
  readonly requests: readonly Request[]
  readonly connections: number
  /** Before each round: what the node then begins with. */
  readonly prepare?: () => Promise<void>
}

interface Round {
  readonly perSecond: number
  readonly cpuMicros: number
}

const REGISTRY = '/v4/default/registry'
const INSTANCES = `${REGISTRY}/microservices/:serviceId/instances`

async function serviceWith(
  registry: Registry,
  serviceName: string,
  size: number,
): Promise<{ sid: string; ids: string[] }> {
  const sid = await registry.service(serviceName)
  const path = `/microservices/${sid}/instances`
  const ids: string[] = []
  for (let i = 0; i < size; i++) {
    ids.push(
      (await registry.call<{ instanceId: string }>('POST', path, { instance: sampleInstance(i, 0, HEARTBEAT_SECONDS) }))
        .instanceId,
    )
  }
  return { sid, ids }
}

async function reads(registry: Registry): Promise<Case[]> {
  const route = `${REGISTRY}/instances`
  const find = (size: number, query = ''): Request => {
    return { method: 'GET', path: `${route}?appId=default&serviceName=size-${size}${query}` }
  }
  const cases: Case[] = []
  for (const size of SIZES) {
    await serviceWith(registry, `size-${size}`, size)
    cases.push({ name: `find ${size}`, route, requests: [find(size)], connections: CONNECTIONS })
  }
  const revision = (await registry.request('GET', find(100).path)).headers['x-resource-revision']
  const unchanged = [find(100, `&rev=${revision}`)]
  return [...cases, { name: 'find 100, not modified', route, requests: unchanged, connections: CONNECTIONS }]
}

async function heartbeats(registry: Registry): Promise<Case> {
  const { sid, ids } = await serviceWith(registry, 'beating', HEARTBEAT_INSTANCES)
  const requests = ids.map(id => {
    return { method: 'PUT', path: `${REGISTRY}/microservices/${sid}/instances/${id}/heartbeat` }
  })
  return { name: 'heartbeat', route: `${INSTANCES}/:instanceId/heartbeat`, requests, connections: CONNECTIONS }
}

async function registrations(registry: Registry, name: string): Promise<Case> {
  const register = (): Promise<string[]> =>
    Promise.all(Array.from({ length: SERVICES }, (_, i) => registry.service(`register-${i}`)))
  const services = await register()
  // Each round begins with empty services: otherwise the last ones would measure a catalog of 200,000 instances.
  const prepare = async (): Promise<void> => {
    for (const sid of services) await registry.call('DELETE', `/microservices/${sid}?force=1`)
    await register()
  }
  const requests = services.map((sid, i) => {
    const body = JSON.stringify({ instance: sampleInstance(i, 0, HEARTBEAT_SECONDS) })
    return { method: 'POST', path: `${REGISTRY}/microservices/${sid}/instances`, body, headers: JSON_HEADERS }
  })
  return { name, route: INSTANCES, requests, connections: REGISTERING_CONNECTIONS, prepare }
}

/** A process of its own that answers the case's first request as the node does, byte for byte. */
async function startBare(fleet: Fleet, registry: Registry, { name, route, requests }: Case) {
  const [first] = requests
  if (first === undefined) throw new Error(`${name} has no request`)
  const { status, headers, text } = await registry.request(first.method, first.path, first.body, { ...first.headers })
  const kept = Object.entries(headers).filter(([header]) => !OWN_HEADERS.test(header))
  const answer: PreparedAnswer = {
    ...{ method: first.method as PreparedAnswer['method'], url: route, status, body: text },
    headers: Object.fromEntries(kept.map(([header, value]) => [header, String(value)])),
  }
  const file = join(await fleet.folder(), 'answers.json')
  await writeFile(file, JSON.stringify([answer]))
  const [port = 0] = await freePorts(1)
  const program = fleet.program('bare', process.execPath, [join(import.meta.dirname, 'bare.ts'), String(port), file])
  await program.line(/listening/, 10_000)
  const copy = await new Registry(`http://127.0.0.1:${port}`).request(first.method, first.path, first.body, {
    ...first.headers,
  })
  if (copy.status !== status || copy.text !== text) throw new Error(`${name}: the bare route answers other bytes`)
  return { program, url: `http://127.0.0.1:${port}`, status, bytes: Buffer.byteLength(text) }
}

async function round(url: string, pid: number, { name, requests, connections }: Case, status: number): Promise<Round> {
  const before = cpuMs(pid)
  const result = await autocannon({ url, connections, duration: ROUND_SECONDS, requests })
  const statuses = Object.keys(result.statusCodeStats ?? {})
  if (result.errors > 0 || statuses.join() !== String(status)) {
    throw new Error(`${name}: ${result.errors} errors, answers ${statuses.join()} instead of ${status}`)
  }
  const { total, average } = result.requests
  return { perSecond: average, cpuMicros: ((cpuMs(pid) - before) * 1000) / total }
}

async function compare(fleet: Fleet, node: { url: string; pid: number; registry: Registry }, one: Case) {
  const bare = await startBare(fleet, node.registry, one)
  const runs = {
    node: async (): Promise<Round> => {
      await one.prepare?.()
      return round(node.url, node.pid, one, bare.status)
    },
    bare: (): Promise<Round> => round(bare.url, bare.program.pid, one, bare.status),
  }
  for (let i = 0; i < WARM_UP_ROUNDS; i++) {
    await runs.node()
    await runs.bare()
  }
  const rounds: { node: Round; bare: Round }[] = []
  for (let i = 0; i < ROUNDS; i++) {
    // Who goes first changes, so that neither profits from the order.
    const [first, second] = i % 2 === 0 ? (['node', 'bare'] as const) : (['bare', 'node'] as const)
    const results = { [first]: await runs[first](), [second]: await runs[second]() }
    rounds.push(results as { node: Round; bare: Round })
  }
  await bare.program.stop()
  return [
    one.name,
    one.connections,
    bare.bytes,
    Math.round(median(rounds.map(({ node }) => node.perSecond))),
    Math.round(median(rounds.map(({ bare }) => bare.perSecond))),
    median(rounds.map(({ node, bare }) => node.perSecond / bare.perSecond)).toFixed(2),
    `${Math.round(median(rounds.map(({ node }) => node.cpuMicros)))} µs`,
    `${Math.round(median(rounds.map(({ bare }) => bare.cpuMicros)))} µs`,
  ]
}

const load = (): string => (loadavg()[0] ?? 0).toFixed(1)

const loadBefore = load()
const fleet = new Fleet()
fleet.closeOnSignals()
try {
  const durable = fleet.node({ place: await fleet.place(), name: 'durable', data: await fleet.folder() })
  const { registry } = await durable.ready()
  const rows: (readonly (string | number)[])[] = []
  const measure = async (node: NodeProcess, cases: readonly Case[]): Promise<void> => {
    for (const one of cases) if (one.name.includes(WORD)) rows.push(await compare(fleet, node, one))
  }
  await measure(durable, [...(await reads(registry)), await heartbeats(registry)])
  await measure(durable, [await registrations(registry, 'register, synced to disk')])
  await durable.stop()
  const memory = await fleet.node({ place: await fleet.place(), name: 'memory' }).ready()
  await measure(memory, [await registrations(memory.registry, 'register, memory only')])
  console.log(`${provenance()}; load ${loadBefore} before and ${load()} after\n`)
  console.log(`Medians of ${ROUNDS} alternating rounds of ${ROUND_SECONDS} s:\n`)
  console.log(
    table([['request', 'connections', 'bytes', 'node /s', 'bare /s', 'ratio', 'CPU node', 'CPU bare'], ...rows]),
  )
} finally {
  await fleet.close()
}
