import { CatalogError } from '../errors.ts'
import type { ServiceKey } from '../model.ts'

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
