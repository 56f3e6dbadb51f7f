/**
 * Request bodies as data: one description decodes JSON the way the reference's Go decoder does (keys in any case, unknown
 * ones ignored, null is absent, a wrong type is an error), checks the rules, and documents the route.
 */
import { describe, type Rule, violation } from './rule.ts'

/** Where in the body the decoder stands, for its messages. */
export interface Where {
  /** The innermost struct's Go name. */
  readonly struct: string
  readonly field: string
  readonly above: Where | undefined
}

const pathOf = ({ field, above }: Where): string => (above === undefined ? field : `${pathOf(above)}.${field}`)

export type JsonSchema = Readonly<Record<string, unknown>>

export interface Shape<T> {
  /** Go's name of the type, as messages show it. */
  readonly type: string
  readonly rule: Rule
  /** Never called with null. Throws ShapeError. */
  decode(value: unknown, where: Where | undefined): T
  /** What breaks a rule below this value, said in full. */
  check(value: unknown): string | undefined
  readonly schema: JsonSchema
}

export type Decoded<S> = S extends Shape<infer T> ? T : never

export type Fields = Readonly<Record<string, Shape<unknown>>>

/** Fields that were absent or null stay absent. */
export type Struct<F extends Fields> = { readonly [K in keyof F]?: Decoded<F[K]> }

/** The decoder's message. */
export class ShapeError extends Error {}

const kindOf = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value

export function mismatch(value: unknown, where: Where | undefined, type: string): ShapeError {
  const target = where === undefined ? 'value' : `struct field ${where.struct}.${pathOf(where)}`
  return new ShapeError(`json: cannot unmarshal ${kindOf(value)} into Go ${target} of type ${type}`)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A key such as __proto__ is a key like any other. */
const define = <T>(target: Record<string, T>, key: string, value: T): void => {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true })
  else target[key] = value
}

const nothingBelow = (): undefined => undefined

/** Unpaired surrogates become U+FFFD, as in Go: they could not be written as UTF-8. */
export const text = (rule: Rule = {}): Shape<string> => ({
  type: 'string',
  rule,
  decode: (value, where) => {
    if (typeof value !== 'string') throw mismatch(value, where, 'string')
    return value.isWellFormed() ? value : value.toWellFormed()
  },
  check: nothingBelow,
  schema: { type: 'string', ...sizes(rule, 'minLength', 'maxLength'), ...source(rule) },
})

export const bool = (): Shape<boolean> => ({
  type: 'bool',
  rule: {},
  decode: (value, where) => {
    if (typeof value !== 'boolean') throw mismatch(value, where, 'bool')
    return value
  },
  check: nothingBelow,
  schema: { type: 'boolean' },
})

export const int32 = (rule: Rule = {}): Shape<number> => ({
  type: 'int32',
  rule,
  decode: (value, where) => {
    if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 0x7fff_ffff) return value
    throw mismatch(value, where, 'int32')
  },
  check: nothingBelow,
  schema: { type: 'integer', ...sizes({ min: 0, ...rule }, 'minimum', 'maximum') },
})

/** A map of strings. A null value counts as the empty string. */
export const texts = (rule: Rule = {}): Shape<Readonly<Record<string, string>>> => {
  const item = text()
  return {
    type: 'map[string]string',
    rule,
    decode: (value, where) => {
      if (!isObject(value)) throw mismatch(value, where, 'map[string]string')
      const decoded: Record<string, string> = {}
      for (const key in value) {
        const content = value[key]
        define(decoded, item.decode(key, where), content === null ? '' : item.decode(content, where))
      }
      return decoded
    },
    check: nothingBelow,
    schema: {
      type: 'object',
      additionalProperties: { type: 'string' },
      ...sizes(rule, 'minProperties', 'maxProperties'),
    },
  }
}

/** What is built of the value later walks it recursively. */
const DEPTH_MAX = 32

/** Any JSON object. */
export const object = (): Shape<Readonly<Record<string, unknown>>> => ({
  type: 'map[string]interface {}',
  rule: {},
  decode: (value, where) => {
    if (!isObject(value)) throw mismatch(value, where, 'map[string]interface {}')
    refuseDeep(value, DEPTH_MAX)
    return value
  },
  check: nothingBelow,
  schema: { type: 'object' },
})

function refuseDeep(value: unknown, depth: number): void {
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)
    throw new ShapeError('json: cannot unmarshal number into Go value of type float64')
  if (typeof value !== 'object' || value === null) return
  if (depth === 0) throw new ShapeError(`values may be nested ${DEPTH_MAX} deep`)
  for (const below of Object.values(value)) refuseDeep(below, depth - 1)
}

