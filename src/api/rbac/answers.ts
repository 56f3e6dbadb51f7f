import { listOf, object } from '../servicecomb/shapes/answers.ts'

const text = { type: 'string' }
const texts = { type: 'object', additionalProperties: text }
const total = { type: 'integer' }

const permission = object({
  resources: listOf(object({ type: text, labels: texts })),
  verbs: listOf(text),
})
const times = { createTime: text, updateTime: text }
const account = object({ id: text, name: text, roles: listOf(text), status: text, ...times }, ['name'])
const role = object({ id: text, name: text, perms: listOf(permission), ...times }, ['name'])
const lock = object({ key: text, status: text, releaseAt: { type: 'integer', description: 'unix seconds' } }, ['key'])
const created = object({ name: text, errorCode: text, errorMessage: text, detail: text }, ['name'])

/** What the routes for accounts and roles answer. */
export const ANSWERS = {
  token: object({ token: text }, ['token']),
  permissions: object({ perms: listOf(permission) }),
  locks: object({ total, data: listOf(lock) }),
  created: object({ accounts: listOf(created) }),
  accounts: object({ total, data: listOf(account) }),
  account,
  roles: object({ total, data: listOf(role) }),
  role,
} as const
