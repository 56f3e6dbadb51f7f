import { Interner } from '../../../src/core/interner.ts'
import { instanceKey, parseKey } from '../../../src/core/keys.ts'
import type { Sid } from '../../../src/core/model.ts'
import { readLease } from '../../../src/core/records.ts'
import { readProgress } from '../../../src/core/watching.ts'
import { unpack, type Write } from '../../../src/core/wire.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import { type Scene, seconds } from './scene.ts'

/** Rounding of ages and of buckets. */
const SLACK_MS = 500
/** Clocks of machines may be this much too fast. */
const DRIFT = 0.99
/** Beats after which peers can tell that a disk is an old one, and time for them to say so. */
const OLD_BEATS = 8
const TOLD_MS = 3_500
/** A shorter pause goes unnoticed; and a start counts as this much watching at least, so that a crash loop ends. */
const NOTICED_MS = 6_000
const NOTHING = new Uint8Array()

/** Registrations that starts before this one have heard while they watched, by dot, as the node's disk says. */
export const heardOnDisk = ({ disk }: SimNode): Set<string> => {
  const progress = readProgress(unpack(disk?.values.get('watching') ?? NOTHING))
  return new Set(progress?.heard.map(({ epoch, seq }) => epoch + seq))
}

/**
 * 11: a holder that has started, or stood still, ends nothing before it has watched for a whole lease; of several starts in a row
 * the last one need not watch that long, except for whom an earlier one has heard.
 */
export const restartsWatchFirst = (scene: Scene): Observer => {
  const interner = new Interner()
  const upBefore = new Map<SimNode, number>()
  const heardBefore = new Map<SimNode, Set<string>>()
  const look = (node: SimNode, { key, value }: Write): void => {
    const parsed = parseKey(key)
    const lease = parsed?.kind === 'lease' && value !== undefined ? readLease(value, interner) : undefined
    if (parsed === undefined || lease?.open !== false || lease.holder !== node.id) return
    // One for a registration that is over counts for nothing.
    const registration = instanceKey(parsed.cluster, parsed.a as Sid, parsed.b)
    if (node.center?.replica.catalog.holds(registration, lease) === undefined) return
    const { disturbedAtMs, startedAtMs, pausedForMs } = node
    const upMs = scene.nowMs - disturbedAtMs
    const isStart = startedAtMs === disturbedAtMs
    // The start before may have watched already, and this one goes on where that ended.
    const watched = (upBefore.get(node) ?? Number.POSITIVE_INFINITY) < lease.leaseMs + NOTICED_MS
    const continues =
      watched && !isToldToBeOld(scene, node) && heardBefore.get(node)?.has(lease.epoch + lease.seq) !== true
    if (isStart ? continues : pausedForMs < NOTICED_MS) return
    scene.check('11 a restart watches first', upMs >= lease.leaseMs * DRIFT - SLACK_MS, () => {
      return `${node.id} ends the lease of ${key} ${seconds(upMs)} after it ${isStart ? 'started' : 'went on'}`
    })
  }
  return {
    stopping: node => {
      // It watched anew when its wall clock was set.
      upBefore.set(node, scene.nowMs - Math.max(node.disturbedAtMs, node.clockSetAtMs))
      if (node.forgotAtMs < node.startedAtMs) node.restoredFrom = undefined
    },
    started: node => {
      heardBefore.set(node, heardOnDisk(node))
      // An old disk says how long the node had watched when it was taken.
      if (node.restoredFrom !== undefined) upBefore.set(node, 0)
    },
    wrote: (node, writes) => {
      for (const write of writes) look(node, write)
    },
  }
}

/** A peer has heard the start during which the old disk was copied long after that, and has had time to tell. */
const isToldToBeOld = (scene: Scene, node: SimNode): boolean => {
  const start = node.restoredFrom?.takenIn
  if (start === undefined) return false
  return scene.running().some(({ center }, i, all) => {
    const peer = all[i] as SimNode
    const beats = center?.replica.members.get(start.epoch)?.beat ?? 0
    return beats > start.beat + OLD_BEATS && scene.world.reach.directSince(node, peer) <= scene.nowMs - TOLD_MS
  })
}
