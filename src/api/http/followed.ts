import type { IncomingMessage, ServerResponse } from 'node:http'
import { isRequestId, type Origin } from '../../core/origins.ts'
import type { ApiDeps } from '../deps.ts'

export const REQUEST_ID = 'x-request-id'

/** A request that is followed through logs and traces, to other nodes as well. */
export interface Followed {
  readonly requestId: string
  /** What is written meanwhile, also after a pause, is known as this request's. */
  run(work: () => void): void
  /** Says with the answer how the request is called, and notes how it ended. */
  end(response: ServerResponse, status: number, tookMs: number): void
}

/** Undefined for what nobody follows, which is nearly everything: no id from the client, and no trace. */
export function followed({ following, log }: ApiDeps, request: IncomingMessage, route: string): Followed | undefined {
  const { method = '', headers, url = '' } = request
  const given = headers[REQUEST_ID]
  const requestId = typeof given === 'string' && isRequestId(given) ? given : undefined
  const span = following?.begin?.({ method, route, headers, requestId })
  const id = requestId ?? span?.traceId
  if (id === undefined) return undefined
  const origin: Origin = { requestId: id, trace: span?.trace ?? '' }
  return {
    requestId: id,
    run: work => (following === undefined ? work() : following.run(origin, work)),
    end: (response, status, tookMs) => {
      response.setHeader(REQUEST_ID, id)
      span?.end(status)
      const [path] = url.split('?')
      log.debug({ requestId: id, method, path, status, tookMs: Math.round(tookMs) }, 'request')
    },
  }
}
