import type { KeyObject } from 'node:crypto'
import { noAccount, setPassword } from '../../core/commands/accounts.ts'
import { CatalogError } from '../../core/errors.ts'
import { type Account, accountNamed, accountOfGeneration, ROOT } from '../../core/rbac/account.ts'
import { missingDocuments } from '../../core/rbac/generations.ts'
import { ADMIN, covers, type Grant, grantOf, type ResourceType, type Verb } from '../../core/rbac/permission.ts'
import type { ReadOptions, View } from '../../core/view.ts'
import type { ApiDeps } from '../deps.ts'
import { type Access, accessOf, type LabelledKey, labelsOf } from './access.ts'
import { KeyRing } from './key-ring.ts'
import { type Lock, Lockout } from './lockout.ts'
import type { RbacOptions } from './options.ts'
import { Passwords } from './passwords.ts'
import { RoleBook } from './role-book.ts'
import { Tokens } from './tokens.ts'

const EVERYTHING: Grant = { labels: undefined }
const ACTIVE = 'active'

/** Decides who somebody is and what he may do. */
export class Authenticator {
  readonly passwords: Passwords
  /** Which clusters' accounts, roles and keys count. */
  readonly read: ReadOptions
  readonly #deps: ApiDeps
  /** Unix seconds: when the root that nobody made is said to be made. */
  readonly #startedAt: string
  readonly #tokens: Tokens
  readonly #keys: KeyRing
  readonly #lockout: Lockout
  readonly #roles: RoleBook
  /** What the first password of root was made into. */
  readonly #root: Promise<string> | undefined

  constructor(deps: ApiDeps, options: RbacOptions, read: ReadOptions, signing: KeyObject) {
    const { catalog, clock } = deps
    this.#deps = deps
    this.#startedAt = String(Math.floor(clock.wallMs() / 1000))
    this.read = read
    this.passwords = new Passwords(() => {
      deps.metrics.refused('loginsWaitingMax')
      return new CatalogError('QUOTA_EXCEEDED', 'too many logins at the same time')
    })
    this.#keys = new KeyRing(signing, catalog, this.read)
    this.#tokens = new Tokens(this.#keys, () => clock.wallMs())
    this.#lockout = new Lockout(catalog, clock, options, this.read)
    this.#roles = new RoleBook(catalog, clock, this.read)
    this.#root = options.rootPassword === '' ? undefined : this.passwords.hash(options.rootPassword)
  }

  /** Tells the other nodes by which key this one signs. Tokens are good here before that, and elsewhere after. */
  async publishKey(): Promise<void> {
    await this.#keys.publish()
  }

  locks(): readonly Lock[] {
    return this.#lockout.list()
  }

  /** Role changes of this node are seen at once. */
  forgetRoles(): void {
    this.#roles.forget()
  }

  /**
   * The account that a request's header speaks for. Throws NO_AUTH_HEADER, UNAUTHORIZED, TOKEN_EXPIRED and
   * TOKEN_OWNER_DELETED. Its roles are those it has now, not those it had when it logged in.
   */
  identify(authorization: string): Pick<Account, 'name' | 'roles'> {
    if (authorization === '') throw new CatalogError('NO_AUTH_HEADER')
    const [, token, ...more] = authorization.split(' ')
    if (token === undefined || more.length > 0) throw new CatalogError('UNAUTHORIZED', 'invalid auth header')
    const { account: name, generation } = this.#tokens.check(token)
    const account = this.#deps.catalog.read(view => this.#living(view, name, generation))
    if (account === undefined) {
      const detail = `account [${name}] is deleted`
      throw new CatalogError('TOKEN_OWNER_DELETED', detail, missingDocuments('account', [name]))
    }
    if (account.status !== ACTIVE) throw new CatalogError('UNAUTHORIZED', `account [${name}] is ${account.status}`)
    return account
  }

