import { allCheckers } from './checkers/all.ts'
import { showsTheReplaced } from './checkers/clusters.ts'
import { haveConverged } from './checkers/convergence.ts'
import { Scene } from './checkers/scene.ts'
import { startGang } from './clients/gangs.ts'
import { startOperators } from './clients/operators.ts'
import { startOwners } from './clients/owners.ts'
import { startProviders } from './clients/providers.ts'
import { startStrays } from './clients/strays.ts'
import { endStorm, startStorm } from './faults/storm.ts'
import { buildWorld } from './plan/build.ts'
import { drawPlan, type Plan } from './plan/plan.ts'
import type { World } from './world/world.ts'

export interface Run {
  readonly plan: Plan
  readonly world: World
}

/** Repair intervals are jittered around 30 s. */
const ROUND_MS = 37_500
const REDIAL_MS = 6_000
/** Where few clients say little, they go on until they have said so much. */
const OPERATIONS_MIN = 300
const REPLACEMENT_MS = 255_000
const REPLACEMENT_LOOK_MS = 5_000

/** One seed: a storm of clients and faults, then healing, then quiet. */
export const runSeed = async (seed: number): Promise<Run> => {
  const plan = drawPlan(seed)
  const world = buildWorld(plan)
  const scene = new Scene(world, plan)
  world.observers.push(...allCheckers(scene, plan))
  startProviders(world, plan)
  startOwners(world, plan)
  if (plan.work.has('gangs')) startGang(world, plan)
  if (plan.work.has('strays')) startStrays(world)
  if (plan.work.has('accounts')) startOperators(world)
  startStorm(world, plan)
  await world.run(plan.stormMs)
  while (world.counts.operations < OPERATIONS_MIN) await world.run(1_000)
  endStorm(world, plan)
  await world.run(REDIAL_MS)
  await untilConverged(scene)
  // A cluster that was replaced is known to be after two minutes, and its instances are hidden after two more.
  if (world.replacedAtMs !== undefined) {
    await untilHidden(scene)
    // Who found it replaced has only just written so.
    await untilConverged(scene)
  }
  for (const observer of world.observers) observer.settled?.()
  await world.run(plan.leaseMs)
  world.quiet = true
  await world.run(plan.leaseMs)
  return { plan, world }
}

/** Or as long as repair may take to every node. */
const untilConverged = async (scene: Scene): Promise<void> => {
  const { world, plan } = scene
  const untilMs = world.nowMs + (plan.topology.diameter + 1) * ROUND_MS
  while (world.nowMs < untilMs && !haveConverged(scene)) await world.run(1_000)
}

const untilHidden = async (scene: Scene): Promise<void> => {
  const { world } = scene
  for (const untilMs = world.nowMs + REPLACEMENT_MS; world.nowMs < untilMs && showsTheReplaced(scene); )
    await world.run(REPLACEMENT_LOOK_MS)
}
