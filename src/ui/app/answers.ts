/** What a node answers beside what its ports say; see src/api/admin. */

export interface ContractParameter {
  readonly name: string
  readonly in: string
  readonly type: string
  readonly required: boolean
}

export interface ContractOperation {
  readonly method: string
  readonly path: string
  readonly operationId: string
  readonly summary: string
  readonly parameters: readonly ContractParameter[]
  readonly responses: readonly { readonly status: string; readonly type: string; readonly description: string }[]
}

export interface Contract {
  readonly title: string
  readonly version: string
  readonly basePath: string
  readonly operations: readonly ContractOperation[]
}

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
