import { CatalogError } from '../errors.ts'
import { accounts, type Role, roleNamed, roles } from '../rbac/account.ts'
import { documentName, missingDocuments } from '../rbac/generations.ts'
import { BUILTIN_ROLES, type Permission } from '../rbac/permission.ts'
import type { Command, Transaction } from '../transaction.ts'
import type { ReadOptions } from '../view.ts'
import { endAll } from './accounts.ts'
import { seconds } from './quota.ts'

/** Throws ROLE_CONFLICT and ROLE_QUOTA_EXCEEDED. */
export function createRole(
  name: string,
  permissions: readonly Permission[],
  limit: number,
  options: ReadOptions,
): Command<void> {
  return tx => {
    const existing = roles(tx.view, options)
    if (existing.some(role => role.name === name)) throw new CatalogError('ROLE_CONFLICT', 'role is duplicated')
    if (existing.length + 1 > limit) {
      const detail = `no quota to create ROLE, max num is ${limit}, curNum is ${existing.length}, apply num is 1`
      throw new CatalogError('ROLE_QUOTA_EXCEEDED', detail)
    }
    write(tx, name, tx.randomId(), { id: tx.randomId(), permissions, createTime: seconds(tx.nowMs) })
  }
}

/** Throws BUILTIN_ROLE and ROLE_NOT_FOUND. */
export function updateRole(name: string, permissions: readonly Permission[], options: ReadOptions): Command<void> {
  return tx => {
    const role = made(tx, name, options)
    write(tx, name, role.generation, { ...role, permissions })
  }
}

/** Throws BUILTIN_ROLE, ROLE_NOT_FOUND, and ROLE_IS_BOUND while an account has it. */
export function deleteRole(name: string, options: ReadOptions): Command<void> {
  return tx => {
    made(tx, name, options)
    if (accounts(tx.view, options).some(account => account.roles.includes(name)))
      throw new CatalogError('ROLE_IS_BOUND')
    endAll(tx, 'role', name, options)
  }
}

function made(tx: Transaction, name: string, options: ReadOptions): Role {
  if (BUILTIN_ROLES.has(name)) throw new CatalogError('BUILTIN_ROLE', 'build-in role can not be operated')
  const role = roleNamed(tx.view, name, options)
  if (role === undefined) throw noRole(name)
  return role
}

export const noRole = (name: string): CatalogError =>
  new CatalogError('ROLE_NOT_FOUND', '', missingDocuments('role', [name]))

function write(
  tx: Transaction,
  name: string,
  generation: string,
  { id, permissions, createTime }: Pick<Role, 'id' | 'permissions' | 'createTime'>,
): void {
  const updateTime = seconds(tx.nowMs)
  tx.putDocument('role', documentName(name, generation), { id, perms: permissions, createTime, updateTime })
}
