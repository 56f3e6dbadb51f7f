import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

/** A node that has siblings configured waits this long for them before it draws an id, and two hellos more. */
const AGREE_MS = 13_000

/** 17: siblings that are connected share one id, and a cluster that was replaced leaves no ghosts. */
export const clustersAreOne = (scene: Scene): Observer => ({
  second: () => {
    for (const { ends } of scene.world.network.links) {
      const [a, b] = [ends[0].node, ends[1].node]
      if (!a.isSiblingOf(b) || scene.world.reach.directSince(a, b) > scene.nowMs - AGREE_MS) continue
      const text = (): string => `${a.id} is of ${idOf(a)}, ${b.id} of ${idOf(b)}`
      scene.check('17 siblings share one id', idOf(a) === idOf(b), text)
    }
  },
  settled: () => {
    const { replacedAtMs, truth } = scene.world
    if (replacedAtMs === undefined) return
    for (const life of truth.lives.values()) {
      if (!life.bornAt.gone || life.wanted || life.maybeHeardAtMs > replacedAtMs) continue
      for (const reader of scene.running()) {
        const shown = scene.token(scene.shown(reader, life.service, life.instanceId))
        scene.check('17 a replaced cluster leaves no ghosts', shown !== life.token, () => {
          return `${reader.id} shows ${scene.describe(life)}, whose cluster was replaced`
        })
      }
    }
  },
})

const idOf = (node: SimNode): string | undefined => node.center?.replica.directory.cluster
