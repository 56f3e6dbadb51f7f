import type { Dot } from '../../../src/core/context.ts'
import type { Entry } from '../../../src/core/entry.ts'
import { instanceKey } from '../../../src/core/keys.ts'
import type { LeaseRecord } from '../../../src/core/records.ts'
import type { Packed } from '../../../src/core/wire.ts'
import type { Request } from '../truth/caller.ts'
import type { Heard, Life } from '../truth/truth.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import { Crowds } from './crowds.ts'
import { isAbove } from './holders.ts'
import { Returns } from './returns.ts'
import { type Scene, seconds } from './scene.ts'

/** A lapse is found and an end written within the second that the invariant allows; heartbeats travel meanwhile. */
const END_MS = 2_000

/** 7: the dead are gone at their holder after a lease, elsewhere one propagation later; the unregistered at once. */
export const deadGo = (scene: Scene): Observer => {
  const counted = new Set<string>()
  const crowds = new Crowds(scene)
  const returns = new Returns(scene)
  return {
    second: () => {
      crowds.look()
      returns.look()
      for (const life of scene.world.truth.lives.values()) {
        if (scene.nowMs - life.maybeHeardAtMs <= life.leaseMs && life.end === undefined) continue
        for (const reader of scene.running()) {
          if (!mustBeGone(scene, life, reader)) continue
          const entry = scene.shown(reader, life.service, life.instanceId)
          const pair = `${life.token} ${reader.id}`
          if (!counted.has(pair)) scene.premise('7 the dead go')
          counted.add(pair)
          if (scene.token(entry) === life.token && isOverdue(scene, life, reader, entry, { crowds, returns }))
            scene.violation('7 the dead go', tell(scene, life, reader, entry))
        }
      }
    },
  }
}

/** The reader has been connected to who heard it last, or ended it, since then. */
const mustBeGone = (scene: Scene, life: Life, reader: SimNode): boolean => {
  if (isTold(scene, life, reader)) return true
  const goneMs = life.maybeHeardAtMs + life.leaseMs + END_MS + scene.propagationMs
  return scene.nowMs > goneMs && scene.linkedFor(reader, reader, scene.propagationMs)
}

/** Its end by name has reached the reader. */
const isTold = (scene: Scene, { end }: Life, reader: SimNode): boolean =>
  end !== undefined &&
  scene.nowMs > end.atMs + scene.propagationMs &&
  scene.world.reach.since(reader, end.node) <= end.atMs

/** What may have delayed an end. */
interface Delays {
  readonly crowds: Crowds
  readonly returns: Returns
}

const isOverdue = (
  scene: Scene,
  life: Life,
  reader: SimNode,
  entry: Entry | undefined,
  { crowds, returns }: Delays,
): boolean => {
  const { reach } = scene.world
  if (isTold(scene, life, reader)) return true
  // Its holder ends it: a restart or a pause of the holder delays that by one lease.
  const holder = scene.node(entry?.lease?.holder)
  if (entry === undefined || holder === undefined || !scene.linkedFor(reader, holder, scene.propagationMs)) return false
  const { clockSetAtMs } = holder
  const linkedAtMs = Math.max(reach.since(holder, holder), reach.since(reader, holder))
  // One that lost its disk begins to watch when a peer has brought its lease back.
  const returnedAtMs = holder.forgotAtMs > life.bornAtMs ? returns.sinceMs(holder, reader, entry) : 0
  const fromMs = Math.max(life.maybeHeardAtMs, clockSetAtMs, linkedAtMs, returnedAtMs)
  // So does, and nobody knows when, one whose disk was full when it registered or took it over, once it has been restarted.
  if ((holder.disk?.fullUntilMs ?? 0) > life.bornAtMs || holder.disk?.full === true) return false
  // One that was started from an old disk watches anew, once more, when a peer tells it so.
  const leases = (crowds.have(holder, life) ? 2 : 1) + (holder.restoredFrom === undefined ? 0 : 1)
  return scene.nowMs > fromMs + leases * life.leaseMs + END_MS + scene.propagationMs
}

const tell = (scene: Scene, life: Life, reader: SimNode, entry: Entry | undefined): string => {
  const { holder, version } = entry?.lease ?? {}
  const end = life.end === undefined ? '' : `, ended at ${life.end.node.id} ${seconds(scene.nowMs - life.end.atMs)} ago`
  return (
    `${reader.id} still shows ${scene.describe(life)}, last heard ${seconds(scene.nowMs - life.maybeHeardAtMs)} ago${end}; ` +
    `its lease ${version} is held by ${holder}`
  )
}

interface Buried {
  readonly life: Life | undefined
  readonly key: string
  /** The deletion, and what it named. */
  readonly by: Dot
  readonly dots: readonly Dot[]
}

