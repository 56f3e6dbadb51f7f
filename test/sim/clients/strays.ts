import { heartbeat } from '../../../src/core/commands/heartbeat.ts'
import { deriveSid } from '../../../src/core/transaction.ts'
import { call } from '../truth/caller.ts'
import type { World } from '../world/world.ts'
import { keyOf, SCOPE } from './requests.ts'

/** Heartbeats of instances that never were, and of those that were unregistered. */
export const startStrays = (world: World): void => {
  world.spawn(async () => {
    const { random, truth } = world
    while (world.storm) {
      await world.sleep(random.between(500, 4_000))
      const node = random.maybePick(world.nodes.filter(each => each.running))
      const ended = random.maybePick([...truth.lives.values()].filter(life => life.end !== undefined && !life.wanted))
      const life = random.chance(0.5) ? ended : undefined
      if (node === undefined) continue
      const service = life?.service ?? 's0'
      const sid = deriveSid(world.digests, keyOf(service))
      const instanceId = life?.instanceId ?? `stray${random.int(1, 1e9)}`
      await call(world, { kind: 'heartbeat', node, service, life }, heartbeat(SCOPE, sid, instanceId), {
        // A lost race: its instance was registered again meanwhile.
        applied: () => {
          for (const each of truth.ofInstance(instanceId)) each.maybeHeardAtMs = world.nowMs
        },
      })
    }
  })
}
