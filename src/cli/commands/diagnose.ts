import type { PeersView } from '../../center/ports.ts'
import { CliError, EXIT } from '../cli-error.ts'
import type { Client } from '../client.ts'
import { printable } from '../output.ts'
import { type Cache, readCache } from '../registry-dump.ts'
import type { Action, Run } from '../run.ts'

export interface DiagnoseOptions {
  readonly etcdAddr?: string
  readonly [option: string]: unknown
}

/** Differences of one kind that are listed; more are counted. */
const LISTED_MAX = 20

interface Report {
  readonly node: string
  readonly compared: readonly string[]
  readonly unreachable: readonly string[]
  readonly problems: readonly string[]
  readonly differences: readonly Difference[]
}

interface Difference {
  readonly with: string
  readonly what: 'missing here' | 'missing there' | 'different'
  readonly keys: readonly string[]
}

/**
 * The reference compares a center's cache with its etcd. Here nodes keep the registry themselves, so one node is compared
 * with every other that can be reached, and what it finds wrong with itself is listed.
 */
export const diagnose: Action<DiagnoseOptions> = async (run, options) => {
  const { client, out } = run
  if (Object.keys(options).some(name => name.startsWith('etcd'))) {
    out.note('there is no etcd behind this registry: nodes are compared with each other instead')
  }
  const peers = await client.v4<PeersView>('GET', '/admin/peers')
  const problems = [...(await alarmsOf(client)), ...problemsOf(peers)]
  const here = indexOf(await readCache(client))
  const compared: string[] = []
  const unreachable: string[] = []
  const differences: Difference[] = []
  for (const { name, state, http } of peers.peers) {
    if (state === 'self') continue
    const [address] = http
    out.progress(`comparing with ${name}`)
    try {
      if (address === undefined) throw new CliError(`${name} tells no address`, '', EXIT.UNREACHABLE)
      differences.push(...differ(name, here, indexOf(await readCache(client.at(address)))))
      compared.push(name)
    } catch (error) {
      if (!(error instanceof CliError)) throw error
      unreachable.push(`${name}: ${error.message}`)
    }
  }
  out.progress('')
  const report = { node: client.address, compared, unreachable, problems, differences }
  if (out.isForPrograms) await out.data(report)
  else print(run, report)
  return problems.length + differences.length === 0 ? EXIT.OK : EXIT.NO
}

async function alarmsOf(client: Client): Promise<string[]> {
  const { alarms = [] } = await client.v4<{
    readonly alarms?: readonly { readonly id: string; readonly fields: Readonly<Record<string, string>> }[]
  }>('GET', '/admin/alarms')
  return alarms.map(({ id, fields }) => `${id}: ${fields.detail ?? ''}`)
}

function problemsOf({ peers, addresses, refusals, refusedRecords }: PeersView): string[] {
  const behind = peers.filter(peer => peer.behind.changes > 0)
  return [
    ...behind.map(
      peer => `this node lacks ${peer.behind.changes} changes of ${peer.name}, for ${peer.behind.ms / 1_000} s`,
    ),
    ...addresses
      .filter(({ state, failures }) => state !== 'connected' && state !== 'self' && failures > 0)
      .map(({ address, error }) => `${address} leads to no peer: ${error ?? 'no answer'}`),
    ...refusals.map(({ who, remedy }) => `${who} was refused: ${remedy}`),
    ...refusedRecords.map(({ key, reason }) => `record ${key} was refused: ${reason}`),
  ]
}

/** What two nodes must agree on: which services and instances there are, and the content of each instance. */
const indexOf = (cache: Cache): ReadonlyMap<string, number> =>
  new Map([
    ...(cache.services ?? []).map(({ key }): [string, number] => [key, 0]),
    // Every node shows its own cluster's centers only.
    ...(cache.instances ?? [])
      .filter(({ value }) => !isCenter(cache, value.serviceId))
      .map(({ key, rev }): [string, number] => [key, rev]),
  ])

const isCenter = ({ services = [] }: Cache, serviceId: string): boolean =>
  services.some(({ value }) => value.serviceId === serviceId && value.serviceName === 'SERVICECENTER')

function differ(name: string, here: ReadonlyMap<string, number>, there: ReadonlyMap<string, number>): Difference[] {
  const keys = (what: Difference['what'], found: Iterable<string>): Difference[] => {
    const list = [...found]
    return list.length === 0 ? [] : [{ with: name, what, keys: list }]
  }
  return [
    ...keys(
      'missing here',
      [...there.keys()].filter(key => !here.has(key)),
    ),
    ...keys(
      'missing there',
      [...here.keys()].filter(key => !there.has(key)),
    ),
    ...keys(
      'different',
      [...here].flatMap(([key, rev]) => (there.has(key) && there.get(key) !== rev ? [key] : [])),
    ),
  ]
}

function print({ out }: Run, { compared, unreachable, problems, differences }: Report): void {
  out.line(`Compared with ${compared.length === 0 ? 'no other node' : compared.join(', ')}.`)
  for (const each of unreachable) out.line(`Not compared with ${printable(each)}`)
  for (const { with: name, what, keys } of differences) {
    out.line(out.styled('bad', `${keys.length} ${what} (${name}):`))
    for (const key of keys.slice(0, LISTED_MAX)) out.line(`  ${printable(key)}`)
    if (keys.length > LISTED_MAX) out.line(`  and ${keys.length - LISTED_MAX} more`)
  }
  for (const problem of problems) out.line(`${out.styled('bad', 'Problem:')} ${printable(problem)}`)
  if (problems.length + differences.length === 0) out.line(out.styled('good', 'Nothing is wrong.'))
}
