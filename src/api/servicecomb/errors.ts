import type { CatalogError, ErrorCode } from '../../core/errors.ts'
import { type Answer, JSON_TYPE } from '../http/answer.ts'

interface Meaning {
  readonly code: number
  readonly message: string
}

/** The reference's codes and messages. Its HTTP status is the code's first three digits: "not found" is a 400. */
export const ERRORS = {
  INVALID_PARAMS: { code: 400001, message: 'Invalid parameter(s)' },
  UNHEALTHY: { code: 400002, message: 'Server is Unhealthy' },
  SERVICE_ALREADY_EXISTS: { code: 400010, message: 'Micro-service already exists' },
  SERVICE_NOT_FOUND: { code: 400012, message: 'Micro-service does not exist' },
  SERVICE_HAS_INSTANCES: { code: 400013, message: 'Micro-service has deployed instance(s)' },
  SCHEMA_NOT_FOUND: { code: 400016, message: 'Schema does not exist' },
  INSTANCE_NOT_FOUND: { code: 400017, message: 'Instance does not exist' },
  TAG_NOT_FOUND: { code: 400018, message: 'Tag does not exist' },
  SERVICE_HAS_CONSUMERS: { code: 400023, message: 'Consumer(s) depends on this micro-service' },
  VERSION_NOT_FOUND: { code: 400026, message: 'Micro-service version does not exist' },
  QUOTA_EXCEEDED: { code: 400100, message: 'Not enough quota' },
  FORBIDDEN: { code: 403001, message: 'Forbidden' },
  STORE_UNAVAILABLE: { code: 500011, message: 'Registry service is unavailable' },
  INTERNAL: { code: 500003, message: 'Internal server error' },
  ACCOUNT_NOT_FOUND: { code: 400200, message: 'Account not exists' },
  ROLE_NOT_FOUND: { code: 400201, message: 'Role not exists' },
  ACCOUNT_HAS_INVALID_ROLE: { code: 400202, message: 'Account has invalid role(s)' },
  ACCOUNT_QUOTA_EXCEEDED: { code: 400203, message: 'No quota to create account' },
  ROLE_QUOTA_EXCEEDED: { code: 400204, message: 'No quota to create role' },
  ROLE_IS_BOUND: { code: 400205, message: 'Role is bound to some user(s)' },
  BAD_PASSWORD: { code: 400206, message: 'New password is bad' },
  UNAUTHORIZED: { code: 401201, message: 'Request unauthorized' },
  LOGIN_FAILED: { code: 401202, message: 'User name or password is wrong' },
  NO_AUTH_HEADER: { code: 401204, message: 'No authorization header' },
  TOKEN_EXPIRED: { code: 401205, message: 'Token is expired' },
  TOKEN_OWNER_DELETED: { code: 401206, message: 'The account that owns the token is deleted' },
  WRONG_PASSWORD: { code: 401207, message: 'Password is wrong' },
  ACCOUNT_BLOCKED: { code: 403201, message: 'Account blocked' },
  BUILTIN_ACCOUNT: { code: 403202, message: 'Forbid to operate build-in account(s)' },
  BUILTIN_ROLE: { code: 403203, message: 'Forbid to operate build-in role(s)' },
  OWN_ACCOUNT: { code: 403204, message: 'Forbid to operate your own account' },
  NO_PERMISSION: { code: 403205, message: 'No permission(s)' },
  ACCOUNT_CONFLICT: { code: 409200, message: 'account name is duplicated' },
  ROLE_CONFLICT: { code: 409201, message: 'role name is duplicated' },
} as const satisfies Record<ErrorCode, Meaning>

/** An error as it stands in a body; codes are strings there. */
export interface ErrorBody {
  readonly errorCode: string
  readonly errorMessage: string
  readonly detail?: string
}

export function errorBody(code: ErrorCode, detail: string): ErrorBody {
  const { code: number, message } = ERRORS[code]
  return { errorCode: String(number), errorMessage: message, ...(detail === '' ? {} : { detail }) }
}

export const statusOf = (code: ErrorCode): number => Math.trunc(ERRORS[code].code / 1000)

export const refusal = (code: ErrorCode, detail: string): Answer => ({
  status: statusOf(code),
  type: JSON_TYPE,
  body: JSON.stringify(errorBody(code, detail)),
})

/** An error on one line, as the reference reports the items of a batch. */
export function oneLine(error: CatalogError): string {
  const { message } = ERRORS[error.code]
  return error.message === '' ? message : `${message}(${error.message})`
}
