import { randomBytes } from 'node:crypto'
import { createAccount, deleteAccount, noAccount, updateAccount } from '../../core/commands/accounts.ts'
import { CatalogError } from '../../core/errors.ts'
import { invalid } from '../../core/queries/refusals.ts'
import { accounts, ROOT } from '../../core/rbac/account.ts'
import { type Answer, EMPTY, json } from '../http/answer.ts'
import type { Call } from '../servicecomb/call.ts'
import { errorBody } from '../servicecomb/errors.ts'
import type { Context, Route } from '../servicecomb/route.ts'
import { checked, decode } from '../servicecomb/shape/json.ts'
import type { Decoded } from '../servicecomb/shape/shape.ts'
import { ANSWERS } from './answers.ts'
import type { Authenticator } from './authenticator.ts'
import { accountJson, listJson } from './render.ts'
import { changedAccount, manyAccounts, newAccount } from './shapes.ts'

const ONE = { path: '/v4/accounts/:name', guard: 'account' } as const

export const accountRoutes = (context: Context, rbac: Authenticator): readonly Route[] => [
  {
    method: 'POST',
    path: '/v4/accounts',
    guard: 'account',
    summary: 'Creates an account',
    body: newAccount,
    handle: async call => {
      await create(context, rbac, decode(newAccount, call.body))
      return EMPTY
    },
  },
  {
    method: 'POST',
    path: '/v4/accounts/batch-create',
    guard: 'account',
    summary: 'Creates many accounts and reports each',
    body: manyAccounts,
    answer: ANSWERS.created,
    handle: call => createMany(context, rbac, call),
  },
  {
    method: 'GET',
    path: '/v4/accounts',
    guard: 'account',
    summary: 'Lists the accounts',
    answer: ANSWERS.accounts,
    handle: () => json(listJson(all(context, rbac).map(accountJson))),
  },
  {
    method: 'GET',
    ...ONE,
    summary: 'Reads an account',
    answer: ANSWERS.account,
    handle: call => {
      const name = call.param('name')
      return context.catalog.lookup(view => {
        const account = rbac.accounts(view, accounts(view, rbac.read)).find(one => one.name === name)
        if (account === undefined) throw noAccount(name)
        return json(accountJson(account))
      })
    },
  },
  {
    method: 'PUT',
    ...ONE,
    summary: 'Changes the roles and the status of an account',
    body: changedAccount,
    handle: call => update(context, rbac, call),
  },
  {
    method: 'DELETE',
    ...ONE,
    summary: 'Deletes an account: its tokens are refused from then on',
    handle: async call => {
      checkOther(call)
      await context.catalog.execute(deleteAccount(call.param('name'), rbac.read))
      return EMPTY
    },
  },
]

const all = ({ catalog }: Context, rbac: Authenticator) =>
  catalog.read(view => rbac.accounts(view, accounts(view, rbac.read)))

async function create(context: Context, rbac: Authenticator, body: Decoded<typeof newAccount>): Promise<void> {
  const { name = '', password = '', roles = [], status } = checked(newAccount, body)
  if (name === password) throw invalid('account name and password MUST NOT be same')
  if ([...name].reverse().join('') === password) throw invalid('password MUST NOT be the revered account name')
  // Nobody may make himself the root that nobody has changed yet.
  if (context.catalog.read(view => rbac.builtinRoot(view)) !== undefined && name === ROOT) {
    throw new CatalogError('ACCOUNT_CONFLICT', 'account is duplicated')
  }
  const draft = { name, password: await rbac.passwords.hash(password), roles, status: status || 'active' }
  await context.catalog.execute(createAccount(draft, context.options.quotas.accounts, rbac.read))
}

async function createMany(context: Context, rbac: Authenticator, call: Call): Promise<Answer> {
  const { accounts: bodies = [] } = checked(manyAccounts, decode(manyAccounts, call.body))
  const results: unknown[] = []
  for (const body of bodies) {
    const { name = '' } = body
    try {
      await create(context, rbac, { ...body, password: body.password || unknownPassword() })
      results.push({ name })
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error
      results.push({ name, ...errorBody(error.code, error.message) })
    }
  }
  return json({ accounts: results })
}

/** For accounts made without one: an administrator sets it later. The ends meet the rules, the middle is the secret. */
const unknownPassword = (): string => `Aa0_${randomBytes(18).toString('base64url')}`

async function update({ catalog }: Context, rbac: Authenticator, call: Call): Promise<Answer> {
  const { roles, status } = checked(changedAccount, decode(changedAccount, call.body))
  checkOther(call)
  const change = { ...(roles === undefined ? {} : { roles }), ...(status ? { status } : {}) }
  await catalog.execute(updateAccount(call.param('name'), change, rbac.read))
  return EMPTY
}

/** Nobody changes root, or himself. */
function checkOther(call: Call): void {
  const name = call.param('name')
  if (name === ROOT) throw new CatalogError('BUILTIN_ACCOUNT', 'root can not be operated')
  if (name === call.access?.account) throw new CatalogError('OWN_ACCOUNT', 'your account can not be operated')
}
