import type { Entry } from '../../../src/core/entry.ts'
import type { Life } from '../truth/truth.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import { entriesOf } from './partitions.ts'
import { type Scene, seconds } from './scene.ts'
import { heardOnDisk } from './watching.ts'

const NAME = '7 a crash loop keeps no dead'
/** As how much watching each start counts at least. */
const START_MS = 5_000
/** So long after its start a process has surely saved that it watches. */
const SAVED_MS = 500
/** After a repair a holder waits for what peers say of its earlier starts; then the end has to be written. */
const TOLD_MS = 2_000
const END_MS = 1_200
/** Crossings of a link that a first repair takes, beside two for each slice. */
const CROSSINGS = 12
const CATALOG_BYTES = 50_000
/** Of more than these self-preservation may keep all. */
const CROWD_ABOVE = 5

/** Starts in a row, each cut short while it watched. */
interface Row {
  readonly firstAtMs: number
  readonly clusterId: string
  /** What the starts before the present one count as. */
  watchedMs: number
  /** Instances that it held at each of these starts, and that none of them has heard. */
  silent: ReadonlySet<Life>
}

/**
 * 7: a holder's restarts delay the end of the dead by one lease in all, however many they are and however soon each start is cut
 * short: each counts as five seconds of watching.
 */
export const loopsKeepNoDead = (scene: Scene): Observer => {
  const rows = new Map<SimNode, Row>()
  /** Lives looked for since the present start. */
  const counted = new Map<SimNode, Set<Life>>()
  return {
    stopping: node => {
      if (!wasCutShort(scene, node)) rows.delete(node)
    },
    lostDisk: node => rows.delete(node),
    started: node => {
      counted.set(node, new Set())
      const row = rows.get(node)
      if (row === undefined) rows.set(node, begins(scene, node))
      else {
        row.watchedMs += START_MS
        const held = heldBy(scene, node)
        row.silent = new Set([...row.silent].filter(life => held.has(life)))
      }
    },
    second: () => {
      for (const [node, row] of rows) {
        if (!node.running || row.watchedMs === 0 || !goesOn(scene, node, row)) continue
        for (const life of row.silent) {
          if (!mustBeOver(scene, node, row, life) || counted.get(node)?.has(life) === true) continue
          counted.get(node)?.add(life)
          const entry = scene.shown(node, life.service, life.instanceId)
          const isShown = scene.token(entry) === life.token && entry?.lease?.holder === node.id
          scene.check(NAME, !isShown, () => {
            const silentFor = seconds(scene.nowMs - life.maybeHeardAtMs)
            return `${node.id} still shows ${scene.describe(life)}, silent for ${silentFor}; its starts count as ${seconds(row.watchedMs)}`
          })
        }
      }
    },
  }
}

/** It watched until its process ended, and has saved that it did. */
const wasCutShort = (scene: Scene, node: SimNode): boolean => {
  const { disturbedAtMs, startedAtMs, clockSetAtMs, disk, machine } = node
  if (disturbedAtMs !== startedAtMs || clockSetAtMs > startedAtMs || node.center?.replica.watching !== true)
    return false
  if (disk === undefined || disk.full || disk.fullUntilMs > startedAtMs) return false
  return (scene.nowMs - startedAtMs) * machine.rate > SAVED_MS
}

const begins = (scene: Scene, node: SimNode): Row => {
  const heard = heardOnDisk(node)
  const clusterId = node.center?.replica.directory.cluster ?? ''
  const silent = heldBy(scene, node, ({ face }) => !heard.has(`${face?.registration.epoch}${face?.registration.seq}`))
  return { firstAtMs: scene.nowMs, clusterId, watchedMs: 0, silent }
}

/** This start has not begun to watch anew. */
const goesOn = ({ nowMs }: Scene, node: SimNode, { clusterId }: Row): boolean => {
  const { disturbedAtMs, startedAtMs, clockSetAtMs, disk, center } = node
  if (disturbedAtMs !== startedAtMs || clockSetAtMs > startedAtMs || nowMs === startedAtMs) return false
  return disk?.full === false && center?.replica.directory.cluster === clusterId
}

/** It has watched for a lease in all, and a peer has had time to tell what it knows. */
const mustBeOver = (scene: Scene, node: SimNode, { firstAtMs, watchedMs }: Row, life: Life): boolean => {
  if (life.maybeHeardAtMs >= firstAtMs || isInCrowd(scene, node, life)) return false
  const upMs = scene.nowMs - node.startedAtMs
  if (upMs < life.leaseMs - watchedMs + END_MS) return false
  return scene.running().some(peer => {
    const link = peer === node ? undefined : scene.world.network.between(node, peer)
    if (link === undefined) return false
    const crossings = CROSSINGS + 2 * Math.floor(CATALOG_BYTES / scene.plan.sliceBytes)
    const repairMs = crossings * (link.delayMs + link.jitterMs)
    return scene.world.reach.directSince(node, peer) <= scene.nowMs - repairMs - TOLD_MS - END_MS
  })
}

const heldBy = (scene: Scene, node: SimNode, counts: (entry: Entry) => boolean = () => true): Set<Life> => {
  const lives = new Set<Life>()
  for (const entry of entriesOf(node)) {
    const life = scene.world.truth.lives.get(scene.token(entry) ?? '')
    const holds = entry.lease?.open === true && entry.lease.holder === node.id
    if (life !== undefined && holds && counts(entry)) lives.add(life)
  }
  return lives
}

const isInCrowd = (scene: Scene, node: SimNode, { service }: Life): boolean => {
  const group = scene.group(node, service)
  if (group === undefined) return false
  let held = 0
  for (const entry of entriesOf(node))
    if (entry.group === group && entry.lease?.open === true && entry.lease.holder === node.id) held += 1
  return held > CROWD_ABOVE
}
