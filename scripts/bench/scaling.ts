/**
 * What more nodes cost each node: clusters of one node each, from 2 to 32, and nothing changes. From 8 on every node is linked
 * to four others; their traffic and CPU are fitted to a + b × nodes. Then a few changes, and how often each arrives.
 *
 *   node scripts/bench/scaling.ts [--nodes 2,8,16,32] [--seconds 40]
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Fleet, type NodeProcess, type Place } from '../../test/helpers/process.ts'
import { until } from '../../test/helpers/until.ts'
import { cpuMs, median, provenance, spread, table } from './measure.ts'

const { values } = parseArgs({
  options: { nodes: { type: 'string', default: '2,8,16,32' }, seconds: { type: 'string', default: '40' } },
})
const seconds = Number(values.seconds)

const DEGREE = 4
/** Repairs and sessions of the start are over by then. */
const SETTLE_MS = 20_000
const CHANGES = 200
const CHANGES_PER_SECOND = 20
const MEET_DEADLINE_MS = 120_000
const BYTES_PER_NODE_MAX = 32 * DEGREE
const MICROS_PER_NODE_MAX = 50

interface Scale {
  readonly nodes: number
  /** Of each node, in and out. */
  readonly bytesPerSecond: readonly number[]
  readonly microsPerSecond: readonly number[]
  readonly copies: number
}

/** Who each node names in its configuration: the next ones on a ring; all the others where there are few. */
function named(index: number, nodes: number): number[] {
  const others = Array.from({ length: nodes }, (_, other) => other).filter(other => other !== index)
  if (nodes <= DEGREE + 1) return others
  return others.filter(other => {
    const apart = Math.abs(index - other)
    return Math.min(apart, nodes - apart) <= DEGREE / 2
  })
}

/** Thirty-two processes that start at once on two cores take more than the deadline of a test. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let triesLeft = 5; ; triesLeft--) {
    try {
      return await work()
    } catch (error) {
      if (triesLeft === 0) throw error
    }
  }
}

async function start(fleet: Fleet, nodes: number): Promise<NodeProcess[]> {
  const places: Place[] = []
  while (places.length < nodes) places.push(await fleet.place())
  const started = places.map((place, i) =>
    fleet.node({
      ...{ place, name: `n${i}`, cluster: `sc${i}`, flags: ['--log-level', 'warn'] },
      clusters: named(i, nodes)
        .map(other => `sc${other}=${places[other]?.url}`)
        .join(','),
    }),
  )
  for (const node of started) await patiently(() => node.ready())
  return started
}

/** Everything that the node counts of its mesh, by name. */
async function meshCounts({ registry }: NodeProcess): Promise<ReadonlyMap<string, number>> {
  const { text } = await registry.request('GET', '/metrics')
  return new Map(
    [...text.matchAll(/^grapevine_mesh\{what="(\w+)"\} (\S+)$/gm)].map(([, what = '', n]) => [what, Number(n)]),
  )
}

const trafficOf = (counts: ReadonlyMap<string, number>): number =>
  [...counts].reduce((sum, [what, n]) => (/^traffic_\w+_bytes(In|Out)$/.test(what) ? sum + n : sum), 0)

/** Payload bytes received ÷ bytes of distinct changes, over all nodes. */
async function copiesOf(nodes: readonly NodeProcess[]): Promise<number> {
  const before = await Promise.all(nodes.map(meshCounts))
  const sids = await Promise.all(nodes.map(({ registry }, i) => registry.service(`changing-${i}`)))
  for (let i = 0; i < CHANGES; i++) {
    const at = i % nodes.length
    await nodes[at]?.registry.instance(sids[at] ?? '', { hostName: `host-${i}`, endpoints: [`rest://10.0.0.1:${i}`] })
    await pause(1_000 / CHANGES_PER_SECOND)
  }
  await pause(1_000)
  const after = await Promise.all(nodes.map(meshCounts))
  const grown = (what: string): number =>
    after.reduce((sum, counts, i) => sum + (counts.get(what) ?? 0) - (before[i]?.get(what) ?? 0), 0)
  return grown('gossip_arrivedBytes') / grown('gossip_distinctBytes')
}

