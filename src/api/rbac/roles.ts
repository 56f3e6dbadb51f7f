import { createRole, deleteRole, noRole, updateRole } from '../../core/commands/roles.ts'
import { roleNamed, roles } from '../../core/rbac/account.ts'
import type { Command } from '../../core/transaction.ts'
import { type Answer, EMPTY, json } from '../http/answer.ts'
import type { Context, Route } from '../servicecomb/route.ts'
import { checked, decode } from '../servicecomb/shape/json.ts'
import { ANSWERS } from './answers.ts'
import type { Authenticator } from './authenticator.ts'
import { listJson, roleJson } from './render.ts'
import { changedRole, newRole, permissionsOf } from './shapes.ts'

const MANY = { path: '/v4/roles', guard: 'role' } as const
const ONE = { path: '/v4/roles/:roleName', guard: 'role' } as const
const BAD_JSON = { constant: 'json is invalid' }

export function roleRoutes({ catalog, options }: Context, rbac: Authenticator): readonly Route[] {
  const execute = async (command: Command<void>): Promise<Answer> => {
    await catalog.execute(command)
    rbac.forgetRoles()
    return EMPTY
  }
  return [
    {
      method: 'GET',
      ...MANY,
      summary: 'Lists the roles',
      answer: ANSWERS.roles,
      handle: () => json(listJson(catalog.read(view => roles(view, rbac.read)).map(roleJson))),
    },
    {
      method: 'POST',
      ...MANY,
      summary: 'Creates a role',
      body: newRole,
      handle: call => {
        const { name = '', perms } = checked(newRole, decode(newRole, call.body, BAD_JSON))
        return execute(createRole(name, permissionsOf(perms), options.quotas.roles, rbac.read))
      },
    },
    {
      method: 'GET',
      ...ONE,
      summary: 'Reads a role',
      answer: ANSWERS.role,
      handle: call => {
        const name = call.param('roleName')
        return catalog.lookup(view => {
          const role = roleNamed(view, name, rbac.read)
          if (role === undefined) throw noRole(name)
          return json(roleJson(role))
        })
      },
    },
    {
      method: 'PUT',
      ...ONE,
      summary: 'Replaces what a role grants',
      body: changedRole,
      handle: call => {
        const { perms } = decode(changedRole, call.body, BAD_JSON)
        return execute(updateRole(call.param('roleName'), permissionsOf(perms), rbac.read))
      },
    },
    {
      method: 'DELETE',
      ...ONE,
      summary: 'Deletes a role that no account has',
      handle: call => execute(deleteRole(call.param('roleName'), rbac.read)),
    },
  ]
}
