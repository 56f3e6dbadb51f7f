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

/** Throws when a scenario loosens a limit, or names one or an exception that there is not. */
export function expectationsFor(expect: Readonly<Record<string, number>>, exceptions: readonly number[]): Expectations {
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
  return { limits, allowances: file.allowances, exceptions: new Set(exceptions) }
}
