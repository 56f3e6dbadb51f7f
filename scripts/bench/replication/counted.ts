/** The rows that count bytes and messages. They run in this process and hardly depend on the machine. */
import { MeshFleet } from '../mesh-fleet.ts'
import { type RepairCost, repairCosts } from './repair.ts'
import type { Row } from './row.ts'
import { standingAtDegreeFour, standingBetweenClusters, standingInCluster } from './standing.ts'

const DIFFERENCES = [0, 1, 100, 10_000]
const ROUND_TRIPS_MAX = 2
const HELD_MS_MAX = 20
const COPIES_MAX = 1.3
const FEDERATIONS = [2, 8, 32]
const LINKS = 4

export async function standingRows(): Promise<Row[]> {
  const between = FEDERATIONS.map((nodes): Row => {
    const what = `2. standing traffic of a link, ${nodes} clusters in a line`
    return { what, measure: 'count', bound: 1024 + 32 * nodes, measured: standingBetweenClusters(nodes), unit: 'B/s' }
  })
  const [few, many] = [8, 32].map(standingAtDegreeFour) as [number, number]
  const grown = (many - few) / (32 - 8)
  const what = `2. standing traffic of a node with ${LINKS} links, for each further node, 8 to 32 clusters`
  const [keeping, switching] = [await standingInCluster(false), await standingInCluster(true)]
  const each = (switching.bytesPerSecond - keeping.bytesPerSecond) / switching.passedOnPerSecond
  const count = { measure: 'count', unit: '' } as const
  const stored = keeping.appends + switching.appends + keeping.writes + switching.writes
  return [
    ...between,
    { what, measure: 'count', bound: 32 * LINKS, measured: grown, unit: 'B/s' },
    { what: '2. a heartbeat passed on inside a cluster', ...count, bound: 16, measured: each, unit: 'B', digits: 1 },
    { what: '2. records written and log appends meanwhile', ...count, bound: 0, measured: stored },
  ]
}

/** `idleDelayMs`: how late timers of an idle process are on this machine. */
export async function repairRows(records: number, idleDelayMs: number): Promise<Row[]> {
  const costs = await repairCosts(records, DIFFERENCES)
  const held = Math.max(...costs.map(({ heldMs }) => heldMs))
  const title = `3. longest that these repairs hold a node, ${records.toLocaleString('en-US')} records`
  const row: Row = {
    what: title,
    measure: 'time',
    bound: HELD_MS_MAX,
    measured: held,
    paired: idleDelayMs,
    unit: 'ms CPU',
  }
  return [...costs.flatMap(rowsOf), row]
}

function rowsOf(cost: RepairCost): Row[] {
  const { records, differing, valueBytes, differingWriters, bytes, returnBytes, roundTrips } = cost
  const [n, d] = [records.toLocaleString('en-US'), differing.toLocaleString('en-US')]
  const what = differing === records ? `3. repair of an empty replica, ${n} records` : `3. repair of ${d} among ${n}`
  const equal = differing === 0
  const bound = equal ? 200 : 64 * differing + valueBytes + 20 * differingWriters + 2 * 1024
  const floor = equal ? 0 : 8 * differing + valueBytes
  const measured = bytes + returnBytes
  return [
    { what: `${what}, both sides`, measure: 'count', bound, measured, floor, unit: 'B' },
    { what: `${what}: round trips`, measure: 'count', bound: ROUND_TRIPS_MAX, measured: roundTrips, unit: '' },
  ]
}

/** A thousand changes a second from one node leave as a hundred to two hundred frames of 0.5 to 5 KB. */
export async function copiesRows(): Promise<Row[]> {
  const rows: Row[] = []
  for (const [nodes, degree] of [
    [5, 4],
    [12, 4],
  ] as const) {
    const fleet = await MeshFleet.start(nodes, degree)
    try {
      for (const bytes of [500, 5_000]) {
        const { copies } = await fleet.measure({ kind: 'gossip', bytes, count: 500, perSecond: 100 })
        const shape = degree === nodes - 1 ? 'a full mesh' : `degree ${degree}`
        const what = `4. copies received, frames of ${bytes} B, ${nodes} nodes in ${shape}`
        rows.push({ what, measure: 'count', bound: COPIES_MAX, measured: copies, floor: 1, unit: '×', digits: 2 })
      }
    } finally {
      fleet.close()
    }
  }
  return rows
}
