/**
 * Unmodified clients against two clusters of real nodes: the programs of test/interop, built by `scripts/interop`, first as
 * anybody, then, those that can log in, with an account against nodes that ask for one. Each scenario prints PASS or FAIL
 * with its time; the last line sums up. An argument runs only the scenarios it is part of.
 */
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePorts } from '../test/helpers/ports.ts'
import { Fleet, type NodeProcess } from '../test/helpers/process.ts'
import type { Program } from '../test/helpers/program.ts'
import { Registry } from '../test/helpers/registry.ts'
import { until } from '../test/helpers/until.ts'

const BUILT = join(import.meta.dirname, '../.cache/interop')
const CALL_DEADLINE_MS = 90_000
const SPREAD_DEADLINE_MS = 10_000
/** The suite waits for a lease of 20 s to run out, and up to 35 s for a websocket to be closed. */
const SUITE_DEADLINE_MS = 180_000

type Chassis = 'quickstart-v1' | 'quickstart-v2'

type Center = Pick<NodeProcess, 'name' | 'url' | 'registry'>

interface Clusters {
  readonly fleet: Fleet
  readonly sc1: Center
  readonly sc2: Center
  /** Flags of the programs. */
  readonly account: readonly string[]
}

const ACCOUNT = { name: 'root', password: 'Complicated_password1' }
const RBAC = { RBAC_ENABLE: 'true', SC_INIT_ROOT_PASSWORD: ACCOUNT.password }

const program = ({ fleet, account }: Clusters, path: string, ...args: readonly string[]): Program =>
  fleet.program(path, join(BUILT, path), [...account, ...args], { cwd: BUILT }) // go-chassis leaves a log folder where it runs

/** go-chassis names its second protocol differently in its two generations; both offer REST. */
const PROTOCOL = { 'quickstart-v1': 'highway', 'quickstart-v2': 'grpc' } as const

/** A provider of `service` at a center, once its instance is registered there. Its `REST` port tells it from others. */
async function provider(clusters: Clusters, chassis: Chassis, center: Center, service: string, ...more: string[]) {
  const [rest = 0, other = 0] = await freePorts(2)
  const ports = ['-rest', `127.0.0.1:${rest}`, `-${PROTOCOL[chassis]}`, `127.0.0.1:${other}`]
  const run = program(clusters, `${chassis}/bin/server`, '-sc', center.url, '-service', service, ...ports, ...more)
  await until(`${service} is registered`, CALL_DEADLINE_MS, async () => {
    if (run.end !== undefined) return true
    return (await restPorts(center, service)).includes(rest)
  })
  if (run.end !== undefined) throw new Error(`the provider ended:\n${run.output}`)
  return { run, rest, other }
}

/** REST ports of a service's instances as found at a center, sorted. */
async function restPorts(center: Center, service: string): Promise<number[]> {
  const endpoints = (await center.registry.find(service)).flatMap(instance => instance.endpoints ?? [])
  return endpoints
    .filter(endpoint => endpoint.startsWith('rest:'))
    .map(endpoint => Number(new URL(endpoint).port))
    .sort()
}

async function foundAtBoth({ sc1, sc2 }: Clusters, service: string, ...ports: readonly number[]): Promise<void> {
  for (const center of [sc1, sc2]) {
    await until(
      `${center.name} finds ${service} at ${ports.join(' and ') || 'no port'}`,
      SPREAD_DEADLINE_MS,
      async () => {
        return (await restPorts(center, service)).join() === ports.toSorted().join()
      },
    )
  }
}

/** The original's quick start: server at sc2, client registered at sc1, discovering at sc1. */
async function quickstart(
  clusters: Clusters,
  chassis: Chassis,
  service: string,
  lines: readonly RegExp[],
  ...more: string[]
) {
  const { sc1, sc2 } = clusters
  const { run, rest, other } = await provider(clusters, chassis, sc2, service, ...more)
  const client = program(
    clusters,
    `${chassis}/bin/client`,
    ...['-registrator', sc1.url, '-discovery', sc1.url, '-target', service, '-deadline', '60s'],
  )
  const { code } = await client.ended(CALL_DEADLINE_MS)
  if (code !== 0) throw new Error(`the client ended with ${code}:\n${client.output}`)
  for (const line of [...lines, new RegExp(`127.0.0.1:${other}`)]) await client.line(line, 0)
  await foundAtBoth(clusters, service, rest)
  await run.stop()
  await foundAtBoth(clusters, service)
}

/** One application registers at sc1, then at sc2: both are found at both, and each takes only itself away. */
async function sameApplication(clusters: Clusters, chassis: Chassis, service: string): Promise<void> {
  const first = await provider(clusters, chassis, clusters.sc1, service)
  await foundAtBoth(clusters, service, first.rest)
  const second = await provider(clusters, chassis, clusters.sc2, service)
  await foundAtBoth(clusters, service, first.rest, second.rest)
  await first.run.stop()
  await foundAtBoth(clusters, service, second.rest)
  await second.run.stop()
  await foundAtBoth(clusters, service)
}

