import type { Plan } from '../plan/plan.ts'
import type { World } from '../world/world.ts'
import { Provider, type ProviderSettings } from './provider.ts'
import type { Routing } from './routes.ts'

/** Services are few and their instances fewer: more of one service at one node would be a crowd (invariant 12). */
const SERVICES = 5
const PROVIDERS_PER_SERVICE = 4

/** Starts the providers that a plan asks for. */
export const startProviders = (world: World, plan: Plan): void => {
  const { random } = world
  const routings = (['sticky', 'balanced', 'abroad'] as const).filter(kind => plan.work.has(kind))
  const count = random.int(8, SERVICES * PROVIDERS_PER_SERVICE * 0.7)
  for (let i = 0; i < count; i++) {
    const settings: ProviderSettings = {
      name: `p${i}`,
      routing: random.pick<Routing>(routings.length > 0 ? routings : ['sticky']),
      cluster: random.int(0, plan.topology.clusters - 1),
      service: `s${i % SERVICES}`,
      interval: plan.interval,
      times: plan.times,
      ownId: random.chance(0.6),
      gang: false,
    }
    world.spawn(() => live(world, new Provider(world, settings), plan.work.has('updates')))
  }
}

/** The life of a provider's process: seconds to a minute, then one of the ways in which processes end or change. */
const live = async (world: World, provider: Provider, updates: boolean): Promise<void> => {
  const { random } = world
  const intervalMs = provider.settings.interval * 1000
  await world.sleep(random.between(0, 3_000))
  let untilMs = world.nowMs + random.between(5_000, 60_000)
  for (;;) {
    if (!provider.registered) await provider.register()
    else await provider.heartbeat()
    // A refused heartbeat is followed by a registration at once.
    if (provider.life !== undefined && !provider.registered) await provider.register()
    if (world.storm && updates && provider.registered && random.chance(0.3)) await provider.update()
    if (world.storm && world.nowMs > untilMs) {
      await change(world, provider)
      untilMs = world.nowMs + random.between(5_000, 60_000)
    }
    await world.sleep(provider.registered ? intervalMs * random.between(0.9, 1.02) : random.between(200, 2_000))
  }
}

const change = async (world: World, provider: Provider): Promise<void> => {
  const { random } = world
  const restMs = random.pick([0, 2, 500, 5_000, 30_000])
  switch (random.pick(['unregister', 'unregister', 'die', 'restart', 'return', 'move'] as const)) {
    case 'unregister':
      await provider.unregister()
      if (random.chance(0.5)) provider.forget()
      await world.sleep(restMs)
      break
    case 'die':
      provider.die()
      provider.forget()
      await world.sleep(restMs)
      break
    case 'restart': // the same id again, without a word in between
      await provider.register()
      break
    case 'return': // silent for a while, then the same id again
      provider.die()
      await world.sleep(restMs)
      await provider.register()
      break
    case 'move':
      provider.route.move()
  }
}
