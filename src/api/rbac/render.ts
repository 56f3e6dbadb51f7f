import type { Account, Role } from '../../core/rbac/account.ts'
import type { Permission } from '../../core/rbac/permission.ts'
import { listOrNothing, mapOrNothing } from '../servicecomb/render.ts'

/** Never with what its password was made into. */
export const accountJson = ({ id, name, roles, status, createTime, updateTime }: Account) => ({
  id,
  name,
  roles: listOrNothing(roles),
  status,
  createTime,
  updateTime,
})

export const permissionJson = ({ resources, verbs }: Permission) => ({
  resources: listOrNothing(resources.map(({ type, labels }) => ({ type, labels: mapOrNothing(labels) }))),
  verbs: listOrNothing(verbs),
})

export const roleJson = ({ id, name, permissions, createTime, updateTime }: Role) => ({
  id,
  name,
  perms: listOrNothing(permissions.map(permissionJson)),
  createTime,
  updateTime,
})

/** A list with its length; both are left out when it is empty. */
export const listJson = <T>(items: readonly T[]) => ({ total: items.length || undefined, data: listOrNothing(items) })
