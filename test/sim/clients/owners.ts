import type { Plan } from '../plan/plan.ts'
import type { World } from '../world/world.ts'
import { Owner } from './owner.ts'
import { startTenant } from './tenants.ts'

/** Starts the owners that a plan asks for. */
export const startOwners = (world: World, plan: Plan): void => {
  const { random } = world
  const { interval, times, topology } = plan
  const { clusters } = topology
  const start = (service: string, cluster: number, chosenId: string | undefined): void => {
    const routing = random.pick(['sticky', 'balanced'] as const)
    const owner = new Owner(world, { service, cluster, routing, chosenId })
    world.spawn(() => own(world, owner))
  }
  if (plan.work.has('services')) {
    for (let i = random.int(1, 3); i > 0; i--) {
      const [service, cluster] = [`own${i}`, random.int(0, clusters - 1)]
      start(service, cluster, undefined)
      startTenant(world, { service, cluster, interval, times })
    }
  }
  if (!plan.work.has('twins')) return
  // The same service in two clusters, each under an id of its own; the lesser one is everybody's.
  start('twin', 0, random.pick([undefined, 'id-b']))
  start('twin', 1, 'id-a')
  // One id that two services claim, each in its cluster.
  start('claimed', 0, 'id-c')
  start('claiming', 1, 'id-c')
}

const own = async (world: World, owner: Owner): Promise<void> => {
  const { random } = world
  await world.sleep(random.between(0, 5_000))
  while (world.storm) {
    if (!owner.registered) await owner.register()
    else if (random.chance(0.12)) {
      await owner.remove()
      await world.sleep(random.pick([0, 0, 5, 2_000, 8_000]))
      await owner.register()
    } else await owner.change()
    await world.sleep(random.between(500, 4_000))
  }
}
