import type { Permission } from '../../core/rbac/permission.ts'
import { pattern } from '../servicecomb/shape/rule.ts'
import { type Decoded, list, struct, text, texts } from '../servicecomb/shape/shape.ts'
import { NAME } from '../servicecomb/shapes/patterns.ts'
import { parseDuration } from './duration.ts'
import { isStrong } from './passwords.ts'

const LIFE_MIN_MS = 15 * 60_000
const LIFE_MAX_MS = 24 * 3_600_000

const STATUS = pattern(/^(active|inactive)$|^$/)
const PASSWORD = { text: 'password', test: isStrong }
const LIFE = {
  text: 'TokenExpirationTime',
  test: (value: string) => {
    const lifeMs = parseDuration(value) ?? 0
    return lifeMs >= LIFE_MIN_MS && lifeMs <= LIFE_MAX_MS
  },
}

const fields = {
  id: text(),
  name: text({ min: 1, max: 64, pattern: NAME }),
  password: text({ pattern: PASSWORD }),
  role: text(),
  roles: list(text(), { min: 1, max: 5, pattern: NAME }),
  tokenExpirationTime: text(),
  currentPassword: text(),
  status: text({ pattern: STATUS }),
}

/** POST /v4/accounts. */
export const newAccount = struct('Account', fields)

/** PUT /v4/accounts/{name}. */
export const changedAccount = struct('Account', { roles: fields.roles, status: fields.status })

/** POST /v4/accounts/batch-create. Each account is checked by itself, so that one bad one does not spoil the others. */
export const manyAccounts = struct('BatchCreateAccountsRequest', {
  accounts: list(struct('Account', { ...plain(fields) }), { min: 1, max: 20 }),
})

/** POST /v4/token. */
export const login = struct('Account', {
  name: text(),
  password: text(),
  tokenExpirationTime: text({ pattern: LIFE }),
})

/** POST /v4/accounts/{name}/password. */
export const newPassword = struct('Account', {
  name: text({ pattern: NAME }),
  password: text({ pattern: PASSWORD }),
  currentPassword: text(),
})

const resource = struct('Resource', { type: text(), labels: texts() })

const permission = struct('Permission', { resources: list(resource), verbs: list(text()) })

/** POST /v4/roles. */
export const newRole = struct('Role', {
  name: text({ min: 1, max: 64, pattern: NAME }),
  perms: list(permission),
})

/** PUT /v4/roles/{roleName}. */
export const changedRole = struct('Role', { perms: list(permission) })

export const permissionsOf = (perms: readonly Decoded<typeof permission>[] = []): readonly Permission[] =>
  perms.map(({ resources = [], verbs = [] }) => ({
    resources: resources.map(({ type = '', labels }) => ({
      type,
      ...(labels !== undefined && Object.keys(labels).length > 0 ? { labels } : {}),
    })),
    verbs,
  }))

/** The same fields without their rules. */
function plain({ roles: _roles, ...texts }: typeof fields) {
  const free = Object.fromEntries(Object.keys(texts).map(key => [key, text()])) as typeof texts
  return { ...free, roles: list(text()) }
}
