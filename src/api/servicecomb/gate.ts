import { CatalogError } from '../../core/errors.ts'
import { RateLimit } from '../http/rate-limit.ts'
import type { Context } from './route.ts'

/** What is known of a request before anybody looks at it. */
export interface Visitor {
  readonly address: string
}

/** Throws when a request is refused unseen. `always`: the route answers whatever state this node is in. */
export type Gate = (visitor: Visitor, always: boolean) => void

export function createGate({ catalog, deps, options: { limits } }: Context): Gate {
  const { requestsPerSecondMax: perSecond } = limits
  const rate = perSecond > 0 ? new RateLimit(perSecond, limits.addressesMax, deps.clock) : undefined
  let ready = false
  return ({ address }, always) => {
    if (rate?.admits(address) === false) {
      deps.metrics.refused('requestsPerSecondMax')
      throw new CatalogError('QUOTA_EXCEEDED', `an address may send ${perSecond} requests a second`)
    }
    // A node that may know nothing yet does not answer with emptiness. Once it is ready it stays so.
    ready ||= catalog.status().ready
    if (!ready && !always) throw new CatalogError('UNHEALTHY', 'this node has not yet learned what its peers know')
  }
}
