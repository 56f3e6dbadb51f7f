import type { Item, ItemWrite } from '../truth/items.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import { type Scene, seconds } from './scene.ts'

/** Clocks this far apart say nothing about which write was later. */
const APART_MS = 60_000

/**
 * 4: nodes show what clients wrote last, whatever gossip lost; 13: also when the clock of who wrote before was far ahead or
 * behind. Watched one propagation after each write, and after everything has healed.
 */
export const itemsAreAsWritten = (scene: Scene): Observer => {
  const looked = new Map<Item, number>()
  return {
    lostDisk: node => forget(scene, node),
    stopping: node => {
      if (scene.isInMemoryOnly(node)) forget(scene, node)
    },
    second: () => {
      for (const item of scene.world.truth.items) {
        const { last, lastAtMs } = item
        if (last === undefined || item.abandoned || item.must.size !== 1 || item.certain()[0] !== last) continue
        if (looked.get(item) === lastAtMs || scene.nowMs < lastAtMs + scene.propagationMs) continue
        looked.set(item, lastAtMs)
        for (const reader of scene.running()) {
          const reaches = (node: SimNode, sinceMs: number): boolean =>
            scene.nowMs >= sinceMs + scene.propagationMs && scene.world.reach.since(reader, node) <= sinceMs
          if (reader.cluster === item.cluster && reaches(last.node, lastAtMs) && item.isKnownAbove(reaches))
            look(scene, item, reader, nameOf(last, item.previous))
        }
      }
    },
    settled: () => {
      for (const item of scene.world.truth.items) {
        if (item.abandoned || item.must.size + item.maybe.size === 0) continue
        for (const reader of scene.running()) {
          if (reader.cluster === item.cluster) look(scene, item, reader, '4 nodes agree on what clients wrote')
        }
      }
    },
  }
}

/** The clocks of their writers disagree by more than their writes are apart. */
const nameOf = (last: ItemWrite, previous: ItemWrite | undefined) => {
  const apartMs = last.node.machine.wallAtZeroMs - (previous?.node ?? last.node).machine.wallAtZeroMs
  return Math.abs(apartMs) > APART_MS ? '13 clocks decide nothing' : '4 nodes agree on what clients wrote'
}

const look = (scene: Scene, item: Item, reader: SimNode, name: ReturnType<typeof nameOf>): void => {
  // Nodes that lost all their disks are a cluster of another id, and a cluster that moved wrote everything anew.
  if (!item.eyes.applies(reader) || item.last?.clusterId !== reader.center?.replica.directory.cluster) return
  const shown = item.eyes.shown(reader)
  scene.check(name, item.allows(shown), () => {
    const [must, maybe] = [item.must, item.maybe].map(writes => tokensOf([...writes]))
    const when = `written at ${item.last?.node.id} ${seconds(scene.nowMs - item.lastAtMs)} ago`
    return `${reader.id} shows ${shown ?? 'nothing'} as ${item.name}; it must be one of ${must} (${tokensOf(item.certain())} for certain) and may be one of ${maybe}, ${when}`
  })
}

const tokensOf = (writes: readonly ItemWrite[]): string =>
  writes.map(({ made }) => made.token ?? 'nothing').join(' ') || 'none'

const forget = (scene: Scene, node: SimNode): void => {
  const others = scene.running().filter(other => other !== node)
  for (const item of scene.world.truth.items) item.lostBy(node, others)
}
