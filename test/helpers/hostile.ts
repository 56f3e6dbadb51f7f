/** Requests to every route that a description lists: valid ones, nearly valid ones, and hostile ones. */
import fc, { type Arbitrary } from 'fast-check'
import type { OpenApi, Operation } from '../../src/api/openapi/document.ts'
import type { Sent } from './wire-client.ts'

type Schema = Readonly<Record<string, unknown>>

/** What routes are about: some of it is there. */
export type Names = Readonly<Record<string, readonly string[]>>

const ODD = [
  '',
  ' ',
  '.',
  '..',
  '*',
  '%',
  '__proto__',
  'constructor',
  'a/b',
  'a\0b',
  'ключ',
  '𝕊',
  '-1',
  '1e999',
  'x'.repeat(65),
  'x'.repeat(161),
  'y'.repeat(1_500),
]

const oddText: Arbitrary<string> = fc.oneof(fc.constantFrom(...ODD), fc.string({ unit: 'binary', maxLength: 40 }))

const json: Arbitrary<unknown> = fc.jsonValue({ maxDepth: 4 })

/** Mostly what the schema asks for. */
function fitting(schema: Schema, names: Names, key = ''): Arbitrary<unknown> {
  const {
    type,
    properties,
    required = [],
    items,
    additionalProperties,
    pattern,
    maxLength,
  } = schema as {
    readonly type?: string
    readonly properties?: Readonly<Record<string, Schema>>
    readonly required?: readonly string[]
    readonly items?: Schema
    readonly additionalProperties?: Schema
    readonly pattern?: string
    readonly maxLength?: number
  }
  const known = names[key]
  if (type === 'string' && known !== undefined) return fc.constantFrom(...known)
  if (type === 'string' && pattern !== undefined && key !== 'schema') {
    return fc.stringMatching(new RegExp(pattern)).map(text => text.slice(0, Math.min(maxLength ?? 64, 64)))
  }
  if (type === 'string') return fc.string({ maxLength: 20 })
  if (type === 'integer') return fc.integer({ min: 0, max: 120 })
  if (type === 'boolean') return fc.boolean()
  if (type === 'array') return fc.array(fitting(items ?? {}, names, key), { maxLength: 3 })
  if (properties !== undefined) {
    const fields = Object.entries(properties).map(([name, each]) => [name, fitting(each, names, name)] as const)
    const requiredKeys = required.filter(name => name in properties)
    return fc.record(Object.fromEntries(fields), { requiredKeys })
  }
  if (type === 'object') {
    const value = additionalProperties === undefined ? json : fitting(additionalProperties, names)
    return fc.dictionary(fc.string({ maxLength: 8 }), value, { maxKeys: 3 })
  }
  return json
}

/** The value with one thing in it exchanged for anything. */
function bent(value: unknown, path: readonly number[], anything: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined || typeof value !== 'object' || value === null) return anything
  const keys = Object.keys(value)
  const key = keys[step % Math.max(1, keys.length)]
  if (key === undefined) return anything
  if (Array.isArray(value)) return value.map((each, i) => (String(i) === key ? bent(each, rest, anything) : each))
  const next = bent((value as Readonly<Record<string, unknown>>)[key], rest, anything)
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, name === key ? next : each]))
}

function bodyOf(schema: Schema | undefined, names: Names): Arbitrary<string | undefined> {
  const garbage = fc.oneof(
    fc.constantFrom('', '{', 'null', '[]', '"x"', '1e999', '{"a":1}{', `${'['.repeat(5_000)}${']'.repeat(5_000)}`),
    fc.string({ unit: 'binary', maxLength: 60 }),
    json.map(value => JSON.stringify(value)),
  )
  if (schema === undefined) return fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, garbage)
  const right = fitting(schema, names)
  const nearly = fc
    .tuple(right, fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }), fc.oneof(json, oddText))
    .map(([value, path, anything]) => bent(value, path, anything))
  return fc.oneof(
    { weight: 5, arbitrary: right.map(value => JSON.stringify(value)) },
    { weight: 3, arbitrary: nearly.map(value => JSON.stringify(value) ?? 'null') },
    { weight: 1, arbitrary: garbage },
  )
}

/** The path of a route's v3 alias, as its description tells it. */
const olderPath = ({ description = '' }: Operation): string | undefined => /^Older path: `(.+)`$/.exec(description)?.[1]

function requestTo(path: string, method: string, operation: Operation, names: Names): Arbitrary<Sent> {
  const { parameters = [], requestBody } = operation
  const value = (name: string) =>
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...(names[name] ?? ['default', '1', 'a'])) }, oddText)
  const of = (place: string) =>
    fc.record(
      Object.fromEntries(parameters.filter(each => each.in === place).map(({ name }) => [name, value(name)])),
      place === 'path' ? {} : { requiredKeys: [] },
    ) as Arbitrary<Readonly<Record<string, string>>>
  const schema = Object.values(requestBody?.content ?? {})[0]?.schema
  return fc
    .record({
      template: fc.constantFrom(path, path, path, olderPath(operation) ?? path),
      ids: of('path'),
      query: of('query'),
      headers: of('header'),
      body: bodyOf(schema, names),
    })
    .map(({ template, ids, query, headers, body }) => {
      const pairs = Object.entries(query).map(([name, text]) => `${name}=${encodeURIComponent(text)}`)
      const target = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids[name] ?? ''))
      return {
        method: method.toUpperCase(),
        target: pairs.length > 0 ? `${target}?${pairs.join('&')}` : target,
        // Node's client sends no others.
        headers: Object.fromEntries(Object.entries(headers).filter(([, text]) => /^[\x20-\x7e]*$/.test(text))),
        body,
      }
    })
}

/** To every route, or to those that are `wanted`; some by their older paths. */
export function requests(
  { paths }: OpenApi,
  names: Names,
  wanted: (path: string) => boolean = () => true,
): Arbitrary<Sent> {
  const all = Object.entries(paths)
    .filter(([path]) => wanted(path))
    .flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => requestTo(path, method, operation, names)),
    )
  return fc.oneof(...all)
}
