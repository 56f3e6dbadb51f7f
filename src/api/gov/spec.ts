import { MATCH_GROUP } from './policy.ts'

/** As much of JSON schema as the rules for governance need. */
export interface SpecSchema {
  readonly type: 'object' | 'array' | 'string' | 'number' | 'integer'
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, SpecSchema>>
  readonly items?: SpecSchema
  readonly minLength?: number
  readonly minItems?: number
  readonly minProperties?: number
  readonly minimum?: number
  readonly enum?: readonly string[]
}

const needs = (name: string, schema?: SpecSchema): SpecSchema => ({
  type: 'object',
  required: [name],
  ...(schema === undefined ? {} : { properties: { [name]: schema } }),
})

const METHODS = ['GET', 'POST', 'DELETE', 'PUT', 'PATCH']

/** What each kind's `spec` must hold, as in the reference's configuration. */
export const SPEC_SCHEMAS: Readonly<Record<string, SpecSchema>> = {
  [MATCH_GROUP]: {
    type: 'object',
    required: ['matches', 'alias'],
    properties: {
      alias: { type: 'string', minLength: 1 },
      matches: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          required: ['name'],
          properties: {
            name: { type: 'string', minLength: 1 },
            apiPath: { type: 'object', minProperties: 1 },
            headers: { type: 'object' },
            method: { type: 'array', minItems: 1, items: { type: 'string', enum: METHODS } },
          },
        },
      },
    },
  },
  retry: {
    type: 'object',
    required: ['maxAttempts'],
    properties: { retryOnSame: { type: 'integer', minimum: 0 } },
  },
  'rate-limiting': needs('rate'),
  loadbalance: needs('rule', { type: 'string', minLength: 1 }),
  'circuit-breaker': needs('minimumNumberOfCalls', { type: 'integer', minimum: 0 }),
  'instance-isolation': needs('minimumNumberOfCalls'),
  'fault-injection': needs('percentage', { type: 'number', minimum: 0 }),
  bulkhead: needs('maxConcurrentCalls'),
}

/** Everything that is wrong with a value, each said in one line that names the place. */
export function problems(schema: SpecSchema, value: unknown, place: string): readonly string[] {
  if (!isA(schema.type, value)) return [`${place} must be of type ${schema.type}`]
  const size = sizeOf(value)
  const least = schema.minLength ?? schema.minItems ?? schema.minProperties ?? schema.minimum ?? size
  return [
    ...(size < least ? [`${place} must be at least ${least}${schema.minimum === undefined ? ' long' : ''}`] : []),
    ...(schema.enum && !schema.enum.includes(String(value))
      ? [`${place} must be one of ${schema.enum.join(', ')}`]
      : []),
    ...below(schema, value, place),
  ]
}

function below({ required = [], properties = {}, items }: SpecSchema, value: unknown, place: string) {
  if (Array.isArray(value)) return items ? value.flatMap((item, i) => problems(items, item, `${place}[${i}]`)) : []
  if (typeof value !== 'object' || value === null) return []
  const fields = value as Readonly<Record<string, unknown>>
  return [
    ...required.filter(name => !Object.hasOwn(fields, name)).map(name => `${place}.${name} is required`),
    ...Object.entries(properties).flatMap(([name, schema]) =>
      Object.hasOwn(fields, name) ? problems(schema, fields[name], `${place}.${name}`) : [],
    ),
  ]
}

function isA(type: SpecSchema['type'], value: unknown): boolean {
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return type === 'integer' ? Number.isInteger(value) : typeof value === type
}

function sizeOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'string' || Array.isArray(value)) return value.length
  return Object.keys(value as object).length
}
