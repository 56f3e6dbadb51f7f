import type { Contract } from '../../core/browse/contract.ts'

/** What a node answers beside what its ports say; see src/api/admin. */

export interface ContractAnswer {
  readonly schemaId: string
  readonly summary?: string
  readonly contract?: Contract
  readonly text: string
}

export interface Alarm {
  readonly id: string
  readonly fields: Readonly<Record<string, string>>
}

export interface Alarms {
  readonly alarms?: readonly Alarm[]
}
