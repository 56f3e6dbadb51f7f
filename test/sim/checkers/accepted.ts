import { instanceKey, serviceKey } from '../../../src/core/keys.ts'
import type { Epoch } from '../../../src/core/model.ts'
import type { Answer, Request } from '../truth/caller.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

interface Written {
  readonly epoch: Epoch
  readonly seq: number
}

/** 2: a node shows what it has accepted, and after any crash has on its disk what it acknowledged. */
export const acceptedIsShown = (scene: Scene): Observer => {
  /** Tokens of the request's instance that the node held before. */
  const heldBefore = new WeakMap<Request, readonly string[]>()
  const written = new WeakMap<Request, Written>()
  /** Versions of its service that the node held when it carried the request out. */
  const below = new WeakMap<Request, string>()
  const promised = new Map<SimNode, Written>()
  return {
    asking: request => heldBefore.set(request, heldTokens(scene, request)),
    applied: request => below.set(request, serviceDots(scene, request)),
    wrote: (node, writes) => {
      const request = scene.world.commanding
      const last = writes.at(-1)
      if (request?.node === node && last !== undefined) written.set(request, last)
    },
    answered: (request, answer) => {
      if (answer.kind !== 'ok') return
      const write = written.get(request)
      if (write !== undefined && request.node.disk !== undefined) promised.set(request.node, write)
      // Meanwhile somebody may have deleted the service, at another node.
      if (request.kind === 'register' && below.get(request) !== serviceDots(scene, request)) return
      looksShown(scene, request, answer, heldBefore.get(request) ?? [])
    },
    lostDisk: node => promised.delete(node),
    started: node => {
      const last = promised.get(node)
      const context = node.center?.replica.catalog.context
      if (last === undefined || context === undefined) return
      scene.check('2 what was acknowledged is on disk', context.covers(last.epoch, last.seq), () => {
        return `${node.id} has started without write ${last.seq} of its start ${last.epoch}, which it had acknowledged`
      })
    },
  }
}

/** Registrations of the request's instance that its node holds. */
const heldTokens = (scene: Scene, { node, service, life }: Request): string[] => {
  const replica = node.center?.replica
  if (life === undefined || replica === undefined) return []
  const versions = replica.catalog.versions(instanceKey(replica.directory.cluster, scene.sid(service), life.instanceId))
  return versions.flatMap(({ value }) => scene.tokenOf(value) ?? [])
}

const serviceDots = (scene: Scene, { node, service }: Request): string => {
  const replica = node.center?.replica
  if (replica === undefined) return ''
  const versions = replica.catalog.versions(serviceKey(replica.directory.cluster, scene.sid(service)))
  return versions.map(({ epoch, seq }) => `${epoch}:${seq}`).join(' ')
}

const looksShown = (scene: Scene, request: Request, answer: Answer<unknown>, held: readonly string[]): void => {
  const { kind, node, service, life } = request
  if (answer.kind !== 'ok') return
  if (kind === 'register') {
    const id = String(answer.value)
    const born = scene.world.truth.ofInstance(id).findLast(each => each.bornAt === node)
    const shown = scene.token(scene.shown(node, service, id))
    // Another version of it, newer by its stamp, may have come with the answer.
    if (born === undefined || heldTokens(scene, { ...request, life: born }).length !== 1) return
    scene.check('2 a node shows what it accepted', shown === born.token, () => {
      return `${node.id} shows ${shown ?? 'nothing'} for the registration ${scene.describe(born)} that it has just accepted`
    })
  } else if (kind === 'unregister' && life !== undefined) {
    const shown = scene.token(scene.shown(node, service, life.instanceId))
    scene.check('2 a node shows what it accepted', shown === undefined || !held.includes(shown), () => {
      return `${node.id} shows ${shown} of ${life.instanceId}, which it has just unregistered`
    })
  }
}
