import type { NodeId } from '../../../src/core/model.ts'
import { Link, type LinkEnd } from '../world/link.ts'
import type { SimNode } from '../world/node.ts'
import { type Fault, type Faults, runningNodes } from './fault.ts'
import { kill } from './process-faults.ts'

/** All nodes of a cluster are lost with their disks; new ones stand at their addresses. */
const replacedCluster: Fault = async storm => {
  const { world, random } = storm
  const nodes = random.maybePick([...Map.groupBy(runningNodes(storm), node => node.cluster).values()]) ?? []
  const cluster = nodes[0]?.cluster
  const lost = world.nodes.filter(node => node.cluster === cluster && !node.gone)
  if (cluster === undefined || world.nodes.every(node => node.gone || node.cluster === cluster)) return false
  world.note(`cluster ${cluster} is replaced`)
  world.replacedAtMs = world.nowMs
  for (const node of lost) {
    world.lostDisk(node)
    if (node.process !== undefined) kill(world, node, random.chance(0.5))
    node.gone = true
  }
  await world.sleep(random.between(1_000, 10_000))
  const heirs = new Map(lost.map(node => [node, world.addNode(heirOf(node, world.nodes.length))]))
  for (const link of [...world.network.links]) {
    const ends = link.ends.map(end => heir(end, heirs))
    if (ends.every((end, i) => end === link.ends[i])) continue
    const [a, b] = ends
    if (a === undefined || b === undefined || a.node.gone || b.node.gone) continue
    const moved = new Link([a, b], link.delayMs, link.jitterMs)
    moved.weather = link.weather
    world.network.add(moved)
  }
  for (const node of heirs.values()) node.start()
  return true
}

const heirOf = ({ id, cluster, machine, options, disk }: SimNode, count: number) => ({
  id: `${id}r${count}` as NodeId,
  cluster,
  machine: { ...machine },
  options,
  durable: disk !== undefined,
  heir: true,
})

const heir = (end: LinkEnd, heirs: ReadonlyMap<SimNode, SimNode>): LinkEnd => {
  const node = heirs.get(end.node)
  return node === undefined ? end : { ...end, node }
}

export const REPLACEMENT_FAULTS: Faults = { 'replaced cluster': replacedCluster }
