import type { Life } from '../truth/truth.ts'
import type { LinkEnd } from '../world/link.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

/** A node that has siblings configured waits this long for them before it draws an id, and two hellos more. */
const AGREE_MS = 13_000
/** Connected for this long two nodes have said hello, and what they know of each other is on their disks. */
const MET_MS = 2_000

/** 17: siblings that are connected share one id, and a cluster that was replaced leaves no ghosts. */
export const clustersAreOne = (scene: Scene): Observer => {
  /** Ids that nodes have met at configured addresses of clusters, by the cluster's index, and not lost with their disks. */
  const met = new Map<SimNode, Map<string, number>>()
  const meets = (own: LinkEnd, { node: peer }: LinkEnd): void => {
    if (own.configuredName === undefined || peer.heir) return
    const known = met.get(own.node) ?? new Map<string, number>()
    met.set(own.node, known.set(idOf(peer) ?? '', peer.cluster))
  }
  return {
    lostDisk: node => met.delete(node),
    started: node => {
      if (node.disk === undefined) met.delete(node)
    },
    second: () => {
      for (const { ends } of scene.world.network.links) {
        const [a, b] = [ends[0].node, ends[1].node]
        const sinceMs = scene.world.reach.directSince(a, b)
        if (sinceMs <= scene.nowMs - MET_MS) {
          meets(ends[0], ends[1])
          meets(ends[1], ends[0])
        }
        if (!a.isSiblingOf(b) || sinceMs > scene.nowMs - AGREE_MS) continue
        const text = (): string => `${a.id} is of ${idOf(a)}, ${b.id} of ${idOf(b)}`
        scene.check('17 siblings share one id', idOf(a) === idOf(b), text)
      }
    },
    settled: () => looksWithoutGhosts(scene, met),
  }
}

const looksWithoutGhosts = (scene: Scene, met: ReadonlyMap<SimNode, ReadonlyMap<string, number>>): void => {
  const { replacedAtMs, truth } = scene.world
  if (replacedAtMs === undefined) return
  // Who met a cluster at an address that now answers with another id tells the others.
  const replaced = new Map(scene.running().flatMap(node => heirsOf(scene, node, met.get(node))))
  for (const life of truth.lives.values()) {
    if (!isOfTheReplaced(life, replacedAtMs)) continue
    if (![...replaced.values()].includes(life.cluster)) continue
    for (const reader of scene.running()) {
      const entry = scene.shown(reader, life.service, life.instanceId)
      const isGhost = scene.token(entry) === life.token && replaced.has(entry?.clusterId ?? '')
      scene.check('17 a replaced cluster leaves no ghosts', !isGhost, () => {
        return `${reader.id} shows ${scene.describe(life)}, whose cluster was replaced`
      })
    }
  }
}

/** Whether any node still shows what was registered with a cluster that was replaced, and not heard since. */
export const showsTheReplaced = (scene: Scene): boolean => {
  const { replacedAtMs = 0, truth } = scene.world
  const gone = [...truth.lives.values()].filter(life => isOfTheReplaced(life, replacedAtMs))
  return scene
    .running()
    .some(reader => gone.some(life => scene.token(scene.shown(reader, life.service, life.instanceId)) === life.token))
}

const isOfTheReplaced = ({ bornAt, wanted, maybeHeardAtMs }: Life, replacedAtMs: number): boolean =>
  bornAt.gone && !wanted && maybeHeardAtMs <= replacedAtMs

/** Of the ids that a node has met, those at whose addresses heirs answer. */
const heirsOf = (scene: Scene, node: SimNode, met: ReadonlyMap<string, number> = new Map()): [string, number][] => {
  const answering = new Set<number>()
  for (const { ends } of scene.world.network.links) {
    const [own, other] = ends[0].node === node ? ends : [ends[1], ends[0]]
    if (own.node === node && own.configuredName !== undefined && other.node.heir && other.node.running)
      answering.add(other.node.cluster)
  }
  return [...met].filter(([, cluster]) => answering.has(cluster))
}

const idOf = (node: SimNode): string | undefined => node.center?.replica.directory.cluster
