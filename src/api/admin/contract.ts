import { parse } from 'yaml'
import type { Contract, ContractOperation, ContractParameter } from '../../core/browse/contract.ts'

/** Reading a text takes about a millisecond for each 4 KiB, in which nobody else is answered. Longer ones are shown as they are. */
const PARSED_LENGTH_MAX = 128 * 1024
const OPERATIONS_MAX = 1_000

/** Undefined for a text that is no OpenAPI contract, or too long to be looked at. */
export function readContract(text: string): Contract | undefined {
  if (text.length > PARSED_LENGTH_MAX) return undefined
  const document = parsed(text)
  const paths = isRecord(document?.paths) ? document.paths : undefined
  if (document === undefined || paths === undefined) return undefined
  const { info } = document
  const operations: ContractOperation[] = []
  for (const [path, item] of Object.entries(paths)) {
    if (!isRecord(item)) continue
    for (const method of METHODS) {
      const operation = item[method]
      if (!isRecord(operation) || operations.length >= OPERATIONS_MAX) continue
      operations.push(operationOf(method, path, operation, listOf(item.parameters)))
    }
  }
  return {
    title: isRecord(info) ? textOf(info.title) : '',
    version: isRecord(info) ? textOf(info.version) : '',
    basePath: textOf(document.basePath),
    operations,
  }
}

const METHODS = ['get', 'post', 'put', 'delete', 'patch', 'head', 'options'] as const

type Fields = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isRecord) : [])

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''

/** JSON is YAML, too, and much faster to read as itself. */
function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = text.trimStart().startsWith('{') ? JSON.parse(text) : parse(text, { logLevel: 'silent' })
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function operationOf(method: string, path: string, operation: Fields, shared: readonly Fields[]): ContractOperation {
  const { operationId, summary, description, requestBody } = operation
  const parameters = [...shared, ...listOf(operation.parameters)].map(parameterOf)
  const body = isRecord(requestBody) ? [bodyOf(requestBody)] : []
  return {
    method: method.toUpperCase(),
    path,
    operationId: textOf(operationId),
    summary: textOf(summary) || textOf(description),
    parameters: [...parameters, ...body],
    responses: Object.entries(isRecord(operation.responses) ? operation.responses : {}).map(([status, response]) => ({
      status,
      type: isRecord(response) ? typeOf(response.schema ?? contentSchema(response)) : '',
      description: isRecord(response) ? textOf(response.description) : '',
    })),
  }
}

const parameterOf = (parameter: Fields): ContractParameter => ({
  name: textOf(parameter.name) || nameOfReference(parameter.$ref),
  in: textOf(parameter.in),
  type: typeOf(parameter.schema ?? parameter),
  required: parameter.required === true,
})

const bodyOf = (body: Fields): ContractParameter => ({
  name: 'body',
  in: 'body',
  type: typeOf(contentSchema(body)),
  required: body.required === true,
})

/** Of OpenAPI 3: the first kind of content stands for all. */
const contentSchema = ({ content }: Fields): unknown => {
  const first = isRecord(content) ? Object.values(content)[0] : undefined
  return isRecord(first) ? first.schema : undefined
}

function typeOf(schema: unknown): string {
  if (!isRecord(schema)) return ''
  if (schema.$ref !== undefined) return nameOfReference(schema.$ref)
  const { type, format, items } = schema
  if (type === 'array') return `${typeOf(items) || 'any'}[]`
  return format === undefined ? textOf(type) : `${textOf(type)} (${textOf(format)})`
}

const nameOfReference = (reference: unknown): string => textOf(reference).split('/').at(-1) ?? ''
