/**
 * Compares gossip with plain frames on the peer lane: how soon a frame is everywhere, what it costs, and how often it
 * arrives. One process a node, all on this machine.
 *
 *   node scripts/bench/mesh.ts [--nodes 5] [--degree full|4] [--messages 1000] [--rate 100] [--sizes 200,2048]
 */
import { parseArgs } from 'node:util'
import { quantile } from './measure.ts'
import { MeshFleet, type Traffic } from './mesh-fleet.ts'

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '5' },
    degree: { type: 'string', default: 'full' },
    messages: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '100' },
    sizes: { type: 'string', default: '200,2048' },
  },
})
const nodes = Number(values.nodes)
const degree = values.degree === 'full' ? nodes - 1 : Number(values.degree)
const [count, perSecond] = [Number(values.messages), Number(values.rate)]

function print(kind: string, bytes: number, traffic: Traffic): void {
  const at = (q: number): string => quantile(traffic.latenciesMs, q).toFixed(2)
  console.log(
    [
      kind.padEnd(6),
      `${bytes} B`.padStart(7),
      `p50 ${at(0.5)} ms`,
      `p99 ${at(0.99)} ms`,
      `max ${at(1)} ms`,
      `CPU publish ${traffic.publishMicros.toFixed(0)} µs`,
      `receive ${traffic.receiveMicros.toFixed(0)} µs`,
      `received/distinct ${traffic.copies.toFixed(3)}`,
      `missing ${traffic.missing}`,
    ].join('  '),
  )
}

const fleet = await MeshFleet.start(nodes, degree)
try {
  console.log(`${nodes} nodes with ${degree} links each, ${count} frames at ${perSecond} per second from one of them`)
  for (const bytes of values.sizes.split(',').map(Number)) {
    for (const kind of ['gossip', 'lane'] as const)
      print(kind, bytes, await fleet.measure({ kind, bytes, count, perSecond }))
  }
} finally {
  fleet.close()
}
