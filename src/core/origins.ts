/**
 * Who began a write, for logs and traces. It travels beside the writes of a gossip frame, is kept nowhere, and decides
 * nothing: what comes by repair has none.
 */
import type { Row, Write } from './wire.ts'

export interface Origin {
  /** As the client called its request, or the id of its trace. */
  readonly requestId: string
  /** W3C `traceparent`; empty: it is not traced. */
  readonly trace: string
}

/** Origins that one frame carries: with the longest ids 8 KB. The writes of further ones travel without. */
export const ORIGINS_MAX = 64
/** The longest id that is taken from a client, and from a peer. */
export const REQUEST_ID_LENGTH_MAX = 64

const REQUEST_ID = /^[\x21-\x7e]+$/
const TRACE = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

export const isRequestId = (text: string): boolean => text.length <= REQUEST_ID_LENGTH_MAX && REQUEST_ID.test(text)

/** Of the one version that is defined. */
export const isTrace = (text: string): boolean => TRACE.test(text)

/** `[at, count, requestId, trace]` for each run of writes with one origin; undefined where no write has any. */
export function originsRow(writes: readonly Write[], origins: ReadonlyMap<Write, Origin>): Row | undefined {
  if (origins.size === 0) return undefined
  const runs: { readonly at: number; readonly origin: Origin; count: number }[] = []
  for (const [at, write] of writes.entries()) {
    const origin = origins.get(write)
    const last = runs.at(-1)
    if (origin === undefined) continue
    if (last?.origin === origin && last.at + last.count === at) last.count += 1
    else if (runs.length < ORIGINS_MAX) runs.push({ at, origin, count: 1 })
  }
  return runs.length === 0
    ? undefined
    : runs.map(({ at, count, origin }) => [at, count, origin.requestId, origin.trace])
}

/** Origins with their writes; what is malformed is left out. */
export function readOrigins(
  row: unknown,
  writes: readonly Write[],
): readonly { readonly origin: Origin; readonly writes: readonly Write[] }[] {
  if (!Array.isArray(row)) return []
  return row.slice(0, ORIGINS_MAX).flatMap((each: unknown) => {
    if (!Array.isArray(each)) return []
    const [at, count, requestId, trace] = each as unknown[]
    if (typeof at !== 'number' || typeof count !== 'number' || !(at >= 0) || !(count >= 1)) return []
    if (typeof requestId !== 'string' || !isRequestId(requestId)) return []
    if (typeof trace !== 'string' || !(trace === '' || isTrace(trace))) return []
    const own = writes.slice(at, at + count)
    return own.length === 0 ? [] : [{ origin: { requestId, trace }, writes: own }]
  })
}
