import { CALM, type GossipWeather } from '../world/link.ts'
import { SeededRandom } from '../world/random.ts'
import { CONDITION_KINDS, type ConditionKind, FAULT_KINDS, type FaultKind, WORK_KINDS, type WorkKind } from './kinds.ts'
import { drawTopology, type Topology } from './topology.ts'

/** Everything that a seed decides before anything runs. */
export interface Plan {
  readonly seed: number
  readonly topology: Topology
  readonly faults: ReadonlySet<FaultKind>
  readonly conditions: ReadonlySet<ConditionKind>
  readonly work: ReadonlySet<WorkKind>
  /** Seconds between heartbeats, and how many may be missed. */
  readonly interval: number
  readonly times: number
  readonly leaseMs: number
  /** Mean time between two faults. */
  readonly faultEveryMs: number
  /** How long clients and faults go on before everything heals. */
  readonly stormMs: number
  readonly weather: GossipWeather
  readonly unreachable: 'keep' | 'mark' | 'hide'
  readonly hideAfterMs: number
  readonly silentNode: 'hide' | 'mark' | 'keep'
  readonly startAloneMs: number
  /** Of a repair; small ones make many, each of which may be the last that arrives. */
  readonly sliceBytes: number
}

/** Leases of virtual time that a run has at least, before everything heals. */
const LEASES = 10

export const drawPlan = (seed: number): Plan => {
  const random = new SeededRandom(`plan ${seed}`)
  const topology = drawTopology(random.fork('topology'))
  const interval = random.pick([2, 2, 3, 4])
  const times = random.pick([2, 2, 3])
  const leaseMs = interval * (times + 1) * 1000
  const conditions = drawConditions(random.fork('conditions'))
  const faults = drawFaults(random.fork('faults'), topology)
  return {
    seed,
    topology,
    faults,
    conditions,
    work: drawWork(random.fork('work'), topology),
    interval,
    times,
    leaseMs,
    faultEveryMs: random.pick([5_000, 10_000, 20_000]),
    stormMs: Math.max(LEASES * leaseMs, faults.has('replaced cluster') ? REPLACEMENT_MS : 0),
    weather: drawWeather(random.fork('weather'), conditions),
    unreachable: random.pick(['keep', 'mark', 'mark', 'hide']),
    hideAfterMs: random.pick([5_000, 15_000, 30_000]),
    silentNode: random.pick(['hide', 'hide', 'hide', 'mark', 'keep']),
    startAloneMs: 10_000,
    sliceBytes: drawSliceBytes(random.fork('slices'), topology),
  }
}

/** Time for a cluster to be replaced, and for its heirs to live. */
const REPLACEMENT_MS = 180_000

/** A whole catalog takes some fifty small slices, one round trip each: over long links they are larger. */
const drawSliceBytes = (random: SeededRandom, { links }: Topology): number => {
  if (random.chance(0.5)) return 128 * 1024
  return links.every(({ delayMs, jitterMs }) => delayMs + jitterMs < 30) ? random.pick([500, 1_000]) : 4_000
}

const drawFaults = (random: SeededRandom, topology: Topology): Set<FaultKind> => {
  const faults = new Set<FaultKind>()
  // One seed in ten runs in peace: what the others blame on faults must not happen there.
  if (random.chance(0.1)) return faults
  const share = random.pick([0.15, 0.3, 0.5])
  for (const kind of FAULT_KINDS) if (random.chance(share)) faults.add(kind)
  if (topology.clusters < 2 || random.chance(0.85)) faults.delete('replaced cluster')
  return faults
}

const drawConditions = (random: SeededRandom): Set<ConditionKind> => {
  const share = random.pick([0, 0.2, 0.4])
  const conditions = new Set<ConditionKind>()
  for (const kind of CONDITION_KINDS) if (random.chance(share)) conditions.add(kind)
  return conditions
}

const drawWork = (random: SeededRandom, topology: Topology): Set<WorkKind> => {
  const work = new Set<WorkKind>()
  for (const kind of WORK_KINDS) if (random.chance(0.7)) work.add(kind)
  if (!work.has('sticky') && !work.has('balanced')) work.add(random.pick(['sticky', 'balanced']))
  if (topology.clusters < 2) for (const kind of ['abroad', 'twins'] as const) work.delete(kind)
  return work
}

const drawWeather = (random: SeededRandom, conditions: ReadonlySet<ConditionKind>): GossipWeather => {
  if (conditions.has('no gossip')) return { ...CALM, loss: 1 }
  return {
    loss: conditions.has('gossip loss') ? random.pick([0.05, 0.3, 0.7]) : 0,
    duplicate: conditions.has('gossip duplication') ? random.pick([0.1, 0.5]) : 0,
    lateMs: random.pick([100, 10_000, 60_000]),
    reorderMs: conditions.has('gossip reordering') ? random.pick([50, 1_000, 10_000]) : 0,
  }
}
