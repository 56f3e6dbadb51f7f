import { CatalogError } from '../../core/errors.ts'
import { invalid } from '../../core/queries/refusals.ts'
import { roleNamed } from '../../core/rbac/account.ts'
import { ADMIN } from '../../core/rbac/permission.ts'
import { type Answer, EMPTY, json } from '../http/answer.ts'
import type { Call } from '../servicecomb/call.ts'
import { listOrNothing } from '../servicecomb/render.ts'
import type { Context, Route } from '../servicecomb/route.ts'
import { checked, decode } from '../servicecomb/shape/json.ts'
import { ANSWERS } from './answers.ts'
import type { Authenticator } from './authenticator.ts'
import { parseDuration } from './duration.ts'
import { listJson, permissionJson } from './render.ts'
import { login, newPassword } from './shapes.ts'

const DEFAULT_LIFE = '12h'

/** What somebody does for himself: log in, see what he may do, change his password. */
export const sessionRoutes = (context: Context, rbac: Authenticator): readonly Route[] => [
  {
    method: 'POST',
    path: '/v4/token',
    guard: 'open',
    summary: 'Logs in: answers a token',
    body: login,
    answer: ANSWERS.token,
    handle: call => logIn(rbac, call),
  },
  {
    method: 'GET',
    path: '/v4/self-perms',
    guard: 'any',
    summary: 'Lists what the sender may do',
    answer: ANSWERS.permissions,
    handle: ({ access }) => {
      const roles = context.catalog.read(view =>
        (access?.roles ?? []).flatMap(name => roleNamed(view, name, rbac.read)?.permissions ?? []),
      )
      return json({ perms: listOrNothing(roles.map(permissionJson)) })
    },
  },
  {
    method: 'POST',
    path: '/v4/accounts/:name/password',
    guard: 'any',
    summary: "Changes a password: one's own, or as an administrator anybody's",
    body: newPassword,
    handle: call => changePassword(rbac, call),
  },
  {
    method: 'GET',
    path: '/v4/account-locks',
    guard: 'account',
    summary: 'Lists who has given wrong passwords, and from where',
    answer: ANSWERS.locks,
    handle: () => json(listJson(rbac.locks())),
  },
]

async function logIn(rbac: Authenticator, call: Call): Promise<Answer> {
  const body = decode(login, call.body)
  const tokenExpirationTime = body.tokenExpirationTime || DEFAULT_LIFE
  const { name = '', password = '' } = checked(login, { ...body, tokenExpirationTime })
  const lifeMs = parseDuration(tokenExpirationTime) ?? 0
  return json({ token: await rbac.login(name, password, lifeMs, call.address) })
}

async function changePassword(rbac: Authenticator, call: Call): Promise<Answer> {
  const body = decode(newPassword, call.body, { constant: 'json is invalid' })
  const { name, password = '', currentPassword = '' } = checked(newPassword, { ...body, name: call.param('name') })
  const { account, roles = [] } = call.access ?? {}
  if (account === name) {
    if (currentPassword === '') throw invalid('current password should not be empty')
    await rbac.changeOwnPassword(name, currentPassword, password, call.address)
  } else if (roles.includes(ADMIN)) {
    await rbac.setPassword(name, password)
  } else {
    throw new CatalogError('FORBIDDEN', 'can not change other account password')
  }
  return EMPTY
}
