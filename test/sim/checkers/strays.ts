import type { Request } from '../truth/caller.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

const NAME = '9 a heartbeat creates nothing'

/** 9: a heartbeat writes nothing, and one of what nobody knows, or of what was unregistered, is refused. */
export const heartbeatsCreateNothing = (scene: Scene): Observer => {
  const unknown = new WeakSet<Request>()
  return {
    asking: request => {
      if (request.kind === 'heartbeat' && isOfNothing(scene, request)) unknown.add(request)
    },
    answered: (request, answer) => {
      if (!unknown.has(request) || answer.kind === 'lost' || answer.kind === 'down') return
      // While siblings were asked it may have been registered again.
      if (!isOfNothing(scene, request)) return
      const what = request.life === undefined ? 'an instance that never was' : scene.describe(request.life)
      scene.check(NAME, answer.kind === 'refused', () => `${request.node.id} hears ${what}`)
    },
    applied: request => {
      if (request.kind === 'heartbeat') scene.premise(NAME)
    },
    wrote: (node, writes) => {
      const request = scene.world.commanding
      if (request?.kind !== 'heartbeat' || request.node !== node) return
      scene.violation(NAME, `${node.id} writes ${writes[0]?.key} at a heartbeat`)
    },
  }
}

/** It never was, or every registration of it was ended where this node must know by now. */
const isOfNothing = (scene: Scene, { life, node }: Request): boolean => {
  if (life === undefined) return true
  const { reach, truth } = scene.world
  return truth.ofInstance(life.instanceId).every(({ end }) => {
    if (end === undefined) return false
    return reach.since(node, end.node) <= end.atMs && scene.nowMs > end.atMs + scene.propagationMs
  })
}
