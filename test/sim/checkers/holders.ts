import type { Dot } from '../../../src/core/context.ts'
import { isFor } from '../../../src/core/entry.ts'
import { Interner } from '../../../src/core/interner.ts'
import { instanceKey, parseKey } from '../../../src/core/keys.ts'
import type { Sid } from '../../../src/core/model.ts'
import { type LeaseRecord, openedBy, readInstance, readLease } from '../../../src/core/records.ts'
import type { Write } from '../../../src/core/wire.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import { type Scene, seconds } from './scene.ts'

/** Heartbeats that were passed on, asked for again and redirected, at the latest. */
const PASSING_MS = 5_000

/** 8: a lease is ended by its holder alone, and held only by whom somebody heard. */
export const holdersEnd = (scene: Scene): Observer => {
  const interner = new Interner()
  const written = new Map<string, LeaseRecord>()
  const clusters = new Map<SimNode, string>()
  const look = (node: SimNode, write: Write): void => {
    const parsed = parseKey(write.key)
    if (parsed?.kind !== 'lease' || write.value === undefined) return
    const lease = readLease(write.value, interner)
    if (lease === undefined) return
    written.set(write.epoch + write.seq, lease)
    if (lease.open) return looksHeard(scene, node, parsed.b, lease, parsed.cluster === clusters.get(node))
    const registration = instanceKey(parsed.cluster, parsed.a as Sid, parsed.b)
    const version = node.center?.replica.catalog.holds(registration, lease)
    const first = version && readInstance(version.value, interner)?.lease
    const opened = version && first ? [openedBy(version, first)] : []
    const ended = [...write.ends.flatMap(dot => written.get(dot.epoch + dot.seq) ?? []), ...opened]
    const counts = (each: LeaseRecord): boolean => isFor(each, lease) || isLiving(node, registration, each)
    const foreign = ended.find(each => each.holder !== node.id && isAbove(each, lease) && counts(each))
    scene.check('8 only the holder ends', lease.holder === node.id && foreign === undefined, () => {
      return `${node.id} ends lease ${lease.version} of ${parsed.b}, held by ${foreign?.holder ?? lease.holder}`
    })
  }
  return {
    started: node => clusters.set(node, node.center?.replica.directory.cluster ?? ''),
    second: () => {
      for (const node of scene.running()) clusters.set(node, node.center?.replica.directory.cluster ?? '')
    },
    wrote: (node, writes) => {
      for (const write of writes) look(node, write)
    },
  }
}

/** A lease that names a registration that is over, or below a deleted service, counts for nothing. */
const isLiving = (node: SimNode, key: string, dot: Dot): boolean => {
  const { catalog, directory } = node.center?.replica ?? {}
  const version = catalog?.holds(key, dot)
  const parents = version === undefined ? [] : (readInstance(version.value)?.parents ?? [])
  return directory?.groups.get(parseKey(key)?.a as Sid)?.carriesAny(parents) === true
}

/** By the registration it names, then version, then holder; never above itself. */
export const isAbove = (a: LeaseRecord, b: LeaseRecord): boolean => {
  const orders = [a.ms - b.ms, a.count - b.count, a.epoch < b.epoch ? -1 : a.epoch > b.epoch ? 1 : a.seq - b.seq]
  const order = [...orders, a.version - b.version, a.holder < b.holder ? -1 : Number(a.holder > b.holder)].find(
    each => each !== 0,
  )
  return (order ?? 0) > 0
}

const looksHeard = (scene: Scene, node: SimNode, instanceId: string, lease: LeaseRecord, settled: boolean): void => {
  // Under a cluster id that it has just taken, a node writes anew what it holds.
  if (lease.version <= 1 || !settled) return
  const lives = scene.world.truth.ofInstance(instanceId)
  const heardAtMs = Math.max(...lives.map(life => life.maybeHeardAtMs))
  scene.check('8 only the heard are held', scene.nowMs - heardAtMs <= lease.leaseMs + PASSING_MS, () => {
    return `${node.id} takes lease ${lease.version} of ${instanceId}, which was last heard ${seconds(scene.nowMs - heardAtMs)} ago`
  })
}
