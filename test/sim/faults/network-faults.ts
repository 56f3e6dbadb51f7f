import type { Link } from '../world/link.ts'
import type { SimNode } from '../world/node.ts'
import { durationMs, type Fault, type Faults, type Storm } from './fault.ts'

/** Cuts links in the given directions, waits, and heals them. */
const cutFor = async (storm: Storm, cuts: readonly (readonly [Link, readonly SimNode[]])[]): Promise<boolean> => {
  const { world } = storm
  const struck = cuts.filter(([link]) => !link.cut)
  if (struck.length === 0) return false
  for (const [link, from] of struck) for (const node of from) world.network.cut(link, node)
  await world.sleep(durationMs(storm))
  for (const [link] of struck) world.network.heal(link)
  return true
}

const both = (link: Link): readonly [Link, readonly SimNode[]] => [link, [link.ends[0].node, link.ends[1].node]]

const cut: Fault = storm => {
  const link = storm.random.maybePick(storm.world.network.links)
  if (link === undefined) return Promise.resolve(false)
  storm.world.note(`cut ${link}`)
  return cutFor(storm, [both(link)])
}

const oneWayCut: Fault = storm => {
  const link = storm.random.maybePick(storm.world.network.links)
  if (link === undefined) return Promise.resolve(false)
  const { node } = storm.random.pick(link.ends)
  storm.world.note(`cut ${link} from ${node.id}`)
  return cutFor(storm, [[link, [node]]])
}

const split: Fault = storm => {
  const { world, random } = storm
  const side = new Set(world.nodes.filter(() => random.chance(0.5)))
  const crossing = world.network.links.filter(link => side.has(link.ends[0].node) !== side.has(link.ends[1].node))
  world.note(`split off ${[...side].map(node => node.id).join(' ')}`)
  return cutFor(storm, crossing.map(both))
}

const isolation: Fault = storm => {
  const node = storm.random.pick(storm.world.nodes)
  storm.world.note(`isolate ${node.id}`)
  return cutFor(storm, storm.world.network.linksOf(node).map(both))
}

const drop: Fault = async ({ world, random }) => {
  const link = random.maybePick(world.network.links.filter(each => each.connection?.established === true))
  if (link === undefined) return false
  const [{ node: from }, { node: to }] = random.pick([link.ends, [link.ends[1], link.ends[0]] as const])
  world.note(`drop ${link} at ${from.id}`)
  world.network.drop(from, to.id)
  return true
}

export const NETWORK_FAULTS: Faults = { cut, 'one-way cut': oneWayCut, split, isolation, drop }
