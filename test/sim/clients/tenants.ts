import { heartbeat } from '../../../src/core/commands/heartbeat.ts'
import { deriveSid } from '../../../src/core/transaction.ts'
import { call } from '../truth/caller.ts'
import type { Life } from '../truth/truth.ts'
import type { World } from '../world/world.ts'
import { bear } from './birth.ts'
import type { OwnerSettings } from './owner.ts'
import { instanceDraft, keyOf, register, SCOPE } from './requests.ts'
import { Route } from './routes.ts'

export interface TenantSettings extends Pick<OwnerSettings, 'service' | 'cluster'> {
  readonly interval: number
  readonly times: number
}

/**
 * An instance of a service that its owner deletes now and then: it goes with the service, and comes back when it registers
 * again. Nobody promises that it is shown: it may be registered where the deletion is not known yet.
 */
export const startTenant = (world: World, settings: TenantSettings): void => {
  const { random, truth } = world
  const { service, cluster, interval, times } = settings
  const route = new Route(world, 'balanced', cluster)
  const serviceId = deriveSid(world.digests, keyOf(service))
  const instanceId = `${service}c${cluster}`
  let life: Life | undefined
  const settle = async (): Promise<void> => {
    const node = route.next()
    const token = truth.nextToken()
    const command = register(serviceId, instanceDraft(token, interval, times, instanceId))
    let adopts = false
    const before = (): void => {
      adopts = node.center?.replica.directory.groups.get(serviceId)?.local !== true
    }
    const applied = (): void => {
      if (adopts) abandonItems(world, settings)
      life = bear(world, { token, instanceId, node, service, interval, times, gang: false })
    }
    await call(world, { kind: 'register', node, service, life, balanced: true }, command, { before, applied })
  }
  const beat = async (known: Life): Promise<void> => {
    const node = route.next()
    const hooks = { applied: () => truth.heard(known, world.nowMs, node) }
    const request = { kind: 'heartbeat', node, service, life: known, balanced: true } as const
    const answer = await call(world, request, heartbeat(SCOPE, serviceId, instanceId), hooks)
    if (answer.kind === 'refused' && answer.code === 'INSTANCE_NOT_FOUND') life = undefined
  }
  world.spawn(async () => {
    while (world.storm) {
      await world.sleep(random.between(200, interval * 1_000))
      if (life === undefined || random.chance(0.2)) await settle()
      else await beat(life)
    }
  })
}

/** After its cluster has lost its id the service is registered here with the description of the old one, which nobody wrote. */
const abandonItems = ({ truth }: World, { service, cluster }: TenantSettings): void => {
  for (const item of truth.items) if (item.cluster === cluster && item.name.endsWith(` of ${service}`)) item.abandon()
}
