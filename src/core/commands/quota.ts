import { CatalogError } from '../errors.ts'

/** Throws QUOTA_EXCEEDED when one more would be too many. */
export function checkQuota(kind: 'SERVICE' | 'INSTANCE' | 'SCHEMA', limit: number, current: number): void {
  if (current + 1 <= limit) return
  const detail = `no quota to create ${kind}, max num is ${limit}, curNum is ${current}, apply num is 1`
  throw new CatalogError('QUOTA_EXCEEDED', detail)
}

/** Unix seconds as the catalog's values carry them. */
export const seconds = (nowMs: number): string => String(Math.floor(nowMs / 1000))