  /** What an account may do with a type of resource. Throws NO_PERMISSION; `targets`: the services that it is about. */
  authorize(
    { name, roles: names }: Pick<Account, 'name' | 'roles'>,
    type: ResourceType,
    verb: Verb,
    targets: () => readonly LabelledKey[],
  ): Access {
    if (names.includes(ADMIN)) return accessOf(name, names, EVERYTHING)
    const permissions = names.flatMap(role => this.#roles.permissionsOf(role) ?? [])
    // A role may have been made at a sibling a moment ago.
    const unknown = missingDocuments(
      'role',
      names.filter(role => this.#roles.permissionsOf(role) === undefined),
    )
    if (permissions.length === 0) throw new CatalogError('NO_PERMISSION', 'role has no any permissions', unknown)
    const grant = grantOf(permissions, type, verb)
    if (grant === undefined)
      throw new CatalogError('NO_PERMISSION', `role has no permissions[${type}:${verb}]`, unknown)
    // All of them: the reference lets a batch through when one is allowed.
    const foreign = grant.labels === undefined ? undefined : targets().find(key => !covers(grant, labelsOf(key)))
    if (foreign === undefined) return accessOf(name, names, grant)
    const { environment, appId, serviceName } = foreign
    const labels = `map[appId:${appId} environment:${environment} serviceName:${serviceName}]`
    throw new CatalogError('NO_PERMISSION', `role has no permissions[${type}:${verb}] for labels [${labels}]`)
  }

  /** Throws ACCOUNT_BLOCKED and LOGIN_FAILED. */
  async login(name: string, password: string, lifeMs: number, address: string): Promise<string> {
    const key = `${name}::${address}`
    this.#checkBan(key)
    const account = await this.#matching(name, password)
    this.#checkBan(key)
    if (account?.status !== ACTIVE) {
      await this.#lockout.count(key)
      throw new CatalogError('LOGIN_FAILED')
    }
    await this.#keys.publish()
    return this.#tokens.sign({ account: name, roles: account.roles, generation: account.generation }, lifeMs)
  }

  /** Changes one's own password. Throws ACCOUNT_BLOCKED, BAD_PASSWORD, ACCOUNT_NOT_FOUND and WRONG_PASSWORD. */
  async changeOwnPassword(name: string, current: string, password: string, address: string): Promise<void> {
    const key = `${name}::${address}`
    this.#checkBan(key)
    if (current === password) throw new CatalogError('BAD_PASSWORD', 'the password can not be same as old one')
    if ((await this.#find(name)) === undefined) throw noAccount(name)
    const account = await this.#matching(name, current)
    this.#checkBan(key)
    if (account === undefined) {
      await this.#lockout.count(key)
      throw new CatalogError('WRONG_PASSWORD')
    }
    await this.setPassword(name, password)
  }

  /** Asked before a password is looked at, and after: guesses that come all at once are no more than guesses in a row. */
  #checkBan(key: string): void {
    if (this.#lockout.isBanned(key)) throw new CatalogError('ACCOUNT_BLOCKED')
  }

  async setPassword(name: string, password: string): Promise<void> {
    const hash = await this.passwords.hash(password)
    await this.#deps.catalog.execute(setPassword(name, hash, this.read))
  }

  /** Every account, the root that nobody has changed yet among them. */
  accounts(view: View, stored: readonly Account[]): readonly Account[] {
    const root = stored.some(({ name }) => name === ROOT) ? undefined : this.builtinRoot(view)
    return root === undefined ? stored : [root, ...stored]
  }

  /** The cluster's own root, until it is changed through the API. Its password is not shown here. */
  builtinRoot(view: View): Account | undefined {
    if (this.#root === undefined) return undefined
    return {
      name: ROOT,
      generation: `builtin-${view.cluster}`,
      id: `builtin-${ROOT}`,
      password: '',
      roles: [ADMIN],
      status: ACTIVE,
      createTime: this.#startedAt,
      updateTime: this.#startedAt,
    }
  }

  /** The account, when this is its password. */
  async #matching(name: string, password: string): Promise<Account | undefined> {
    const account = await this.#find(name)
    if (await this.passwords.matches(password, account?.password)) return account
    // The password may have been changed at a sibling a moment ago.
    const newer = account && (await this.#find(name, account.password))
    return newer !== undefined && (await this.passwords.matches(password, newer.password)) ? newer : undefined
  }

  /** Siblings are asked for what is missing, or still has the password `not`. */
  async #find(name: string, not?: string): Promise<Account | undefined> {
    const { catalog } = this.#deps
    const stored = await this.#stored(name, not)
    if (stored !== undefined || name !== ROOT || this.#root === undefined || not !== undefined) return stored
    const root = catalog.read(view => this.builtinRoot(view))
    const password = await this.#root
    return root && { ...root, password }
  }

  async #stored(name: string, not: string | undefined): Promise<Account | undefined> {
    try {
      return await this.#deps.catalog.lookup(view => {
        const account = accountNamed(view, name, this.read)
        if (account === undefined || account.password === not) throw noAccount(name)
        return account
      })
    } catch (error) {
      if (error instanceof CatalogError) return undefined
      throw error
    }
  }

  /** A token of another cluster's own root is none of this one's. */
  #living(view: View, name: string, generation: string): Account | undefined {
    const builtin = name === ROOT ? this.builtinRoot(view) : undefined
    if (builtin?.generation === generation) return builtin
    return accountOfGeneration(view, name, generation, this.read)
  }
}
