import type { Request } from '../truth/caller.ts'
import type { Life } from '../truth/truth.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import { type Scene, seconds } from './scene.ts'

const NAME = '16 who is heard abroad is heard at home'
/** Heartbeats wait a second for their batch, two for the answer, and longer when they are redirected. */
const ANSWERED_MS = 6_000
/** Ages are rounded, and clocks drift. */
const SLACK_MS = 1_000

/**
 * 16: a node of another cluster hears an instance for its holder only as long as one of the instance's own cluster takes
 * what it passes on: its client is to register elsewhere otherwise.
 */
export const heardAbroadIsHeardAtHome = (scene: Scene): Observer => {
  /** When each foreign node has answered the heartbeats of a registration, as far as that is not over. */
  const heard = new Map<Life, Map<SimNode, number[]>>()
  const look = ({ node, life }: Request): void => {
    if (life === undefined || node.cluster === life.cluster) return
    // Another registration of the same id may be meant, which the node's own cluster may have.
    if (scene.token(scene.shown(node, life.service, life.instanceId)) !== life.token) return
    const times = heard.get(life)?.get(node) ?? []
    const sinceMs = times.findLast(atMs => atMs < scene.nowMs - ANSWERED_MS)
    if (sinceMs !== undefined && node.disturbedAtMs < sinceMs && isSteadyAtHome(scene, life, sinceMs)) {
      const atHome = homeOf(scene, life).some(home => hearsSince(scene, home, life, sinceMs))
      scene.check(NAME, atHome, () => {
        const since = seconds(scene.nowMs - sinceMs)
        return `${node.id} has answered ${scene.describe(life)} for ${since}, and no node of its own cluster heard of it`
      })
    }
    heard.set(life, (heard.get(life) ?? new Map<SimNode, number[]>()).set(node, [...times, scene.nowMs].slice(-10)))
  }
  return {
    answered: (request, answer) => {
      if (request.kind === 'heartbeat' && answer.kind === 'ok') look(request)
    },
  }
}

const homeOf = (scene: Scene, life: Life): SimNode[] =>
  scene.world.nodes.filter(({ cluster, heir }) => cluster === life.cluster && heir === life.bornAt.heir)

/** What they heard they have not forgotten meanwhile. */
const isSteadyAtHome = (scene: Scene, life: Life, sinceMs: number): boolean =>
  homeOf(scene, life).every(node => node.disturbedAtMs < sinceMs && node.clockSetAtMs < sinceMs)

const hearsSince = (scene: Scene, node: SimNode, life: Life, sinceMs: number): boolean => {
  const { process } = node
  let entry = scene.group(node, life.service)?.entries.get(life.instanceId)
  while (entry !== undefined && scene.token(entry) !== life.token) entry = entry.next
  if (entry === undefined || process === undefined) return false
  return entry.heard && process.monotonicMs() - entry.heardAtMs < scene.nowMs - sinceMs + SLACK_MS
}