/** 7: a replica that has seen an end never has the ended version again, whatever reaches it. */
export const endedStayEnded = (scene: Scene): Observer => {
  const buried: Buried[] = []
  const gone = new Map<SimNode, Map<string, LeaseRecord>>()
  const asked = new WeakMap<Request, Life[]>()
  /** Ends that each node has seen, and has had time to write down: a restart does not undo them. */
  const seen = new Map<SimNode, Set<Buried>>()
  const fresh = new Map<SimNode, Set<Buried>>()
  return {
    started: node => gone.set(node, new Map()),
    lostDisk: node => {
      seen.delete(node)
      fresh.delete(node)
      forgetEnds(scene, node)
    },
    stopping: node => {
      fresh.delete(node)
      if (node.disk === undefined) {
        seen.delete(node)
        forgetEnds(scene, node)
      }
    },
    asking: request => {
      if (request.kind === 'delete service') asked.set(request, livesBelow(scene, request.node, request.service))
      if (request.kind !== 'unregister' || request.life === undefined) return
      asked.set(request, heldLives(scene, request.node, request.life))
    },
    answered: (request, answer) => {
      if (answer.kind !== 'ok') return
      for (const life of asked.get(request) ?? []) life.end ??= { atMs: scene.nowMs, node: request.node }
    },
    wrote: (_node, writes) => {
      for (const { key, epoch, seq, value, ends } of writes) {
        // A holder that takes another cluster id writes anew what it holds; an end under the old one that it has not heard of
        // names the version that it held there, and not this one.
        const life = value === undefined || scene.world.commanding !== undefined ? undefined : lifeOf(scene, key, value)
        if (life !== undefined) life.end = undefined
        if (value === undefined && key.includes('/instance/'))
          buried.push({ life: undefined, key, by: { epoch, seq }, dots: ends })
      }
    },
    second: () => {
      for (const node of scene.running()) {
        const catalog = node.center?.replica.catalog
        const known = seen.get(node) ?? new Set<Buried>()
        const covered = new Set<Buried>()
        seen.set(node, known)
        for (const each of buried) {
          const { key, by, dots } = each
          const isCovered = catalog?.context.covers(by.epoch, by.seq) === true
          if (isCovered) covered.add(each)
          if (isCovered && fresh.get(node)?.has(each) === true) known.add(each)
          if (!isCovered && !known.has(each)) continue
          const back = dots.find(dot => catalog?.holds(key, dot) !== undefined)
          scene.check('7 the ended do not return', back === undefined, () => `${node.id} has ${key} again`)
        }
        fresh.set(node, scene.isInMemoryOnly(node) ? new Set() : covered)
        watchEnds(scene, node, gone.get(node) ?? new Map())
      }
    },
  }
}

const lifeOf = (scene: Scene, key: string, value: Packed): Life | undefined =>
  key.includes('/instance/') ? scene.world.truth.lives.get(scene.tokenOf(value) ?? '') : undefined

/** An end that nobody else can have seen is forgotten with the disk, or with the process of a node that has none. */
const forgetEnds = (scene: Scene, node: SimNode): void => {
  for (const life of scene.world.truth.lives.values()) {
    if (life.end?.node === node && !isKnownElsewhere(scene, life.end)) life.end = undefined
  }
}

const isKnownElsewhere = (scene: Scene, { node, atMs }: Heard): boolean =>
  scene.nowMs > atMs + scene.propagationMs &&
  scene.running().some(other => other !== node && scene.world.reach.since(other, node) <= atMs)

/** Registrations of its cluster below a service that a node holds now: what a deletion there ends with it. */
const livesBelow = (scene: Scene, node: SimNode, service: string): Life[] => {
  const instances = [...(scene.group(node, service)?.entries.keys() ?? [])]
  return instances.flatMap(instanceId => heldLives(scene, node, { service, instanceId }))
}

/** Registrations of its instance that a node holds now: what an unregistration there names. */
const heldLives = (
  scene: Scene,
  node: SimNode,
  { service, instanceId }: Pick<Life, 'service' | 'instanceId'>,
): Life[] => {
  const replica = node.center?.replica
  if (replica === undefined) return []
  const versions = replica.catalog.versions(instanceKey(replica.directory.cluster, scene.sid(service), instanceId))
  return versions.flatMap(({ value }) => scene.world.truth.lives.get(scene.tokenOf(value) ?? '') ?? [])
}

/** Remembers which leases a node has seen ended, and that it shows none of them, or an earlier one, again. */
const watchEnds = (scene: Scene, node: SimNode, gone: Map<string, LeaseRecord>): void => {
  for (const group of node.center?.replica.directory.groups.values() ?? []) {
    for (const head of group.entries.values()) {
      for (let entry: Entry | undefined = head; entry !== undefined; entry = entry.next) {
        const { lease, visible } = entry
        if (lease === undefined) continue
        const name = `${lease.epoch}${lease.seq}`
        const ended = gone.get(name)
        const above = ended === undefined || isAbove(lease, ended)
        if (!lease.open && above) gone.set(name, lease)
        if (visible && !above) {
          const text = `${node.id} shows ${scene.token(entry)} under its ended lease ${lease.version} of ${lease.holder}`
          scene.violation('7 the ended do not return', text)
        }
      }
    }
  }
}