async function measure(nodes: number): Promise<Scale> {
  const fleet = new Fleet()
  fleet.closeOnSignals()
  try {
    const started = await start(fleet, nodes)
    for (const { name, registry } of started) {
      await until(`${name} knows all`, MEET_DEADLINE_MS, async () => {
        const { text } = await registry.request('GET', '/metrics')
        return [...text.matchAll(/^grapevine_node_silent_seconds\{/gm)].length >= nodes - 1
      })
    }
    await pause(SETTLE_MS)
    const look = () =>
      Promise.all(started.map(async node => [trafficOf(await meshCounts(node)), cpuMs(node.pid) * 1_000] as const))
    const before = await look()
    await pause(seconds * 1_000)
    const after = await look()
    const perSecond = (column: 0 | 1): number[] =>
      after.map((each, i) => (each[column] - (before[i]?.[column] ?? 0)) / seconds)
    const copies = await copiesOf(started)
    return { nodes, bytesPerSecond: perSecond(0), microsPerSecond: perSecond(1), copies }
  } finally {
    await fleet.close()
  }
}

/** The line of least squares, and the largest distance of a point from it. */
function lineOf(points: readonly (readonly [x: number, y: number])[]): { a: number; b: number; residual: number } {
  const mean = (of: (point: readonly [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [x, y] = [mean(point => point[0]), mean(point => point[1])]
  const b = mean(point => (point[0] - x) * (point[1] - y)) / mean(point => (point[0] - x) ** 2)
  const a = y - b * x
  return { a, b, residual: Math.max(...points.map(point => Math.abs(point[1] - a - b * point[0]))) }
}

const scales: Scale[] = []
for (const nodes of values.nodes.split(',').map(Number)) scales.push(await measure(nodes))
const drawn = scales.filter(({ nodes }) => nodes > DEGREE + 1)
const lines = [
  { what: 'traffic', of: (scale: Scale) => scale.bytesPerSecond, max: BYTES_PER_NODE_MAX, unit: 'B/s' },
  { what: 'CPU', of: (scale: Scale) => scale.microsPerSecond, max: MICROS_PER_NODE_MAX, unit: 'µs/s' },
]
console.log(`${provenance()}\n`)
console.log(`Medians over the nodes (lowest to highest), ${seconds} s in which nothing changed, in and out together:\n`)
console.log(
  table([
    ['nodes', 'links of a node', 'traffic of a node', 'CPU of a node', 'copies of a change'],
    ...scales.map(({ nodes, bytesPerSecond, microsPerSecond, copies }) => [
      nodes,
      Math.min(DEGREE, nodes - 1),
      spread(bytesPerSecond, 0, 'B/s'),
      spread(microsPerSecond, 0, 'µs/s'),
      copies.toFixed(2),
    ]),
  ]),
)
if (drawn.length > 1) {
  const fitted = lines.map(({ what, of, max, unit }) => ({
    ...{ what, max, unit },
    ...lineOf(drawn.map(scale => [scale.nodes, median(of(scale))])),
  }))
  console.log(`\nOf the ${drawn.map(({ nodes }) => nodes).join(', ')} nodes with four links each, a + b × nodes:\n`)
  console.log(
    table([
      ['of a node', 'a', 'b', 'bound of b', 'residual'],
      ...fitted.map(({ what, a, b, max, unit, residual }) => [
        what,
        ...[a, b, max, residual].map(n => `${n.toFixed(0)} ${unit}`),
      ]),
    ]),
  )
  const growth = (drawn.at(-1)?.copies ?? 1) / (drawn[0]?.copies ?? 1)
  console.log(
    `\nCopies of a change: ${growth.toFixed(2)} times as many with the most nodes as with the fewest of these.`,
  )
  if (fitted.some(({ b, max }) => b > max) || growth > 1.1) process.exitCode = 1
}
