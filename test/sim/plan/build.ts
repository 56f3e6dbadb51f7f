import type { NodeId } from '../../../src/core/model.ts'
import { Link } from '../world/link.ts'
import { SeededRandom } from '../world/random.ts'
import { World } from '../world/world.ts'
import { drawDialect } from './dialects.ts'
import type { Plan } from './plan.ts'

/** The wall clock of most machines at the beginning, milliseconds since 1970. */
export const WALL_MS = 1_800_000_000_000
const HOUR_MS = 3_600_000
const ORPHAN_AFTER_MS = 24 * HOUR_MS

/** The world that a plan describes: nodes about to start, links that dial. */
export const buildWorld = (plan: Plan): World => {
  const world = new World(`world ${plan.seed}`)
  const random = new SeededRandom(`build ${plan.seed}`)
  const { topology, conditions } = plan
  for (const [i, cluster] of topology.clusterOf.entries()) {
    const settings = {
      id: `N${i}c${cluster + 1}` as NodeId,
      cluster,
      machine: {
        wallAtZeroMs: wallOf(plan, random),
        rate: conditions.has('drift') ? random.between(0.995, 1.005) : 1,
      },
      options: {
        label: `sc${cluster + 1}`,
        peersConfigured: topology.links.length > 0,
        startAloneMs: plan.startAloneMs,
        unreachable: plan.unreachable,
        hideAfterMs: plan.hideAfterMs,
        silentNode: plan.silentNode,
        orphanAfterMs: ORPHAN_AFTER_MS,
        sliceBytes: plan.sliceBytes,
      },
      durable: !(conditions.has('no disk') && random.chance(0.4)),
    }
    const dialect = conditions.has('another version')
      ? drawDialect(new SeededRandom(`dialect ${plan.seed} ${i}`))
      : undefined
    const node = world.addNode(settings, dialect)
    world.events.after(random.between(0, 1_000), () => node.start())
  }
  for (const { a, b, roleAtA, roleAtB, delayMs, jitterMs } of topology.links) {
    const [nodeA, nodeB] = [world.nodes[a], world.nodes[b]]
    if (nodeA === undefined || nodeB === undefined) throw new Error('a link without a node')
    const nameOf = (role: string, cluster: number): string | undefined =>
      role === 'foreign' ? `sc${cluster + 1}` : undefined
    const link = new Link(
      [
        { node: nodeA, role: roleAtA, configuredName: nameOf(roleAtA, nodeB.cluster) },
        { node: nodeB, role: roleAtB, configuredName: nameOf(roleAtB, nodeA.cluster) },
      ],
      delayMs,
      jitterMs,
    )
    link.weather = plan.weather
    world.network.add(link)
  }
  return world
}

const wallOf = ({ conditions }: Plan, random: SeededRandom): number => {
  if (conditions.has('a clock in 1970') && random.chance(0.25)) return 0
  if (!conditions.has('skewed clocks')) return WALL_MS + random.between(-20, 20)
  return WALL_MS + random.pick([0, -300_000, 300_000, -12 * HOUR_MS, 12 * HOUR_MS]) * random.fraction()
}
