import { seconds } from './checkers/scene.ts'
import { CHECKERS, type CheckerName, type Violation } from './checkers/verdicts.ts'
import type { Run } from './run.ts'

/** A checker whose premise held less often over a whole run of seeds has seen too little to mean anything. */
export const PREMISES_MIN = 100
/** What happened before the first violation, in lines. */
const TRANSCRIPT_LINES = 25

/** What many seeds have shown together. */
export class Report {
  seeds = 0
  virtualMs = 0
  operations = 0
  /** Fewest client operations and leases of virtual time in any seed. */
  operationsMin = Number.POSITIVE_INFINITY
  leasesMin = Number.POSITIVE_INFINITY
  readonly held = new Map<CheckerName, number>()
  readonly broken = new Map<CheckerName, number>()
  readonly strikes = new Map<string, number>()
  readonly failures: { readonly seed: number; readonly text: string }[] = []

  add({ plan, world }: Run): void {
    const { held, broken, violations } = world.verdicts
    this.seeds += 1
    this.virtualMs += world.nowMs
    this.operations += world.counts.operations
    this.operationsMin = Math.min(this.operationsMin, world.counts.operations)
    this.leasesMin = Math.min(this.leasesMin, world.nowMs / plan.leaseMs)
    for (const [name, count] of held) this.held.set(name, (this.held.get(name) ?? 0) + count)
    for (const [name, count] of broken) this.broken.set(name, (this.broken.get(name) ?? 0) + count)
    for (const [name, count] of world.strikes) this.strikes.set(name, (this.strikes.get(name) ?? 0) + count)
    if (violations.length > 0)
      this.failures.push({ seed: plan.seed, text: tell(plan.seed, violations, world.transcript) })
  }

  /** Checkers that have seen too little. */
  idle(): CheckerName[] {
    return CHECKERS.filter(name => (this.held.get(name) ?? 0) < PREMISES_MIN)
  }

  table(): string {
    const checkers = CHECKERS.map(name => {
      const broken = this.broken.get(name) ?? 0
      return `  ${name.padEnd(44)}${String(this.held.get(name) ?? 0).padStart(10)}${broken > 0 ? `  BROKEN ${broken}` : ''}`
    })
    const strikes = [...this.strikes].sort().map(([name, count]) => `  ${name.padEnd(44)}${String(count).padStart(10)}`)
    return [
      `${this.seeds} seeds, ${(this.virtualMs / 3_600_000).toFixed(1)} virtual hours, ${this.operations} client operations`,
      `at least ${this.leasesMin.toFixed(1)} leases and ${this.operationsMin} operations in each`,
      'checker, and how often its premise held',
      ...checkers,
      'fault, and how often it struck',
      ...strikes,
    ].join('\n')
  }
}

const tell = (seed: number, violations: readonly Violation[], transcript: readonly string[]): string => {
  const first = violations[0]
  const before = transcript.filter(line => Number.parseFloat(line) * 1000 <= (first?.atMs ?? 0))
  return [
    ...before.slice(-TRANSCRIPT_LINES),
    ...violations.map(({ checker, atMs, text }) => `${seconds(atMs).padStart(11)}  VIOLATED ${checker}: ${text}`),
    `replay: npm run sim -- --seed ${seed}`,
  ].join('\n')
}
