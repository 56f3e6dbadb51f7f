/**
 * A node beside any other server that speaks the same REST API, in turn, in one run: requests a second and latency.
 *
 *   REFERENCE=name=http://host:port[,name=…] node scripts/bench/reference.ts
 */
import { randomBytes } from 'node:crypto'
import autocannon, { type Request } from 'autocannon'
import { Fleet } from '../../test/helpers/process.ts'
import { Registry } from '../../test/helpers/registry.ts'
import { median, provenance, spread, table } from './measure.ts'
import { sampleInstance } from './sample.ts'

const ROUNDS = 5
const ROUND_SECONDS = 2
const CONNECTIONS = 10
const SIZES = [1, 100, 1_000]
const HEARTBEAT_SECONDS = 3_600
/** Each is registered once; more than a round takes. */
const NEW_INSTANCES = 20_000
const PREFIX = '/v4/default/registry'
const HEADERS = { 'Content-Type': 'application/json' }

interface Server {
  readonly name: string
  readonly url: string
}

interface Case {
  readonly name: string
  /** A round's requests, sent in turn by every connection. */
  readonly requests: (round: number) => readonly Request[]
}

function references(): Server[] {
  const servers = (process.env.REFERENCE ?? '').split(',').flatMap(text => {
    const [, name = '', url = ''] = /^([\w.-]+)=(http:\/\/[^/]+)\/?$/.exec(text.trim()) ?? []
    return name === '' ? [] : [{ name, url }]
  })
  if (servers.length > 0) return servers
  console.error('reference: set REFERENCE=name=http://host:port to a server to compare with')
  process.exit(2)
}

const register = (sid: string, instance: object): Request => {
  const body = JSON.stringify({ instance })
  return { method: 'POST', path: `${PREFIX}/microservices/${sid}/instances`, body, headers: HEADERS }
}

/** Registers what the cases ask for, under names of this run, and answers the ids of its services. */
async function prepare({ url }: Server): Promise<{ cases: Case[]; sids: string[] }> {
  const registry = new Registry(url)
  const run = `bench-${randomBytes(4).toString('hex')}`
  const cases: Case[] = []
  const sids: string[] = []
  let paths: string[] = []
  let known: object[] = []
  for (const size of SIZES) {
    const serviceName = `${run}-${size}`
    const sid = await registry.service(serviceName)
    sids.push(sid)
    known = Array.from({ length: size }, (_, i) => sampleInstance(i, size & 255, HEARTBEAT_SECONDS))
    paths = []
    for (const instance of known) {
      const body = { instance }
      const { instanceId } = await registry.call<{ instanceId: string }>(
        'POST',
        `/microservices/${sid}/instances`,
        body,
      )
      paths.push(`${PREFIX}/microservices/${sid}/instances/${instanceId}/heartbeat`)
    }
    const path = `${PREFIX}/instances?appId=default&serviceName=${serviceName}&version=1.0.0`
    cases.push({ name: `find ${size}`, requests: () => [{ method: 'GET', path }] })
  }
  const beats = paths.map(path => ({ method: 'PUT', path }))
  const [again = ''] = sids.slice(-1)
  const anew = await registry.service(`${run}-new`)
  cases.push({ name: 'heartbeat', requests: () => beats })
  cases.push({ name: 'register the same again', requests: () => known.map(instance => register(again, instance)) })
  cases.push({
    name: 'register new',
    requests: round =>
      Array.from({ length: NEW_INSTANCES }, (_, i) =>
        register(anew, sampleInstance(20_000 + round * 128 + (i >> 8), i & 255, HEARTBEAT_SECONDS)),
      ),
  })
  return { cases, sids: [...sids, anew] }
}

interface Round {
  readonly perSecond: number
  readonly p99Ms: number
}

async function measure({ name, url }: Server, one: Case, round: number): Promise<Round> {
  const requests = one.requests(round)
  // Of new ones each connection must have its own: two that send the same are no new registrations.
  const connections = one.name === 'register new' ? 1 : CONNECTIONS
  const result = await autocannon({ url, connections, duration: ROUND_SECONDS, requests })
  const statuses = Object.keys(result.statusCodeStats ?? {}).join()
  if (result.errors > 0 || statuses !== '200')
    throw new Error(`${name}, ${one.name}: ${result.errors} errors, answers ${statuses}`)
  return { perSecond: result.requests.average, p99Ms: result.latency.p99 }
}

const others = references()
const fleet = new Fleet()
fleet.closeOnSignals()
try {
  const node = fleet.node({ place: await fleet.place(), name: 'grapevine', data: await fleet.folder() })
  await node.ready()
  const servers = [{ name: 'grapevine', url: node.url }, ...others]
  const prepared = await Promise.all(servers.map(prepare))
  const rows: (string | number)[][] = []
  for (const [i, { name }] of (prepared[0]?.cases ?? []).entries()) {
    const rounds: Round[][] = servers.map(() => [])
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [s, server] of servers.entries()) {
        const measured = await measure(server, prepared[s]?.cases[i] as Case, round)
        if (round > 0) rounds[s]?.push(measured) // the first is a warm-up
      }
    }
    for (const [s, { name: server }] of servers.entries()) {
      const own = rounds[s] ?? []
      const ratio = median(own.map((each, round) => each.perSecond / (rounds[0]?.[round]?.perSecond ?? Number.NaN)))
      rows.push([
        ...[
          name,
          server,
          spread(
            own.map(({ perSecond }) => perSecond),
            0,
            '',
          ),
        ],
        ...[
          spread(
            own.map(({ p99Ms }) => p99Ms),
            0,
            'ms',
          ),
          s === 0 ? '' : ratio.toFixed(2),
        ],
      ])
    }
  }
  console.log(`${provenance()}\n`)
  console.log(
    `Medians of ${ROUNDS} alternating rounds of ${ROUND_SECONDS} s (lowest to highest), ${CONNECTIONS} connections, one for new instances:\n`,
  )
  console.log(table([['request', 'server', 'requests a second', 'p99', '÷ grapevine'], ...rows]))
  for (const [s, { url }] of others.entries()) {
    const registry = new Registry(url)
    for (const sid of prepared[s + 1]?.sids ?? [])
      await registry.request('DELETE', `${PREFIX}/microservices/${sid}?force=1`)
  }
} finally {
  await fleet.close()
}
