import { Provider } from '../clients/provider.ts'
import type { SimNode } from '../world/node.ts'
import type { World } from '../world/world.ts'
import { durationMs, type Fault, type Faults, runningNodes, type Storm } from './fault.ts'

/** Kills a process. Its machine may live, and then peers see the connections close at once. */
export const kill = (world: World, node: SimNode, announced: boolean): void => {
  const { lostFrames } = node.crash()
  world.note(`${node.id} dies${announced ? '' : ' silently'}, ${lostFrames} frames of its log are lost`)
  world.network.died(node, announced)
  if (lostFrames > 0) world.strike('tail of a log lost')
}

const crash: Fault = async storm => {
  const { world, random } = storm
  const node = random.maybePick(runningNodes(storm))
  if (node === undefined) return false
  if (random.chance(0.5)) await world.appended(node, 5_000)
  if (!node.running || !world.storm) return false
  kill(world, node, random.chance(0.7))
  await world.sleep(random.pick([500, 3_000, durationMs(storm)]))
  node.start()
  return true
}

/** What falls silent just before a loop is what the loop may keep. */
const VICTIMS = 3

const crashLoop: Fault = async storm => {
  const { world, random, plan } = storm
  const node = random.maybePick(runningNodes(storm))
  if (node === undefined) return false
  for (let i = 0; i < VICTIMS; i++) await registerAndDie(storm, node)
  const upMs = random.pick([4_800, plan.leaseMs])
  for (let i = random.int(3, 8); i > 0 && node.running && world.storm; i--) {
    kill(world, node, true)
    await world.sleep(random.between(200, 1_000))
    node.start()
    await world.sleep(random.between(1_000, upMs))
  }
  return true
}

const registerAndDie = async ({ world, plan }: Storm, node: SimNode): Promise<void> => {
  const { interval, times } = plan
  const settings = { routing: 'sticky', cluster: node.cluster, service: 'victims', ownId: false, gang: false } as const
  const victim = new Provider(world, { name: 'victim', interval, times, ...settings })
  victim.route.turnTo(node)
  await victim.register()
  victim.forget()
}

/** Away for several leases: long enough for everything that it knew to have changed. */
const away: Fault = async storm => {
  const { world, random, plan } = storm
  const node = random.maybePick(runningNodes(storm))
  if (node === undefined) return false
  kill(world, node, random.chance(0.5))
  await world.sleep(plan.leaseMs * random.between(3, 7))
  node.start()
  return true
}

const death: Fault = async storm => {
  const { world, random } = storm
  const mortal = runningNodes(storm).filter(node => isSpare(world, node))
  const node = random.maybePick(mortal)
  if (node === undefined) return false
  world.lostDisk(node)
  kill(world, node, random.chance(0.5))
  node.gone = true
  return true
}

/** The federation stays connected without it, and its cluster has another node. */
const isSpare = (world: World, dying: SimNode): boolean => {
  const others = world.nodes.filter(node => node !== dying && !node.gone)
  if (!others.some(node => node.cluster === dying.cluster)) return false
  const reached = new Set(others.slice(0, 1))
  for (const node of reached) {
    for (const link of world.network.linksOf(node)) {
      const next = link.other(node)
      if (next !== dying && !next.gone) reached.add(next)
    }
  }
  return reached.size === others.length
}

const leave: Fault = async storm => {
  const { world, random } = storm
  const node = random.maybePick(runningNodes(storm))
  if (node === undefined) return false
  world.note(`${node.id} leaves`)
  if (node.disk === undefined) world.lostDisk(node)
  node.leave()
  world.network.died(node, true)
  await world.sleep(random.pick([1_000, durationMs(storm)]))
  node.start()
  return true
}

const stand =
  (frozen: boolean): Fault =>
  async storm => {
    const { world, random } = storm
    const node = random.maybePick(runningNodes(storm))
    if (node === undefined) return false
    world.note(`${node.id} ${frozen ? 'is suspended' : 'stands still'}`)
    node.pause()
    await world.sleep(durationMs(storm))
    world.note(`${node.id} goes on`)
    node.resume(frozen)
    return true
  }

const clockJump: Fault = async ({ world, random }) => {
  const node = random.pick(world.nodes)
  const { machine, id } = node
  const byMs = random.pick([-3_600_000, -90_000, -5_000, 5_000, 90_000, 3_600_000, 1e11]) * random.between(0.5, 1)
  world.note(`the wall clock of ${id} jumps by ${Math.round(byMs / 1000)} s`)
  node.clockSetAtMs = world.nowMs
  machine.wallAtZeroMs = Math.max(0, machine.wallAtZeroMs + byMs)
  return true
}

export const PROCESS_FAULTS: Faults = {
  crash,
  'crash loop': crashLoop,
  away,
  death,
  leave,
  pause: stand(false),
  suspend: stand(true),
  'clock jump': clockJump,
}
