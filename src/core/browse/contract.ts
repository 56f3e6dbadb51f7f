export interface ContractParameter {
  readonly name: string
  /** query, path, header, body… */
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

/** What an OpenAPI contract offers, in either of its forms (2 and 3). */
export interface Contract {
  readonly title: string
  readonly version: string
  readonly basePath: string
  readonly operations: readonly ContractOperation[]
}
