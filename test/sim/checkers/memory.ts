import { instanceKey } from '../../../src/core/keys.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

const NAME = '15 deletions need no memory'
/** A start that lost the tail of its log leaves a gap that nobody can close. */
const GAPS_MAX = 16
/** Where all lost their disks who knew what a start had written, nobody can say what is in between. */
const LOSSES = ['lost disk', 'old disk', 'death', 'replaced cluster'] as const

/** 15: of what was unregistered nothing is left, and contexts are as short as there were starts. */
export const deletionsNeedNoMemory = (scene: Scene): Observer => ({
  settled: () => {
    const { truth } = scene.world
    for (const node of scene.running()) {
      const { catalog, directory } = node.center?.replica ?? {}
      if (catalog === undefined || directory === undefined) continue
      for (const life of truth.lives.values()) {
        if (truth.ofInstance(life.instanceId).some(each => each.end === undefined)) continue
        const key = instanceKey(directory.cluster, scene.sid(life.service), life.instanceId)
        const left = catalog.versions(key).length
        scene.check(NAME, left === 0, () => `${node.id} still has ${key}, which was unregistered`)
      }
      if (LOSSES.some(kind => scene.plan.faults.has(kind)) || scene.plan.conditions.has('no disk')) continue
      let gaps = 0
      for (const epoch of catalog.context.epochs()) {
        gaps += Math.max(0, catalog.context.intervals(epoch).length / 2 - 1)
      }
      scene.check(NAME, gaps <= GAPS_MAX, () => `the context of ${node.id} has ${gaps} gaps`)
    }
  },
})