/** A null item is refused when it should be a struct, and counts as zero otherwise. */
export const list = <T>(item: Shape<T>, rule: Rule = {}): Shape<readonly T[]> => ({
  type: `[]${item.type}`,
  rule,
  decode: (value, where) => {
    if (!Array.isArray(value)) throw mismatch(value, where, `[]${item.type}`)
    return value.map(content => item.decode(content === null ? zeroOf(item) : content, where))
  },
  check: value =>
    (value as readonly T[]).reduce<string | undefined>((found, one) => found ?? item.check(one), undefined),
  schema: { type: 'array', items: { ...item.schema, ...source(rule) }, ...sizes(rule, 'minItems', 'maxItems') },
})

function zeroOf(item: Shape<unknown>): unknown {
  if (item.type === 'string') return ''
  throw new ShapeError('invalid nil pointer')
}

export interface StructShape<F extends Fields> extends Shape<Struct<F>> {
  readonly fields: F
}

/** `fields` in the order in which the reference checks them. `rule` min 1: it must be there. */
export const struct = <F extends Fields>(name: string, fields: F, rule: Rule = {}): StructShape<F> => {
  const named = new Map(Object.keys(fields).map(key => [key.toLowerCase(), key]))
  const shapes = new Map(Object.entries(fields))
  const checks = [...shapes].flatMap(([key, shape]) => (isFree(shape) ? [] : [{ key, shape, absent: absent(shape) }]))
  return {
    type: `discovery.${name}`,
    rule,
    fields,
    decode: (value, where) => {
      if (!isObject(value)) throw mismatch(value, where, `discovery.${name}`)
      const decoded: Record<string, unknown> = {}
      // One for all fields: it is looked at only where a field is refused, and nothing goes on from there.
      const here = { struct: name, field: '', above: where }
      for (const given in value) {
        const content = value[given]
        const key = shapes.has(given) ? given : named.get(given.toLowerCase())
        const shape = key === undefined ? undefined : shapes.get(key)
        if (key === undefined || shape === undefined || content === null) continue
        here.field = key
        decoded[key] = shape.decode(content, here)
      }
      return decoded as Struct<F>
    },
    check: value => checkFields(name, checks, value as Readonly<Record<string, unknown>>),
    schema: {
      type: 'object',
      properties: Object.fromEntries(Object.entries(fields).map(([key, shape]) => [key, shape.schema])),
      ...required(fields),
    },
  }
}

/** What has no rule, here or below, cannot break one; of numbers the negative ones always do. */
const isFree = ({ type, rule, check }: Shape<unknown>): boolean =>
  type !== 'int32' && check === nothingBelow && Object.keys(rule).length === 0

interface Check {
  readonly key: string
  readonly shape: Shape<unknown>
  readonly absent: unknown
}

function checkFields(
  name: string,
  checks: readonly Check[],
  value: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const { key, shape, absent } of checks) {
    const content = value[key] ?? absent
    const broken = violation(shape.rule, content)
    if (broken !== undefined)
      return complain(`${name}.${key[0]?.toUpperCase()}${key.slice(1)}`, shape.rule, broken.shown)
    const below = content === undefined ? undefined : shape.check(content)
    if (below !== undefined) return below
  }
  return undefined
}

function complain(field: string, rule: Rule, shown: string): string {
  const value = rule.secret ? '' : ` invalid value '${shown}'`
  return `field '${field}'${value} does not match rule: ${describe(rule)}`
}

/** Go's zero value: what an absent field holds when the rules are applied. */
function absent(shape: Shape<unknown>): unknown {
  if (shape.type === 'string') return ''
  if (shape.type === 'int32') return 0
  if (shape.type === 'map[string]string') return {}
  return shape.type.startsWith('[]') ? [] : undefined
}

function sizes(rule: Rule, least: string, most: string): JsonSchema {
  return {
    ...(rule.min === undefined ? {} : { [least]: rule.min }),
    ...(rule.max === undefined || rule.max === Number.POSITIVE_INFINITY ? {} : { [most]: rule.max }),
  }
}

const source = (rule: Rule): JsonSchema => (rule.pattern?.source === undefined ? {} : { pattern: rule.pattern.source })

function required(fields: Fields): JsonSchema {
  const names = Object.entries(fields).filter(([, shape]) => (shape.rule.min ?? 0) > 0)
  return names.length === 0 ? {} : { required: names.map(([name]) => name) }
}
