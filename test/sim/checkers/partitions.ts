import type { Entry } from '../../../src/core/entry.ts'
import type { NodeId } from '../../../src/core/model.ts'
import type { Plan } from '../plan/plan.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import { type Scene, seconds } from './scene.ts'
import { Silences } from './silences.ts'

/** Beats come once a second, and what is made of them is looked at once a second. */
const NOTICE_MS = 5_000
const HOP_MS = 1_000
/** A reader calls a node or cluster silent after this long, and hides a node's instances after this at least. */
const STALE_MS = 5_000
const HIDE_AT_LEAST_MS = 10_000
/** Beats that come no further apart than this come along one way. */
const REGULAR_MS = 2_000

interface Look {
  readonly scene: Scene
  readonly plan: Plan
  /** When a reader hears of a node at the latest, and at the soonest. */
  readonly latest: Silences
  readonly soonest: Silences
  /** When a reader got a node's record, or saw it take a lease: before that it waits for nothing from it. */
  readonly metAtMs: Map<SimNode, Map<NodeId, number>>
  /** How much earlier or later than the model a reader may notice a silence. */
  readonly slackMs: number
}

/** 10: what cannot be reached stays, marked; only a node whose silence is its own is hidden. */
export const partitionsExpireNothing = (scene: Scene, plan: Plan): Observer => {
  const latest = new Silences(scene, false)
  const soonest = new Silences(scene, true)
  const metAtMs: Look['metAtMs'] = new Map()
  const look: Look = { scene, plan, latest, soonest, metAtMs, slackMs: NOTICE_MS + HOP_MS * plan.topology.diameter }
  const shown = new Map<SimNode, Map<Entry, string>>()
  const holders = new WeakMap<Entry, NodeId | undefined>()
  return {
    started: node => {
      latest.started(node)
      soonest.started(node)
      shown.set(node, new Map())
      metAtMs.set(node, new Map())
    },
    disturbed: () => soonest.changed(),
    linkChanged: link => {
      soonest.changed()
      if (link.connection?.isUp(link.ends[0].node) === true || link.connection?.isUp(link.ends[1].node) === true)
        soonest.risen(link)
    },
    second: () => {
      latest.look()
      soonest.look()
      for (const reader of scene.running()) {
        const met = metAtMs.get(reader)
        for (const node of reader.center?.replica.directory.nodes.keys() ?? [])
          if (met?.has(node) === false) met.set(node, scene.nowMs)
        for (const [entry, lease] of shown.get(reader) ?? [])
          if (!entry.visible) mayBeHidden(look, reader, entry, lease)
        const now = new Map<Entry, string>()
        for (const entry of entriesOf(reader)) {
          const holder = entry.lease?.holder
          if (holder !== undefined && (holders.get(entry) ?? holder) !== holder) met?.set(holder, scene.nowMs)
          holders.set(entry, holder)
          if (entry.visible) {
            now.set(entry, leaseOf(entry))
            mustBeMarked(look, reader, entry)
          }
          mustBeHidden(look, reader, entry)
        }
        shown.set(reader, now)
      }
    },
  }
}

export const leaseOf = ({ lease }: Entry): string => `${lease?.epoch}${lease?.seq} ${lease?.version} ${lease?.open}`

export function* entriesOf(node: SimNode): Generator<Entry> {
  for (const group of node.center?.replica.directory.groups.values() ?? []) {
    for (const head of group.entries.values()) {
      for (let entry: Entry | undefined = head; entry !== undefined; entry = entry.next) yield entry
    }
  }
}

/** An instance is shown no more, though nobody ended it: its holder was silent, and not its whole cluster with it. */
const mayBeHidden = (look: Look, reader: SimNode, entry: Entry, lease: string): void => {
  const { scene, plan, latest, soonest, slackMs } = look
  const holder = scene.node(entry.lease?.holder)
  if (!entry.hidden || holder === undefined || entry.lease === undefined || leaseOf(entry) !== lease) return
  const silentMs = latest.longestMs(reader, holder, slackMs)
  const dueMs = Math.max(entry.lease.leaseMs, HIDE_AT_LEAST_MS)
  const sibling = scene.world.nodes.find(
    node => node.isSiblingOf(holder) && node !== reader && soonest.ofMs(reader, node) < STALE_MS + slackMs,
  )
  const right = plan.silentNode === 'hide' && sibling !== undefined && silentMs >= dueMs - slackMs
  scene.check('10 a partition expires nothing', right, () => {
    return `${reader.id} hides ${scene.token(entry)} of ${holder.id}, which was silent to it for ${seconds(silentMs)}`
  })
}

/** As far as the reader can know at the soonest. */
const silentMsOf = ({ scene, soonest, metAtMs }: Look, reader: SimNode, node: SimNode): number =>
  Math.min(soonest.ofMs(reader, node), scene.nowMs - (metAtMs.get(reader)?.get(node.id) ?? scene.nowMs))

const mustBeMarked = (look: Look, reader: SimNode, entry: Entry): void => {
  const { scene, latest, slackMs } = look
  const holder = scene.node(entry.lease?.holder)
  if (holder === undefined || holder === reader) return
  const dueMs = STALE_MS + slackMs
  const silent = silentMsOf(look, reader, holder) > dueMs && scene.linkedFor(reader, reader, dueMs)
  // A node that lost its disk, and its cluster id with it, may still hold what belongs to the old one.
  const current = entry.clusterId === holder.center?.replica.directory.cluster
  // Where a shorter way has ended, the next beat takes longer: it comes the other way, a second a hop at worst.
  const regular = latest.longestMs(reader, holder, slackMs) <= REGULAR_MS
  const linked = scene.linkedFor(reader, holder, scene.propagationMs + STALE_MS)
  const steady = current && entry.graceUntilMs === 0 && linked && regular
  if (!silent && !steady) return
  const { stale } = entry.origin()
  scene.check('10 the unreachable are marked', stale === silent, () => {
    return `${reader.id} says stale=${stale} of ${scene.token(entry)}, held by ${holder.id}`
  })
}

/** A silent node's instances are hidden when another node of its cluster is heard. */
const mustBeHidden = (look: Look, reader: SimNode, entry: Entry): void => {
  const { scene, plan, slackMs } = look
  const holder = scene.node(entry.lease?.holder)
  if (plan.silentNode !== 'hide' || entry.lease?.open !== true || holder === undefined || holder === reader) return
  const silentMs = silentMsOf(look, reader, holder)
  const dueMs = Math.max(entry.lease.leaseMs, HIDE_AT_LEAST_MS) + slackMs
  if (silentMs <= dueMs || !scene.linkedFor(reader, reader, dueMs)) return
  // One that lost its disk while it could reach none of the others is no sibling of them: it has an id of its own.
  const sibling = scene.world.nodes.find(
    node =>
      node.isSiblingOf(holder) &&
      node !== reader &&
      node.center?.replica.directory.cluster === entry.clusterId &&
      scene.linkedFor(reader, node, dueMs),
  )
  if (sibling === undefined) return
  scene.check('10 the silent are hidden', !entry.visible, () => {
    return `${reader.id} shows ${scene.token(entry)} of ${holder.id}, silent for ${seconds(silentMs)}`
  })
}
