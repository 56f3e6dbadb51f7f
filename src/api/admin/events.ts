import type { EventQuery, InsightPort } from '../../center/ports.ts'
import { CatalogError } from '../../core/errors.ts'
import { EVENT_KINDS, type EventKind } from '../../core/why/facts.ts'
import { json } from '../http/answer.ts'
import type { Call } from '../servicecomb/call.ts'
import type { Context, Route } from '../servicecomb/route.ts'
import { whole } from './number.ts'

const LIMIT_MAX = 1_000
const LIMIT_DEFAULT = 100
/** Below the time after which load balancers take a silent connection for dead. */
const WAIT_SECONDS_MAX = 30
/** Requests that wait at the same time; further ones are answered at once. */
const WAITING_MAX = 1_000

export function eventRoutes({ deps }: Context): readonly Route[] {
  const { insight, clock } = deps
  let waiting = 0
  const wait = async (query: EventQuery, waitMs: number): Promise<void> => {
    if (waiting >= WAITING_MAX) return deps.metrics.refused('eventWaitersMax')
    waiting += 1
    try {
      await next(insight, query, waitMs, (ms, run) => clock.after(ms, run))
    } finally {
      waiting -= 1
    }
  }
  return [
    {
      method: 'GET',
      path: '/v4/:project/admin/events',
      guard: 'ops',
      summary: 'Lists what happened at this node, or what it has learned: the latest events, oldest first',
      always: true,
      query: {
        after: 'only events after this number, the last one of an earlier answer; the latest when absent',
        limit: `at most this many, ${LIMIT_DEFAULT} when absent, ${LIMIT_MAX} at most`,
        service: 'only those about services of this name',
        kind: 'only those of these kinds, separated by commas',
        wait: `seconds to wait for an event when there is none, ${WAIT_SECONDS_MAX} at most`,
      },
      handle: async call => {
        const query = queryOf(call, insight)
        const waitMs = whole(call, 'wait', 0, WAIT_SECONDS_MAX) * 1_000
        const page = insight.events(query)
        if (page.events.length > 0 || waitMs === 0) return json(page)
        await wait({ ...query, after: page.last }, waitMs)
        return json(insight.events({ ...query, after: page.last }))
      },
    },
  ]
}

/** Resolves with the first event that the query is about, or when the time is over. */
function next(
  insight: InsightPort,
  query: EventQuery,
  waitMs: number,
  after: (ms: number, run: () => void) => () => void,
): Promise<void> {
  return new Promise(resolve => {
    const end = (): void => {
      stop()
      cancel()
      resolve()
    }
    const cancel = after(waitMs, end)
    const stop = insight.onEvent(() => {
      if (insight.events(query).events.length > 0) end()
    })
  })
}

function queryOf(call: Call, insight: InsightPort): EventQuery {
  const { service, kind } = call.query
  const limit = whole(call, 'limit', LIMIT_DEFAULT, LIMIT_MAX)
  const kinds = kind === undefined || kind === '' ? undefined : kindsOf(kind)
  const about = { service: service === '' ? undefined : service, kinds }
  const after =
    call.query.after === undefined ? latest(insight, about, limit) : whole(call, 'after', 0, Number.MAX_SAFE_INTEGER)
  return { after, limit, ...about }
}

/** The number behind which exactly the `limit` latest events of these follow. */
function latest(insight: InsightPort, about: Pick<EventQuery, 'service' | 'kinds'>, limit: number): number {
  const { events } = insight.events({ after: 0, limit: Number.POSITIVE_INFINITY, ...about })
  const first = events.at(-limit) ?? events[0]
  return first === undefined ? 0 : first.seq - 1
}

function kindsOf(text: string): ReadonlySet<EventKind> {
  const kinds = text.split(',').map(each => each.trim())
  const unknown = kinds.find(each => !isKind(each))
  if (unknown === undefined) return new Set(kinds.filter(isKind))
  throw new CatalogError(
    'INVALID_PARAMS',
    `parameter kind: ${unknown.slice(0, 64)} is none of ${EVENT_KINDS.join(', ')}`,
  )
}

const isKind = (text: string): text is EventKind => EVENT_KINDS.some(kind => kind === text)
