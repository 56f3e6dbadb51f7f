import { CatalogError } from '../../core/errors.ts'
import type { Verb } from '../../core/rbac/permission.ts'
import { RateLimit } from '../http/rate-limit.ts'
import type { Access, LabelledKey } from '../rbac/access.ts'
import type { Context, Method, Route } from './route.ts'

/** What is known of a request before anybody looks at it. */
export interface Visitor {
  readonly address: string
  /** Its header; empty: none. */
  readonly authorization: string
}

export type Guarded = Pick<Route, 'method' | 'guard' | 'verb' | 'always'>

/**
 * Throws when a request is refused before anybody looks at it. Otherwise says what its sender may see; undefined:
 * everything. `targets`: the services that the request is about.
 */
export type Gate = (visitor: Visitor, route: Guarded, targets: () => readonly LabelledKey[]) => Access | undefined

const VERBS: Readonly<Record<Method, Verb>> = { GET: 'get', POST: 'create', PUT: 'update', DELETE: 'delete' }

export function createGate(context: Context): Gate {
  const { catalog, deps, rbac, options } = context
  const { requestsPerSecondMax: perSecond, addressesMax } = options.limits
  const rate = perSecond > 0 ? new RateLimit(perSecond, addressesMax, deps.clock) : undefined
  const needsToken = guarded(options.rbac.scope)
  let ready = false
  return (visitor, route, targets) => {
    if (rate?.admits(visitor.address) === false) {
      deps.metrics.refused('requestsPerSecondMax')
      throw new CatalogError('QUOTA_EXCEEDED', `an address may send ${perSecond} requests a second`)
    }
    // A node that may know nothing yet does not answer with emptiness. Once it is ready it stays so.
    ready ||= catalog.status().ready
    if (!ready && route.always !== true) {
      throw new CatalogError('UNHEALTHY', 'this node has not yet learned what its peers know')
    }
    const { guard } = route
    if (rbac === undefined || guard === 'open' || !needsToken(guard)) return undefined
    const account = rbac.identify(visitor.authorization)
    if (guard === 'any') return { account: account.name, roles: account.roles, sees: () => true }
    return rbac.authorize(account, guard, route.verb ?? VERBS[route.method], targets)
  }
}

/** Accounts and roles are never left open. */
function guarded(scope: readonly string[]): (guard: string) => boolean {
  if (scope.includes('*')) return () => true
  const types = new Set([...scope, 'role', 'account', 'any'])
  return guard => types.has(guard)
}
