import type { Request } from '../truth/caller.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

/** How long a question to a sibling and its answer may take, beside the gathering of questions. */
const ASKED_MS = 40
/** A link that has only just risen may not have said hello. */
const MET_MS = 2_000
/** Requests that name an instance by id. */
const NAMING: ReadonlySet<string> = new Set(['heartbeat', 'update', 'unregister'])

/** 2: behind a load balancer nobody is told that something does not exist that a sibling within reach shows. */
export const balancedGetNoError = (scene: Scene): Observer => {
  const promised = new WeakMap<Request, SimNode>()
  return {
    asking: request => {
      const sibling = siblingThatShows(scene, request)
      if (sibling !== undefined) promised.set(request, sibling)
    },
    answered: (request, answer) => {
      const sibling = promised.get(request)
      if (sibling === undefined || answer.kind === 'lost' || answer.kind === 'down') return
      const refused = answer.kind === 'refused' && answer.code.endsWith('NOT_FOUND')
      // The end by a node that had been cut off has only just come, and is contested (see 6).
      if (refused && isContested(scene, request)) return
      const what = request.life === undefined ? request.service : scene.describe(request.life)
      scene.check('2 a balanced client gets no error', !refused, () => {
        return `${request.node.id} refuses ${request.kind} of ${what}, which ${sibling.id} shows`
      })
    },
  }
}

const isContested = (scene: Scene, { node, service, life }: Request): boolean => {
  const entry = life === undefined ? undefined : scene.group(node, service)?.entries.get(life.instanceId)
  return entry?.lease?.open === false && entry.lease.holder !== node.id && entry.heard
}

const siblingThatShows = (scene: Scene, { node, life, service, kind }: Request): SimNode | undefined => {
  if (life === undefined || !NAMING.has(kind) || !life.wanted || life.replacedAtMs !== undefined) return undefined
  if (life.cluster !== node.cluster || !scene.isOnTime(life, life.leaseMs)) return undefined
  // Whoever heard it lately is connected, so nobody has ended it unheard.
  for (const hearer of scene.hearers(life, life.leaseMs)) {
    if (!scene.linkedFor(node, hearer, life.leaseMs)) return undefined
  }
  return scene.running().find(other => {
    if (!other.isSiblingOf(node) || scene.roundTripMs(node, other) > ASKED_MS) return false
    if (scene.world.reach.directSince(node, other) > scene.nowMs - MET_MS) return false
    const shown = scene.shown(other, service, life.instanceId)
    // After both have lost their disks it may belong to a cluster id that neither has any more.
    return scene.token(shown) === life.token && shown?.clusterId === node.center?.replica.directory.cluster
  })
}
