import { CatalogError } from '../errors.ts'
import { type Account, accountNamed, accounts, ROOT, roleNamed } from '../rbac/account.ts'
import { documentName, endKind, type Kind, livingGenerations, missingDocuments } from '../rbac/generations.ts'
import { ADMIN } from '../rbac/permission.ts'
import type { Command, Transaction } from '../transaction.ts'
import type { ReadOptions } from '../view.ts'
import { seconds } from './quota.ts'

/** Endings that are remembered for each kind. Forgetting one that old lets a change from before it come back. */
const ENDS_MAX = 10_000

export interface AccountDraft {
  readonly name: string
  /** Made into something else already. */
  readonly password: string
  readonly roles: readonly string[]
  readonly status: string
}

/** Throws ACCOUNT_CONFLICT, ACCOUNT_HAS_INVALID_ROLE and ACCOUNT_QUOTA_EXCEEDED. */
export function createAccount(draft: AccountDraft, limit: number, options: ReadOptions): Command<void> {
  return tx => {
    const existing = accounts(tx.view, options)
    if (existing.some(({ name }) => name === draft.name)) {
      throw new CatalogError('ACCOUNT_CONFLICT', 'account is duplicated')
    }
    checkRoles(tx, draft.roles, options)
    if (existing.length + 1 > limit) {
      const detail = `no quota to create ACCOUNT, max num is ${limit}, curNum is ${existing.length}, apply num is 1`
      throw new CatalogError('ACCOUNT_QUOTA_EXCEEDED', detail)
    }
    const { name, ...rest } = draft
    write(tx, name, tx.randomId(), { ...rest, id: tx.randomId(), createTime: seconds(tx.nowMs) })
  }
}

/** Throws ACCOUNT_NOT_FOUND and ACCOUNT_HAS_INVALID_ROLE. */
export function updateAccount(
  name: string,
  change: Partial<Pick<AccountDraft, 'roles' | 'status'>>,
  options: ReadOptions,
): Command<void> {
  return tx => {
    const account = existing(tx, name, options)
    if (change.roles !== undefined) checkRoles(tx, change.roles, options)
    write(tx, name, account.generation, { ...account, ...change })
  }
}

/** The root of a cluster that nobody has changed yet becomes an account like others with its first password. */
export function setPassword(name: string, password: string, options: ReadOptions): Command<void> {
  return tx => {
    const account = accountNamed(tx.view, name, options)
    if (account !== undefined) return write(tx, name, account.generation, { ...account, password })
    if (name !== ROOT) throw noAccount(name)
    const root = { roles: [ADMIN], status: 'active', id: tx.randomId(), createTime: seconds(tx.nowMs) }
    write(tx, name, tx.randomId(), { ...root, password })
  }
}

/** Ends every generation that this node knows. Throws ACCOUNT_NOT_FOUND. */
export function deleteAccount(name: string, options: ReadOptions): Command<void> {
  return tx => {
    existing(tx, name, options)
    endAll(tx, 'account', name, options)
  }
}

export function endAll(tx: Transaction, kind: Kind, name: string, options: ReadOptions): void {
  for (const living of livingGenerations(tx.view, kind, options)) {
    if (living.name !== name) continue
    const document = documentName(name, living.generation)
    tx.putDocument(endKind(kind), document, { atMs: tx.nowMs })
    tx.removeDocument(kind, document)
  }
  const ends = tx.view.documents(endKind(kind), options)
  const oldest = ends.toSorted((a, b) => Number(a.value.atMs) - Number(b.value.atMs))
  for (const end of oldest.slice(0, Math.max(0, ends.length - ENDS_MAX))) tx.removeDocument(endKind(kind), end.name)
}

function existing(tx: Transaction, name: string, options: ReadOptions): Account {
  const account = accountNamed(tx.view, name, options)
  if (account === undefined) throw noAccount(name)
  return account
}

export const noAccount = (name: string): CatalogError =>
  new CatalogError('ACCOUNT_NOT_FOUND', `account [${name}] not exist`, missingDocuments('account', [name]))

function checkRoles(tx: Transaction, names: readonly string[], options: ReadOptions): void {
  const unknown = names.filter(name => roleNamed(tx.view, name, options) === undefined)
  if (unknown.length === 0) return
  throw new CatalogError('ACCOUNT_HAS_INVALID_ROLE', 'role not exist', missingDocuments('role', unknown))
}

function write(
  tx: Transaction,
  name: string,
  generation: string,
  { id, password, roles, status, createTime }: Omit<Account, 'name' | 'generation' | 'updateTime'>,
): void {
  const updateTime = seconds(tx.nowMs)
  tx.putDocument('account', documentName(name, generation), { id, password, roles, status, createTime, updateTime })
}
