import { createInterface } from 'node:readline/promises'
import type { Lag, PeersView, PeerView, Retired } from '../../center/ports.ts'
import { usage } from '../cli-error.ts'
import { age, type Column, type Output, orDash, printable } from '../output.ts'
import type { Action } from '../run.ts'

/** Clocks that differ by less say nothing: a beat takes its time, too. */
const CLOCK_SHOWN_MS = 1_000

const COLUMNS: readonly Column<PeerView>[] = [
  { title: 'NODE', value: row => row.name, style: () => 'bold', shrink: 2 },
  { title: 'CLUSTER', value: row => row.cluster, shrink: 1 },
  {
    title: 'STATE',
    value: row => stateOf(row),
    style: row => (row.state === 'up' ? 'good' : row.state === 'self' ? undefined : 'bad'),
  },
  { title: 'LINK', value: row => (row.state === 'self' ? '-' : row.direct ? 'direct' : 'relayed') },
  {
    title: 'BEHIND',
    value: row => lagOf(row.state === 'self' ? undefined : row.behind),
    style: row => styleOf(row.behind),
  },
  { title: 'LACKS OURS', value: row => lagOf(row.lackedBy), style: row => styleOf(row.lackedBy) },
  {
    title: 'CLOCK',
    value: row => clockOf(row.clockAheadMs),
    style: row => (clockOf(row.clockAheadMs).length > 1 ? 'warn' : undefined),
  },
  {
    title: 'PROBE',
    value: row => (row.probe === undefined ? '-' : `${row.probe.medianMs.toFixed(1)}ms`),
    align: 'right',
  },
  { title: 'LEASES', value: row => String(row.leasesHeld), align: 'right' },
  { title: 'VERSION', value: row => row.version, shrink: 3 },
  { title: 'REFUSED', value: row => String(row.refusedRecords), align: 'right', wide: true },
  { title: 'HTTP', value: row => orDash(row.http.join(',')), wide: true },
  { title: 'ID', value: row => row.node, wide: true },
]

const stateOf = ({ state, silentMs }: PeerView): string =>
  state === 'silent' || state === 'retired' ? `${state} ${silentMs === undefined ? '' : age(silentMs)}`.trim() : state

const lagOf = (lag: Lag | undefined): string =>
  lag === undefined ? '-' : lag.changes === 0 ? '0' : `${lag.changes} (${age(lag.ms)})`

const styleOf = (lag: Lag | undefined) => (lag !== undefined && lag.changes > 0 ? ('warn' as const) : undefined)

const clockOf = (aheadMs: number | undefined): string =>
  aheadMs === undefined || Math.abs(aheadMs) < CLOCK_SHOWN_MS
    ? '-'
    : `${aheadMs < 0 ? '-' : '+'}${age(Math.abs(aheadMs))}`

/** The nodes of the federation, then what is wrong: addresses, refused nodes, refused records. */
export const peers: Action = async ({ client, out }) => {
  const view = await client.v4<PeersView>('GET', '/admin/peers')
  if (out.isForPrograms) {
    await out.data(view)
    return undefined
  }
  await out.table(view.peers, COLUMNS)
  const failing = view.addresses.filter(({ state }) => state !== 'connected')
  list(out, 'Configured addresses that lead to no peer', failing, ({ address, cluster, state, failures, error }) =>
    state === 'self'
      ? `${address} is this node itself`
      : `${address}${cluster === undefined ? '' : ` (${cluster})`}: ${error ?? state}, ${failures} failures`,
  )
  list(
    out,
    'Nodes that were refused',
    view.refusals,
    ({ who, reason, times, remedy }) => `${who} (${reason}, ${times} times): ${remedy}`,
  )
  list(
    out,
    'Records that were refused',
    view.refusedRecords,
    ({ key, reason, times }) => `${key}: ${reason}, ${times} times`,
  )
  return undefined
}

function list<T>(out: Output, title: string, rows: readonly T[], text: (row: T) => string): void {
  if (rows.length === 0) return
  out.line(`\n${out.styled('bold', title)}`)
  for (const row of rows) out.line(`  - ${printable(text(row))}`)
}

export interface RetireOptions {
  readonly undo?: boolean
  readonly yes?: boolean
}

/** Says that a node or cluster is gone for good, or takes that back. Asks on a terminal, unless told not to. */
export const retire: Action<RetireOptions> = async ({ client, out }, options, [name = '']) => {
  if (options.undo !== true) await confirm(out, name, options.yes === true)
  const done =
    options.undo === true
      ? await client.v4<Retired>('DELETE', '/admin/retire', { query: { name } })
      : await client.v4<Retired>('POST', '/admin/retire', { body: { name } })
  if (out.isForPrograms) await out.data(done)
  else out.line(`${done.kind} ${done.name} (${done.id}) is ${options.undo === true ? 'no longer retired' : 'retired'}`)
  return undefined
}

async function confirm(out: Output, name: string, yes: boolean): Promise<void> {
  if (yes) return
  const what = `Retiring ${name} ends the leases it held; of a cluster it removes everything that it registered.`
  if (!out.isTerminal || process.stdin.isTTY !== true) throw usage('nobody is there to confirm', `${what} Say --yes.`)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`${what}\nType its name to go on: `)
  terminal.close()
  if (answer.trim() !== name) throw usage('not confirmed', 'Nothing was changed.')
}
