/**
 * Rules of fields in the reference's terms, and its way of saying which one a value broke:
 * `field 'Type.Field' invalid value '<v>' does not match rule: {Min: a, Max: b, Regexp: r}`.
 */

export interface Pattern {
  /** As messages show it: the reference's own source, which differs from ours where Go's syntax does. */
  readonly text: string
  test(value: string): boolean
  /** The same as a JSON schema pattern, where there is one. */
  readonly source?: string
}

export interface Rule {
  /** 1: a string, list or map is not empty. Otherwise a number's least value; negative ones are always refused. */
  readonly min?: number
  /** Characters of a string, items of a list or map, or a number's greatest value. */
  readonly max?: number
  /** For lists and maps: of every item, key and value. */
  readonly pattern?: Pattern
  /** Keeps the value out of messages. */
  readonly secret?: boolean
}

export const pattern = (regexp: RegExp, text: string = regexp.source): Pattern => ({
  text,
  source: regexp.source,
  test: value => regexp.test(value),
})

/** What breaks the rule, as the message shows it, or undefined. `value` is what was decoded, zero values included. */
export function violation(rule: Rule, value: unknown): { readonly shown: string } | undefined {
  const { min = 0, max, pattern } = rule
  if (value === undefined) return min > 0 ? { shown: show(value) } : undefined
  const size = sizeOf(value)
  if (size !== undefined && size < min) return { shown: show(value) }
  if (max !== undefined && size !== undefined && size > max && charactersOf(value, size) > max)
    return { shown: show(value) }
  if (pattern === undefined) return undefined
  if (typeof value === 'string') return pattern.test(value) ? undefined : { shown: value }
  const wrong = textsOf(value).find(text => !pattern.test(text))
  return wrong === undefined ? undefined : { shown: wrong }
}

export function describe(rule: Rule): string {
  const parts = [
    ...(rule.min ? [`Min: ${rule.min}`] : []),
    ...(rule.max ? [`Max: ${rule.max}`] : []),
    ...(rule.pattern ? [`Regexp: ${rule.pattern.text}`] : []),
  ]
  return `{${parts.join(', ')}}`
}

/** A string has at most as many characters as UTF-16 units: they are counted only where those are too many. */
const charactersOf = (value: unknown, size: number): number => (typeof value === 'string' ? [...value].length : size)

function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'string') return value.length
  if (typeof value === 'number') return value
  if (Array.isArray(value)) return value.length
  return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined
}

function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.filter(item => typeof item === 'string')
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value)
    .flat()
    .filter(item => typeof item === 'string')
}

/** A value as Go's `%v` prints it. */
function show(value: unknown): string {
  if (value === undefined || value === null) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(show).join(' ')}]`
  if (typeof value !== 'object') return String(value)
  const pairs = Object.entries(value).map(([key, item]) => `${key}:${show(item)}`)
  return `map[${pairs.sort().join(' ')}]`
}
