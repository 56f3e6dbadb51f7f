import type { Life } from '../truth/truth.ts'
import type { SimNode } from '../world/node.ts'
import type { World } from '../world/world.ts'

export interface Birth extends Pick<Life, 'token' | 'instanceId' | 'service' | 'gang'> {
  /** Where it was registered. */
  readonly node: SimNode
  /** Between heartbeats, in seconds. */
  readonly interval: number
  readonly times: number
}

/** A registration has been applied now. */
export const bear = (world: World, { node, interval, times, ...named }: Birth): Life => {
  const life: Life = {
    ...named,
    cluster: node.cluster,
    leaseMs: interval * (times + 1) * 1_000,
    intervalMs: interval * 1_000,
    bornAtMs: world.nowMs,
    bornAt: node,
    acknowledgedAtMs: undefined,
    heard: [{ atMs: world.nowMs, node }],
    maybeHeardAtMs: world.nowMs,
    replacedAtMs: undefined,
    end: undefined,
    wanted: false,
  }
  world.truth.born(life)
  return life
}
