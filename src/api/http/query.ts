/** A parsed query string, as Go reads it: the first of several values counts, and what is malformed is left out. */
export type Query = Readonly<Record<string, string | undefined>>

const decode = (text: string): string | undefined => {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

function* pairs(search: string): Generator<readonly [string, string]> {
  let start = 0
  while (start < search.length) {
    const next = search.indexOf('&', start)
    const end = next < 0 ? search.length : next
    const part = search.slice(start, end)
    start = end + 1
    if (part === '' || part.includes(';')) continue
    const equals = part.indexOf('=')
    const key = decode(equals < 0 ? part : part.slice(0, equals))
    const value = equals < 0 ? '' : decode(part.slice(equals + 1))
    if (key !== undefined && value !== undefined) yield [key, value]
  }
}

export function parseQuery(search: string): Query {
  // No prototype: a parameter may have any name.
  const query: Record<string, string | undefined> = Object.create(null)
  for (const [key, value] of pairs(search)) query[key] ??= value
  return query
}

const REMEMBERED_MAX = 4_096
const REMEMBERED_LENGTH_MAX = 512

/**
 * A parser that remembers: clients ask the same question over and over. What it answers is shared between requests, so
 * what others work out from a query can be kept beside it.
 */
export function createQueryParser(): (search: string) => Query {
  const known = new Map<string, Query>()
  return search => {
    const before = known.get(search)
    if (before !== undefined) return before
    const query = parseQuery(search)
    // Started anew when full: it costs a parse per question, once in a while.
    if (known.size >= REMEMBERED_MAX) known.clear()
    if (search.length <= REMEMBERED_LENGTH_MAX) known.set(search, query)
    return query
  }
}

/** Every value of a repeatable parameter, in order. */
export const valuesOf = (search: string, name: string): readonly string[] =>
  [...pairs(search)].filter(([key]) => key === name).map(([, value]) => value)

/** `1` or `true`, in any case and with white space around, as all the reference's switches. */
export const isTrue = (value: string | undefined): boolean => {
  if (value === undefined) return false
  const text = value.trim().toLowerCase()
  return text === '1' || text === 'true'
}

export const isFalse = (value: string | undefined): boolean => {
  if (value === undefined) return false
  const text = value.trim().toLowerCase()
  return text === '0' || text === 'false'
}
