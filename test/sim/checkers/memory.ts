import { instanceKey } from '../../../src/core/keys.ts'
import type { Epoch } from '../../../src/core/model.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

const NAME = '15 deletions need no memory'
/** A start that lost the tail of its log leaves a gap that nobody can close. */
const GAPS_MAX = 16

/** 15: of what was unregistered nothing is left, and contexts are as short as there were starts. */
export const deletionsNeedNoMemory = (scene: Scene): Observer => {
  const starts = new Map<SimNode, Epoch[]>()
  /** Starts of nodes that have lost their disk since: nobody may be left who can say what is in between. */
  const lost = new Set<Epoch>()
  const forget = (node: SimNode): void => {
    for (const epoch of starts.get(node) ?? []) lost.add(epoch)
  }
  return {
    started: node => {
      if (node.center !== undefined) starts.set(node, [...(starts.get(node) ?? []), node.center.replica.epoch])
    },
    lostDisk: forget,
    stopping: node => {
      if (node.disk === undefined) forget(node)
    },
    settled: () => looksSmall(scene, lost),
  }
}

const looksSmall = (scene: Scene, lost: ReadonlySet<Epoch>): void => {
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
    let gaps = 0
    for (const epoch of catalog.context.epochs()) {
      if (lost.has(epoch)) continue
      gaps += Math.max(0, catalog.context.intervals(epoch).length / 2 - 1)
    }
    scene.check(NAME, gaps <= GAPS_MAX, () => `the context of ${node.id} has ${gaps} gaps`)
  }
}
