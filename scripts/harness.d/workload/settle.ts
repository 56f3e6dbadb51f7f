import type { Crowd } from './crowd.ts'
import type { Observer } from './observer.ts'

const PAUSE_MS = 100
/** An observer whose last success is older looks at a node that is away. */
const STALE_MS = 3_000

export interface Settled {
  /** Undefined: not within the time. */
  readonly afterMs: number | undefined
  /** What still differs, in words. */
  readonly left: readonly string[]
}

/** Waits until every node that answers shows exactly what is registered. */
export async function settle(
  crowds: readonly Crowd[],
  observers: readonly Observer[],
  withinMs: number,
  nowMs: () => number,
): Promise<Settled> {
  const startedMs = nowMs()
  for (;;) {
    const left = differences(crowds, observers, nowMs())
    const afterMs = nowMs() - startedMs
    if (left.length === 0) return { afterMs, left }
    if (afterMs > withinMs) return { afterMs: undefined, left }
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
  }
}

function differences(crowds: readonly Crowd[], observers: readonly Observer[], nowMs: number): readonly string[] {
  const answering = observers.filter(observer => nowMs - observer.succeededMs < STALE_MS)
  return crowds.flatMap(crowd =>
    [...crowd.registered].flatMap(([service, ids]) =>
      answering.flatMap(observer => {
        const seen = observer.sees(service)
        const missing = [...ids].filter(id => !seen.has(id)).length
        const extra = [...seen.keys()].filter(id => !ids.has(id)).length
        return missing + extra === 0
          ? []
          : [`${observer.node.name} shows ${service} with ${missing} missing and ${extra} too many`]
      }),
    ),
  )
}
