import type { InstanceEvent } from '../../../src/center/ports.ts'
import { keyOf, SCOPE } from '../clients/requests.ts'
import type { Plan } from '../plan/plan.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

const NAME = '1 reads come from memory'

/** 1: what a node has is answered at once, whoever can be reached; and its events tell what its reads show. */
export const readsComeFromMemory = (scene: Scene, plan: Plan): Observer => {
  const told = new Map<SimNode, Set<string>>()
  return {
    started: node => {
      const seen = new Set(instancesOf(node))
      told.set(node, seen)
      node.center?.watch('*', event => follow(seen, event))
    },
    second: () => {
      for (const node of scene.running()) {
        if (plan.work.has('reads')) readOf(scene, node)
        const seen = told.get(node) ?? new Set<string>()
        const shown = instancesOf(node)
        const missed = shown.find(name => !seen.has(name)) ?? (seen.size > shown.length ? 'an end' : undefined)
        scene.check(NAME, missed === undefined, () => `the events of ${node.id} have not told of ${missed}`)
      }
    },
  }
}

const readOf = (scene: Scene, node: SimNode): void => {
  const { center } = node
  for (const group of center?.replica.directory.groups.values() ?? []) {
    if (!group.keyKnown || !group.exists()) continue
    const answer = center?.lookup(view => view.service(SCOPE, group.sid)?.instances())
    scene.check(NAME, Array.isArray(answer), () => `${node.id} does not answer for ${group.key.serviceName} at once`)
    break
  }
  const missing = center?.read(view => view.byKey(keyOf('nobody')))
  scene.check(NAME, missing === undefined, () => `${node.id} knows a service that never was`)
}

const nameOf = (sid: string, instanceId: string): string => `${sid}/${instanceId}`

/** Instances that readers of a node see. */
const instancesOf = (node: SimNode): string[] =>
  [...(node.center?.replica.directory.groups.values() ?? [])].flatMap(group =>
    group.instances().map(({ instanceId }) => nameOf(group.sid, instanceId)),
  )

const follow = (seen: Set<string>, { action, sid, instance }: InstanceEvent): void => {
  const name = nameOf(sid, instance.instanceId)
  if (action === 'DELETE') seen.delete(name)
  else seen.add(name)
}
