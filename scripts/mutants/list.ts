import { CLUSTERS } from './clusters.ts'
import { LEASES } from './leases.ts'
import type { Mutant } from './mutant.ts'
import { RECORDS } from './records.ts'
import { REPAIR } from './repair.ts'

export const MUTANTS: readonly Mutant[] = [...RECORDS, ...LEASES, ...REPAIR, ...CLUSTERS]
