import { CHECKERS, type CheckerName } from './checkers/verdicts.ts'
import type { Summary } from './summary.ts'

/** A checker whose premise held less often over a whole run of seeds has seen too little to mean anything. */
export const PREMISES_MIN = 100

/** What many seeds have shown together. */
export class Report {
  seeds = 0
  virtualMs = 0
  operations = 0
  /** Fewest client operations and leases of virtual time in any seed. */
  operationsMin = Number.POSITIVE_INFINITY
  leasesMin = Number.POSITIVE_INFINITY
  readonly nodes = new Set<number>()
  readonly clusters = new Set<number>()
  readonly held = new Map<CheckerName, number>()
  readonly broken = new Map<CheckerName, number>()
  readonly strikes = new Map<string, number>()
  readonly failures: { readonly seed: number; readonly text: string }[] = []

  add({ seed, nodes, clusters, virtualMs, leases, operations, held, broken, strikes, failure }: Summary): void {
    this.seeds += 1
    this.virtualMs += virtualMs
    this.operations += operations
    this.operationsMin = Math.min(this.operationsMin, operations)
    this.leasesMin = Math.min(this.leasesMin, leases)
    this.nodes.add(nodes)
    this.clusters.add(clusters)
    count(this.held, held)
    count(this.broken, broken)
    count(this.strikes, strikes)
    if (failure !== undefined) this.failures.push({ seed, text: failure })
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
    const strikes = [...this.strikes].sort().map(([name, times]) => `  ${name.padEnd(44)}${String(times).padStart(10)}`)
    return [
      `${this.seeds} seeds, ${(this.virtualMs / 3_600_000).toFixed(1)} virtual hours, ${this.operations} client operations`,
      `${rangeOf(this.nodes)} nodes in ${rangeOf(this.clusters)} clusters, ` +
        `at least ${this.leasesMin.toFixed(1)} leases and ${this.operationsMin} operations in each`,
      'checker, and how often its premise held',
      ...checkers,
      'fault, and how often it struck',
      ...strikes,
    ].join('\n')
  }
}

const count = <T>(sums: Map<T, number>, counts: readonly (readonly [T, number])[]): void => {
  for (const [name, times] of counts) sums.set(name, (sums.get(name) ?? 0) + times)
}

const rangeOf = (numbers: ReadonlySet<number>): string => `${Math.min(...numbers)} to ${Math.max(...numbers)}`
