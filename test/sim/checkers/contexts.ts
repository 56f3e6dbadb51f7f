import type { Dot } from '../../../src/core/context.ts'
import { clusterOfKey } from '../../../src/core/keys.ts'
import type { ClusterId } from '../../../src/core/model.ts'
import type { Write } from '../../../src/core/wire.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

const EVERY_S = 60

/**
 * 20: a context covers a dot only where the version is, or one that replaced it, or its end. What was ever written is known
 * here, and so is what named it.
 */
export const contextsCoverWhatIsHere = (scene: Scene): Observer => {
  const written = new Map<string, Write>()
  const endedBy = new Map<string, Write[]>()
  let seconds = 0
  const isAlive = (cluster: ClusterId): boolean =>
    scene.world.nodes.some(({ center, gone }) => !gone && center?.replica.directory.cluster === cluster)
  const look = (node: SimNode): void => {
    let covered = 0
    for (const write of written.values()) {
      if (!isCovered(node, write)) continue
      covered += 1
      if (isAccountedFor(node, write, endedBy, isAlive)) continue
      const text = `${node.id} covers ${write.epoch}:${write.seq} of ${write.key} and has neither it nor what ended it`
      scene.violation('20 a context covers what is here', text)
    }
    scene.premise('20 a context covers what is here', covered)
  }
  return {
    wrote: (_node, writes) => {
      for (const write of writes) {
        written.set(write.epoch + write.seq, write)
        for (const { epoch, seq } of write.ends) {
          const name = epoch + seq
          const known = endedBy.get(name)
          if (known === undefined) endedBy.set(name, [write])
          else known.push(write)
        }
      }
    },
    started: look,
    second: () => {
      seconds += 1
      if (seconds % EVERY_S === 0) for (const node of scene.running()) look(node)
    },
    settled: () => {
      for (const node of scene.running()) look(node)
    },
  }
}

const isCovered = (node: SimNode, { epoch, seq }: Dot): boolean =>
  node.center?.replica.catalog.context.covers(epoch, seq) === true

const isAccountedFor = (
  node: SimNode,
  write: Write,
  endedBy: ReadonlyMap<string, readonly Write[]>,
  isAlive: (cluster: ClusterId) => boolean,
): boolean => {
  const replica = node.center?.replica
  if (write.value === undefined || replica === undefined) return true
  if (replica.catalog.holds(write.key, write) !== undefined) return true
  // What a cluster left that is no more is ended by no write.
  const cluster = clusterOfKey(write.key)
  if (cluster !== undefined && !isAlive(cluster)) return true
  // A repair may end it a moment before it brings the end by name; what replaced it must be here.
  return (endedBy.get(write.epoch + write.seq) ?? []).some(ended => isAccountedFor(node, ended, endedBy, isAlive))
}
