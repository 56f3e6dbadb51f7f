import { isFor } from '../../../src/core/entry.ts'
import type { Request } from '../truth/caller.ts'
import type { Life } from '../truth/truth.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import { type Scene, seconds } from './scene.ts'

/** A holder is silent after three seconds, an acknowledgement takes two: within this a sibling has taken over. */
const TAKEOVER_MS = 6_000
/** The end of a node that had been cut off has come, and who hears the instance has not contested it yet. */
const CONTEST_MS = 2_000

/** 6: what heartbeats on time is shown by every node connected to those that hear it, and its heartbeats are answered. */
export const livingAreShown = (scene: Scene): Observer => {
  const { world } = scene
  const promised = new WeakSet<Request>()
  /**
   * Ends of nodes that had been cut off, which who heard the instance contests at once; and leases that came by gossip for a
   * registration that its holder wrote anew under another cluster id, which comes by repair. Over within a second.
   */
  const contested = new Set<string>()
  const shownAtMs = new Map<string, number>()
  const looks = (life: Life, reader: SimNode): void => {
    const shown = scene.shown(reader, life.service, life.instanceId) !== undefined
    const pair = pairOf(life, reader)
    if (shown) shownAtMs.set(pair, scene.nowMs)
    const { lease, face } = scene.group(reader, life.service)?.entries.get(life.instanceId) ?? {}
    const isAhead = lease !== undefined && face !== undefined && !isFor(lease, face.registration)
    if (shown || (lease?.open !== false && !isAhead) || contested.has(pair)) {
      contested.delete(pair)
      scene.check('6 the living are shown', shown, () => explain(scene, life, reader))
    } else contested.add(pair)
  }
  return {
    second: () => {
      for (const life of world.truth.lives.values()) {
        if (!isSettled(scene, life)) continue
        for (const reader of scene.running()) {
          if (isConnected(scene, life, reader)) looks(life, reader)
        }
      }
    },
    asking: request => {
      const { life, kind, node } = request
      if (kind !== 'heartbeat' || life === undefined || !isSettled(scene, life) || !isConnected(scene, life, node))
        return
      // Abroad, an instance of the same id in another cluster may be meant.
      const shown = scene.token(scene.shown(node, life.service, life.instanceId))
      if (node.cluster === life.cluster || shown === life.token) promised.add(request)
    },
    answered: (request, answer) => {
      if (!promised.has(request) || answer.kind === 'lost' || request.life === undefined) return
      const { life, node } = request
      const refused = answer.kind === 'refused' && answer.code.endsWith('NOT_FOUND')
      if (refused && isEndedElsewhere(scene, life, node)) {
        const shownMs = scene.nowMs - (shownAtMs.get(pairOf(life, node)) ?? Number.NEGATIVE_INFINITY)
        if (shownMs <= CONTEST_MS) return
      }
      scene.check('6 a heartbeat on time is answered', !refused, () => explain(scene, life, node))
    },
  }
}

const pairOf = ({ token }: Life, reader: SimNode): string => `${token} ${reader.id}`

/** By a node that has not been connected for as long as the others. */
const isEndedElsewhere = (scene: Scene, life: Life, node: SimNode): boolean => {
  const { lease } = scene.group(node, life.service)?.entries.get(life.instanceId) ?? {}
  const holder = scene.node(lease?.holder)
  return lease?.open === false && holder !== undefined && !scene.linkedFor(node, holder, windowOf(life))
}

const windowOf = (life: Life): number => life.leaseMs + TAKEOVER_MS

const isSettled = (scene: Scene, life: Life): boolean =>
  life.acknowledgedAtMs !== undefined &&
  scene.nowMs - life.acknowledgedAtMs > scene.propagationMs &&
  scene.isOnTime(life, windowOf(life))

/** To all that heard it for a lease; one of them is, or becomes, its holder, unless they are another cluster's. */
export const isConnected = (scene: Scene, life: Life, reader: SimNode): boolean => {
  const ms = windowOf(life)
  if (!scene.linkedFor(reader, reader, ms)) return false
  let hearers = 0
  for (const hearer of scene.hearers(life, ms)) {
    if (!scene.linkedFor(reader, hearer, ms)) return false
    if (hearer.cluster !== life.cluster && !isHolderLinked(scene, life, hearer, ms)) return false
    hearers += 1
  }
  return hearers > 0
}

const isHolderLinked = (scene: Scene, life: Life, hearer: SimNode, ms: number): boolean => {
  const shown = scene.shown(hearer, life.service, life.instanceId)
  const holder = scene.node(shown?.lease?.holder)
  if (holder === undefined || !scene.linkedFor(hearer, holder, ms)) return false
  // One that lost its disk and its cluster id answers for nobody of the old one: clients are to register anew (17).
  if (holder.center?.replica.directory.cluster !== shown?.clusterId) return false
  // Heartbeats go the way of the last beat: one batch is lost with a link on it, and then the client is to register anew.
  return scene.world.network.links.every(({ changedAtMs }) => changedAtMs <= scene.nowMs - ms)
}

const explain = (scene: Scene, life: Life, reader: SimNode): string => {
  const heads = scene.group(reader, life.service)?.entries.get(life.instanceId)
  const entries: string[] = []
  for (let entry = heads; entry !== undefined; entry = entry.next) {
    const { lease, face, hidden } = entry
    const of = lease === undefined ? 'none' : `${lease.version} ${lease.open ? 'open' : 'ended'} at ${lease.holder}`
    entries.push(`${scene.token(entry) ?? 'no registration'}, lease ${of}${hidden ? ', hidden' : ''}`)
    if (face !== undefined && lease !== undefined && lease.seq !== face.registration.seq)
      entries.push('lease of another')
  }
  const last = life.heard.at(-1)
  return (
    `${reader.id} does not show ${scene.describe(life)}, last heard at ${last?.node.id} ` +
    `${seconds(scene.nowMs - (last?.atMs ?? 0))} ago; it has ${entries.join(' and ') || 'no record of it'}`
  )
}
