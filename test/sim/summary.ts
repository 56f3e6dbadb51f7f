import { seconds } from './checkers/scene.ts'
import type { CheckerName } from './checkers/verdicts.ts'
import type { Run } from './run.ts'

/** What happened before the first violation, in lines. */
const TRANSCRIPT_LINES = 25

/** What one seed has shown, in a shape that threads can hand over. */
export interface Summary {
  readonly seed: number
  readonly nodes: number
  readonly clusters: number
  readonly virtualMs: number
  readonly leases: number
  readonly operations: number
  /** How often the premise of each checker held, how often it was violated, and how often each fault struck. */
  readonly held: readonly (readonly [CheckerName, number])[]
  readonly broken: readonly (readonly [CheckerName, number])[]
  readonly strikes: readonly (readonly [string, number])[]
  /** With the command that replays it; undefined: nothing was violated. */
  readonly failure: string | undefined
}

export const summarize = (run: Run): Summary => {
  const { plan, world } = run
  const { held, broken, violations } = world.verdicts
  return {
    seed: plan.seed,
    nodes: plan.topology.clusterOf.length,
    clusters: plan.topology.clusters,
    virtualMs: world.nowMs,
    leases: world.nowMs / plan.leaseMs,
    operations: world.counts.operations,
    held: [...held],
    broken: [...broken],
    strikes: [...world.strikes],
    failure: violations.length === 0 ? undefined : tell(run),
  }
}

const tell = ({ plan, world: { verdicts, transcript } }: Run): string => {
  const [first] = verdicts.violations
  const before = transcript.filter(line => Number.parseFloat(line) * 1000 <= (first?.atMs ?? 0))
  return [
    ...before.slice(-TRANSCRIPT_LINES),
    ...verdicts.violations.map(
      ({ checker, atMs, text }) => `${seconds(atMs).padStart(11)}  VIOLATED ${checker}: ${text}`,
    ),
    `replay: npm run sim -- --seed ${plan.seed}`,
  ].join('\n')
}
