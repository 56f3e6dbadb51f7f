import type { Entry } from '../../../src/core/entry.ts'
import { Interner } from '../../../src/core/interner.ts'
import { leaseKey } from '../../../src/core/keys.ts'
import { readLease } from '../../../src/core/records.ts'
import type { Plan } from '../plan/plan.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import { entriesOf, leaseOf } from './partitions.ts'
import { type Scene, seconds } from './scene.ts'

/** Beats come once a second, and what is made of them is looked at once a second. */
const NOTICE_MS = 4_000
const HOP_MS = 1_000

/**
 * 10: what was hidden, because its holder was silent, stays hidden until its lease moves, or until its holder has finished watching
 * and a repair since has brought its ends.
 */
export const hiddenStayHidden = (scene: Scene, plan: Plan): Observer => {
  const interner = new Interner()
  const hidden = new Map<SimNode, Map<Entry, string>>()
  /** When leases were ended, by the key of the record and what they were. */
  const endedAtMs = new Map<string, number>()
  /** Since when nodes watch: after a start, a pause or a jump of their clock. */
  const watchesSinceMs = new Map<SimNode, number>()
  const noticeMs = NOTICE_MS + HOP_MS * plan.topology.diameter
  const looksBack = (reader: SimNode, entry: Entry): void => {
    const holder = scene.node(entry.lease?.holder)
    if (holder?.center === undefined) return
    const sinceMs = Math.max(watchesSinceMs.get(holder) ?? scene.nowMs, holder.disturbedAtMs)
    const watchesMs = scene.nowMs - sinceMs
    // Over several hops the ends may come later than the beat.
    const direct = scene.world.reach.directSince(reader, holder) < scene.nowMs
    const endMs = direct ? scene.nowMs - (endedAtMs.get(nameOf(entry)) ?? scene.nowMs) : 0
    scene.check('10 the hidden stay hidden', watchesMs <= noticeMs && endMs <= noticeMs, () => {
      const why = endMs > noticeMs ? `ended it ${seconds(endMs)} ago` : `has been watching for ${seconds(watchesMs)}`
      return `${reader.id} shows ${scene.token(entry)} again, and ${holder.id} ${why}`
    })
  }
  return {
    started: node => {
      hidden.set(node, new Map())
      watchesSinceMs.delete(node)
    },
    wrote: (_node, writes) => {
      for (const { key, value } of writes) {
        const lease = value !== undefined && key.includes('/lease/') ? readLease(value, interner) : undefined
        if (lease?.open === false) endedAtMs.set(`${key} ${lease.epoch}${lease.seq} ${lease.version}`, scene.nowMs)
      }
    },
    second: () => {
      for (const node of scene.running()) {
        if (node.center?.replica.watching !== true) watchesSinceMs.delete(node)
        else if (!watchesSinceMs.has(node)) watchesSinceMs.set(node, scene.nowMs)
      }
      for (const reader of scene.running()) {
        for (const [entry, lease] of hidden.get(reader) ?? [])
          if (entry.visible && leaseOf(entry) === lease) looksBack(reader, entry)
        const now = new Map<Entry, string>()
        for (const entry of entriesOf(reader)) if (entry.hidden && !entry.visible) now.set(entry, leaseOf(entry))
        hidden.set(reader, now)
      }
    },
  }
}

const nameOf = ({ clusterId, group, instanceId, lease }: Entry): string =>
  `${leaseKey(clusterId, group.sid, instanceId)} ${lease?.epoch}${lease?.seq} ${lease?.version}`
