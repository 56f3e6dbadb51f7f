import type { Entry } from '../../../src/core/entry.ts'
import type { Group } from '../../../src/core/group.ts'
import type { Life } from '../truth/truth.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import { type Scene, seconds } from './scene.ts'

const NAME = '12 a crowd is kept for one lease'
const CROWD_ABOVE = 5
const CROWD_SHARE = 0.8
/** A lapse is found, and a heartbeat on its way heard, within this. */
const SLACK_MS = 2_000

/**
 * 12: when nearly all instances of a service that a holder holds fall silent together, each is kept for one more lease, and
 * marked. That they go then is watched with the dead.
 */
export const crowdsAreKept = (scene: Scene): Observer => ({
  second: () => {
    const lives = [...scene.world.truth.lives.values()].filter(
      life => life.gang && life.end === undefined && life.replacedAtMs === undefined,
    )
    for (const holder of scene.running()) looksKept(scene, holder, lives)
  },
})

const looksKept = (scene: Scene, holder: SimNode, lives: readonly Life[]): void => {
  const silent = lives.filter(life => isInGrace(scene, holder, life))
  if (silent.length <= CROWD_ABOVE || silent.length < lives.length) return
  // They fell silent within one interval.
  const times = silent.map(life => life.maybeHeardAtMs)
  if (Math.max(...times) - Math.min(...times) > (silent[0]?.intervalMs ?? 0)) return
  for (const life of silent) {
    const entry = scene.shown(holder, life.service, life.instanceId)
    scene.check(NAME, entry?.origin().stale === true, () => {
      const state = entry === undefined ? 'does not show' : 'does not mark'
      const silentFor = seconds(scene.nowMs - life.maybeHeardAtMs)
      return `${holder.id} ${state} ${scene.describe(life)}, silent for ${silentFor} with ${silent.length - 1} others`
    })
  }
}

/** Registered here and heard by nobody else, silent for more than a lease and less than two. */
const isInGrace = (scene: Scene, holder: SimNode, life: Life): boolean => {
  const silentMs = scene.nowMs - life.maybeHeardAtMs
  if (silentMs < life.leaseMs + SLACK_MS || silentMs > 2 * life.leaseMs - SLACK_MS) return false
  // Another registration of its id, or another holder, may have come out of a partition.
  const entry = scene.group(holder, life.service)?.entries.get(life.instanceId)
  if (scene.token(entry) !== life.token || entry?.lease?.holder !== holder.id) return false
  if (life.bornAt !== holder || holder.clockSetAtMs > life.bornAtMs) return false
  return scene.world.reach.since(holder, holder) < life.bornAtMs && life.heard.every(({ node }) => node === holder)
}

/** Which instances self-preservation may have kept: silent together with nearly all that their holder holds of their service. */
export class Crowds {
  readonly #scene: Scene
  readonly #kept = new Map<SimNode, Set<Life>>()

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /** Once a second. */
  look(): void {
    for (const holder of this.#scene.running()) {
      for (const group of holder.center?.replica.directory.groups.values() ?? []) {
        const held = heldIn(group, holder)
        if (held.length <= CROWD_ABOVE) continue
        const silent = held.flatMap(entry => this.#silentLife(holder, entry) ?? [])
        if (silent.length <= CROWD_ABOVE || silent.length < held.length * CROWD_SHARE) continue
        const kept = this.#kept.get(holder) ?? new Set()
        this.#kept.set(holder, kept)
        for (const life of silent) kept.add(life)
      }
    }
  }

  have(holder: SimNode, life: Life): boolean {
    return this.#kept.get(holder)?.has(life) === true
  }

  /** Not heard, or not watched, for nearly a lease: one interval and a second less. */
  #silentLife(holder: SimNode, entry: Entry): Life | undefined {
    const life = this.#scene.world.truth.lives.get(this.#scene.token(entry) ?? '')
    if (life === undefined) return undefined
    const fromMs = Math.max(life.maybeHeardAtMs, holder.disturbedAtMs, holder.clockSetAtMs)
    return this.#scene.nowMs - fromMs >= life.leaseMs - life.intervalMs - SLACK_MS ? life : undefined
  }
}

const heldIn = ({ entries }: Group, holder: SimNode): Entry[] => {
  const held: Entry[] = []
  for (const head of entries.values()) {
    for (let entry: Entry | undefined = head; entry !== undefined; entry = entry.next)
      if (entry.lease?.open === true && entry.lease.holder === holder.id) held.push(entry)
  }
  return held
}