async function suite(clusters: Clusters, ...args: readonly string[]): Promise<void> {
  const run = program(clusters, 'scclient-suite/bin/scclient-suite', ...args)
  const { code } = await run.ended(SUITE_DEADLINE_MS)
  if (code !== 0)
    throw new Error(
      run.output
        .split('\n')
        .filter(line => !line.startsWith('PASS'))
        .join('\n'),
    )
}

const ANSWER = /employList:<name:"One" phone:"15989351111" >/
const V1_LINES = [/Register \[(.+\/)?Client\] success/, /Create client for highway:Server:/, ANSWER]

type Scenario = readonly [string, (clusters: Clusters) => Promise<void>]

const SCENARIOS: readonly Scenario[] = [
  ['go-chassis 1.1.3 quick start', c => quickstart(c, 'quickstart-v1', 'Server', V1_LINES)],
  ['go-chassis 2.8.0 quick start', c => quickstart(c, 'quickstart-v2', 'Server2', [/OK rest/, /OK grpc/])],
  [
    'go-chassis 2.8.0 quick start, websocket heartbeats',
    c => quickstart(c, 'quickstart-v2', 'Server3', [/OK rest/, /OK grpc/], '-heartbeat', 'ping-pong'),
  ],
  ['go-chassis 1.1.3, one application at both', c => sameApplication(c, 'quickstart-v1', 'Both1')],
  ['go-chassis 2.8.0, one application at both', c => sameApplication(c, 'quickstart-v2', 'Both2')],
  ['sc-client 0.7.0, every method at one node', c => suite(c, c.sc1.url)],
  ['sc-client 0.7.0, from one cluster to the other', c => suite(c, '-cross', c.sc1.url, c.sc2.url)],
  ['sc-client 0.7.0, one application at both', c => suite(c, '-same', c.sc1.url, c.sc2.url)],
]

/** go-chassis 1.1.3 knows no accounts, and sc-client 0.7.0 sends no token with websockets: without what needs those. */
const WITH_ACCOUNTS: readonly Scenario[] = [
  [
    'go-chassis 2.8.0 quick start, with accounts',
    c => quickstart(c, 'quickstart-v2', 'Server2', [/OK rest/, /OK grpc/]),
  ],
  ['go-chassis 2.8.0, one application at both, with accounts', c => sameApplication(c, 'quickstart-v2', 'Both2')],
  ['sc-client 0.7.0, every method at one node, with accounts', c => suite(c, c.sc1.url)],
  ['sc-client 0.7.0, one application at both, with accounts', c => suite(c, '-same', c.sc1.url, c.sc2.url)],
]

/** A node as its administrator sees it. */
async function loggedIn({ name, url, registry }: NodeProcess): Promise<Center> {
  const { status, text } = await registry.request('POST', '/v4/token', JSON.stringify(ACCOUNT))
  if (status !== 200) throw new Error(`login at ${name}: ${status} ${text}`)
  return { name, url, registry: new Registry(url, { token: (JSON.parse(text) as { token: string }).token }) }
}

async function securedClusters(fleet: Fleet): Promise<Clusters> {
  const { sc1, sc2 } = await fleet.twoClusters({ sc1: { env: RBAC }, sc2: { env: RBAC } })
  const account = ['-user', ACCOUNT.name, '-password', ACCOUNT.password]
  return { fleet, sc1: await loggedIn(sc1), sc2: await loggedIn(sc2), account }
}

/** sc-client falls back to this address without a word: whoever listens there would be tested instead. */
async function nobodyAtDefaultPort(): Promise<void> {
  const taken = await new Promise<boolean>(resolve => {
    const socket = connect(30100, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
  if (taken)
    throw new Error(
      'something listens at 127.0.0.1:30100, where sc-client goes when it loses its server: stop it first',
    )
}

const [only = ''] = process.argv.slice(2)
const count = { passed: 0, failed: 0 }

async function runAll(scenarios: readonly Scenario[], start: (fleet: Fleet) => Promise<Clusters>): Promise<void> {
  const chosen = scenarios.filter(([text]) => text.includes(only))
  if (chosen.length === 0) return
  const fleet = new Fleet()
  fleet.closeOnSignals()
  try {
    const clusters = await start(fleet)
    for (const [name, scenario] of chosen) {
      const startedMs = performance.now()
      const failure = await scenario(clusters).catch((error: unknown) => error)
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
      count[failure === undefined ? 'passed' : 'failed']++
      console.log(failure === undefined ? `PASS ${name} (${seconds} s)` : `FAIL ${name} (${seconds} s): ${failure}`)
    }
  } finally {
    await fleet.close()
  }
}

await nobodyAtDefaultPort()
await runAll(SCENARIOS, async fleet => ({ fleet, ...(await fleet.twoClusters()), account: [] }))
await runAll(WITH_ACCOUNTS, securedClusters)
console.log(`${count.passed} passed, ${count.failed} failed`)
process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1
