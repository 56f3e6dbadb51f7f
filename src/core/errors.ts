import type { ServiceKey } from './model.ts'

/**
 * Expected refusals. A dialect maps every code in one table typed `satisfies Record<ErrorCode, …>`, so a code without an
 * answer does not compile.
 */
export type ErrorCode =
  | 'INVALID_PARAMS'
  | 'UNHEALTHY'
  | 'SERVICE_ALREADY_EXISTS'
  | 'SERVICE_NOT_FOUND'
  | 'SERVICE_HAS_INSTANCES'
  | 'SCHEMA_NOT_FOUND'
  | 'INSTANCE_NOT_FOUND'
  | 'TAG_NOT_FOUND'
  | 'SERVICE_HAS_CONSUMERS'
  | 'VERSION_NOT_FOUND'
  | 'QUOTA_EXCEEDED'
  | 'FORBIDDEN'
  | 'STORE_UNAVAILABLE'
  | 'INTERNAL'
  | 'ACCOUNT_NOT_FOUND'
  | 'ROLE_NOT_FOUND'
  | 'ACCOUNT_HAS_INVALID_ROLE'
  | 'ACCOUNT_QUOTA_EXCEEDED'
  | 'ROLE_QUOTA_EXCEEDED'
  | 'ROLE_IS_BOUND'
  | 'BAD_PASSWORD'
  | 'UNAUTHORIZED'
  | 'LOGIN_FAILED'
  | 'NO_AUTH_HEADER'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_OWNER_DELETED'
  | 'WRONG_PASSWORD'
  | 'ACCOUNT_BLOCKED'
  | 'BUILTIN_ACCOUNT'
  | 'BUILTIN_ROLE'
  | 'OWN_ACCOUNT'
  | 'NO_PERMISSION'
  | 'ACCOUNT_CONFLICT'
  | 'ROLE_CONFLICT'

/**
 * A record that a request named and this node does not hold, while a sibling may (invariant 2); or, `ended`, one that it
 * holds and that stands in the way of the request, while a sibling may have ended it.
 */
export interface Missing {
  readonly kind: 'service' | 'instance' | 'document' | 'ended'
  /** Any accepted service id, an instance id, a document's `kind/name`; of what may have ended, `sid` or `sid/instance`. */
  readonly id: string
}

export class CatalogError extends Error {
  override readonly name = 'CatalogError'
  readonly code: ErrorCode
  /** Names to ask the siblings for before this refusal is final. */
  readonly missing: readonly Missing[]
  /** The service whose registration, or whose instance's, was refused: for those who ask later why it is not there. */
  readonly about: ServiceKey | undefined

  constructor(code: ErrorCode, detail = '', missing: readonly Missing[] = [], about?: ServiceKey) {
    super(detail)
    this.code = code
    this.missing = missing
    this.about = about
  }
}
