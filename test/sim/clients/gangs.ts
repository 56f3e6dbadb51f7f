import type { Plan } from '../plan/plan.ts'
import type { World } from '../world/world.ts'
import { Provider } from './provider.ts'

const SIZE_MIN = 6

/** Many instances of one service at one node that fall silent together, for a while or for good. */
export const startGang = (world: World, plan: Plan): void => {
  const { random } = world
  const cluster = random.int(0, plan.topology.clusters - 1)
  const node = random.pick(world.nodes.filter(each => each.cluster === cluster))
  const { interval, times } = plan
  const common = { routing: 'sticky', cluster, service: 'gang', interval, times, ownId: false, gang: true } as const
  const members = Array.from({ length: random.int(SIZE_MIN, SIZE_MIN + 3) }, (_, i) => {
    const member = new Provider(world, { name: `g${i}`, ...common })
    member.route.turnTo(node)
    return member
  })
  const mute = { on: false }
  for (const member of members) world.spawn(() => live(world, member, mute))
  world.spawn(async () => {
    while (world.storm) {
      await world.sleep(plan.leaseMs * random.between(1.5, 3))
      mute.on = world.storm
      await world.sleep(plan.leaseMs * random.pick([1.5, 1.5, 3]))
      mute.on = false
    }
  })
}

const live = async (world: World, member: Provider, mute: { readonly on: boolean }): Promise<void> => {
  const intervalMs = member.settings.interval * 1000
  await world.sleep(world.random.between(500, 2_000))
  for (;;) {
    if (mute.on && world.storm) member.die()
    else if (member.life === undefined) await member.register()
    else await member.wake()
    await world.sleep(intervalMs * world.random.between(0.9, 1))
  }
}
