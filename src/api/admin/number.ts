import { CatalogError } from '../../core/errors.ts'
import type { Call } from '../servicecomb/call.ts'

/** A whole number of the query. Throws INVALID_PARAMS that names it and its bounds. */
export function whole(call: Call, name: string, fallback: number, max: number): number {
  const raw = call.query[name]
  if (raw === undefined || raw === '') return fallback
  const value = Number(raw)
  if (/^\d{1,16}$/.test(raw) && value <= max) return value
  throw new CatalogError('INVALID_PARAMS', `parameter ${name} must be a whole number from 0 to ${max}`)
}
