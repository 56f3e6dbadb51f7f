import { CatalogError } from '../errors.ts'
import type { Scope, ServiceKey } from '../model.ts'
import { isShared } from '../queries/access.ts'
import type { View } from '../view.ts'
import type { Rules } from './rules.ts'

/**
 * Throws QUOTA_EXCEEDED when the own cluster has as many services or instances in this scope as it may. Services that
 * everybody finds do not count, as in the reference: a quota of three is three of the users'.
 */
export function checkScopeQuota(kind: 'SERVICE' | 'INSTANCE', view: View, about: ServiceKey, rules: Rules): void {
  const counts = view.localCounts(about)
  const [limit, current] =
    kind === 'SERVICE' ? [rules.quotas.services, counts.services] : [rules.quotas.instances, counts.instances]
  // Who is below it with them needs no closer look: every registration comes by here.
  if (current >= limit) checkQuota(kind, limit, current - sharedOnes(kind, view, about, rules), about)
}

function sharedOnes(kind: 'SERVICE' | 'INSTANCE', view: View, scope: Scope, { shared }: Rules): number {
  const named = [...shared.names].flatMap(name => view.named(scope, shared.environment, 'default', name))
  const own = named.filter(service => service.local && isShared(shared, service.key, service.alias))
  const counts = [...new Map(own.map(service => [service.sid, service])).values()].map(service =>
    kind === 'SERVICE' ? 1 : service.localInstanceCount(),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Throws QUOTA_EXCEEDED when one more would be too many. `about`: the service it belongs to. */
export function checkQuota(
  kind: 'SERVICE' | 'INSTANCE' | 'SCHEMA',
  limit: number,
  current: number,
  about?: ServiceKey,
): void {
  if (current + 1 <= limit) return
  const detail = `no quota to create ${kind}, max num is ${limit}, curNum is ${current}, apply num is 1`
  throw new CatalogError('QUOTA_EXCEEDED', detail, [], about)
}

/** Unix seconds as the catalog's values carry them. */
export const seconds = (nowMs: number): string => String(Math.floor(nowMs / 1000))
