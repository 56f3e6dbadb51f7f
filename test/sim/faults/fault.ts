import type { FaultKind } from '../plan/kinds.ts'
import type { Plan } from '../plan/plan.ts'
import type { SimNode } from '../world/node.ts'
import type { SeededRandom } from '../world/random.ts'
import type { World } from '../world/world.ts'

export interface Storm {
  readonly world: World
  readonly plan: Plan
  readonly random: SeededRandom
}

/** One strike, from beginning to end. False: there was nothing it could strike. */
export type Fault = (storm: Storm) => Promise<boolean>

export type Faults = Partial<Record<FaultKind, Fault>>

/** How long faults last: mostly seconds, sometimes more than a lease. */
export const durationMs = ({ random, plan }: Storm): number =>
  random.pick([300, 2_000, 5_000, 12_000, plan.leaseMs, plan.leaseMs * 2.5]) * random.between(0.5, 1.2)

export const runningNodes = ({ world }: Storm): SimNode[] => world.nodes.filter(node => node.running)
