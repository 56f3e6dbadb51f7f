import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

export interface Limit {
  /** Undefined: shown, not judged. */
  readonly limit: number | undefined
  readonly unit: string
  readonly invariants: readonly number[]
  readonly says: string
}

/** Milliseconds. */
export interface Allowances {
  readonly expiry: number
  readonly healed: number
  readonly propagation: number
  readonly slowPropagation: number
  readonly passing: number
  readonly lateHearing: number
}

export interface Expectations {
  readonly limits: Readonly<Record<string, Limit>>
  readonly allowances: Allowances
  /** Invariants whose exceptions the scenario claims. */
  readonly exceptions: ReadonlySet<number>
}

interface File {
  readonly limits: Readonly<Record<string, Limit>>
  readonly figures: Readonly<Record<string, { readonly unit: string; readonly says: string }>>
  readonly allowances: Allowances
  readonly exceptions: Readonly<Record<number, string>>
}

/** What depends on how fast a machine is: patience is for these. A lease is as long as it is. */
const OF_THE_MACHINE = ['healed', 'propagation', 'slowPropagation', 'lateHearing'] as const

/** Throws when a scenario loosens a limit, or names one or an exception that there is not. */
export function expectationsFor(
  expect: Readonly<Record<string, number>>,
  exceptions: readonly number[],
  patience: number,
): Expectations {
  const file = parse(readFileSync(join(import.meta.dirname, 'expectations.yaml'), 'utf8')) as File
  const figures = Object.entries(file.figures).map(
    ([name, figure]) => [name, { ...figure, limit: undefined, invariants: [] }] as const,
  )
  const limits: Record<string, Limit> = { ...file.limits, ...Object.fromEntries(figures) }
  for (const [name, limit] of Object.entries(expect)) {
    const known = limits[name]
    if (known === undefined) throw new Error(`expect.${name}: there are ${Object.keys(limits).join(', ')}`)
    if (known.limit !== undefined && limit > known.limit)
      throw new Error(`expect.${name}: ${limit} is looser than ${known.limit}; a scenario may only tighten`)
    limits[name] = { ...known, limit }
  }
  const unknown = exceptions.find(number => file.exceptions[number] === undefined)
  if (unknown !== undefined)
    throw new Error(`exceptions: invariant ${unknown} grants none; ${Object.keys(file.exceptions).join(', ')} do`)
  return {
    limits: patient(limits, patience),
    allowances: patientAllowances(file.allowances, patience),
    exceptions: new Set(exceptions),
  }
}

const patientAllowances = (allowances: Allowances, patience: number): Allowances => ({
  ...allowances,
  ...Object.fromEntries(OF_THE_MACHINE.map(name => [name, allowances[name] * patience])),
})

const patient = (limits: Readonly<Record<string, Limit>>, patience: number): Readonly<Record<string, Limit>> =>
  Object.fromEntries(
    Object.entries(limits).map(([name, limit]) => [
      name,
      limit.unit === 'ms' && limit.limit !== undefined ? { ...limit, limit: limit.limit * patience } : limit,
    ]),
  )
