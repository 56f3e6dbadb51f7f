import type { FaultKind } from '../plan/kinds.ts'
import type { Plan } from '../plan/plan.ts'
import { CALM } from '../world/link.ts'
import { SeededRandom } from '../world/random.ts'
import type { World } from '../world/world.ts'
import { DISK_FAULTS } from './disk-faults.ts'
import type { Faults, Storm } from './fault.ts'
import { HOSTILE_FAULTS } from './hostile.ts'
import { NETWORK_FAULTS } from './network-faults.ts'
import { PROCESS_FAULTS } from './process-faults.ts'
import { REPLACEMENT_FAULTS } from './replacement.ts'

const FAULTS: Faults = {
  ...NETWORK_FAULTS,
  ...PROCESS_FAULTS,
  ...DISK_FAULTS,
  ...HOSTILE_FAULTS,
  ...REPLACEMENT_FAULTS,
}
/** Whole clusters are replaced once a run at most: it takes four minutes to be noticed. */
const ONCE: ReadonlySet<FaultKind> = new Set(['replaced cluster'])

/** Faults of the plan's kinds, now and then, several at a time, until the storm is over. */
export const startStorm = (world: World, plan: Plan): void => {
  const random = new SeededRandom(`storm ${plan.seed}`)
  const storm: Storm = { world, plan, random }
  const kinds = [...plan.faults]
  world.spawn(async () => {
    await world.sleep(plan.leaseMs * random.between(0.5, 1.5))
    while (world.storm && kinds.length > 0) {
      const kind = random.pick(kinds)
      if (ONCE.has(kind)) kinds.splice(kinds.indexOf(kind), 1)
      world.spawn(async () => {
        if ((await FAULTS[kind]?.(storm)) === true) world.strike(kind)
      })
      await world.sleep(-Math.log(1 - random.fraction()) * plan.faultEveryMs)
    }
  })
}

/** Everything that can be mended is: links, disks, processes. */
export const endStorm = (world: World, plan: Plan): void => {
  world.storm = false
  world.note('everything heals')
  for (const link of world.network.links) {
    world.network.heal(link)
    if (!plan.conditions.has('no gossip')) link.weather = CALM
  }
  for (const node of world.nodes) {
    if (node.disk?.full === true) Object.assign(node.disk, { full: false, fullUntilMs: world.nowMs })
    node.resume(false)
    node.start()
  }
}
