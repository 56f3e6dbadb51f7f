import type { IncomingHttpHeaders } from 'node:http'
import { CatalogError } from '../../core/errors.ts'
import type { Scope } from '../../core/model.ts'
import type { ReadOptions, ServiceView } from '../../core/view.ts'
import { addressOf } from '../http/address.ts'
import { isFalse, isTrue, type Query } from '../http/query.ts'
import type { Exchange } from '../http/shortcut.ts'
import type { Access } from '../rbac/access.ts'

export type PathVersion = 'v3' | 'v4'

const POLICIES = ['keep', 'mark', 'hide'] as const
const EVERYWHERE: ReadOptions = {}
const HERE: ReadOptions = { local: true }
const NON_ASCII = /[^\0-\x7f]/

/** Header values arrive as Latin-1; clients send UTF-8. */
const readable = (header: string): string =>
  NON_ASCII.test(header) ? Buffer.from(header, 'latin1').toString('utf8') : header

export function headerOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name]
  if (value === undefined) return ''
  return readable(Array.isArray(value) ? (value[0] ?? '') : value)
}

/**
 * Domain by header, project by path; v3 paths know an older header and one project only. Throws INVALID_PARAMS for a
 * project with a NUL, which parts names within the catalog.
 */
export function scopeOf(version: PathVersion, headers: IncomingHttpHeaders, project: string): Scope {
  if (project.includes('\0')) throw new CatalogError('INVALID_PARAMS', 'project must not hold a NUL character')
  if (version === 'v4') return { domain: headerOf(headers, 'x-domain-name') || 'default', project }
  const domain = headerOf(headers, 'x-tenant-name') || headerOf(headers, 'x-domain-name') || 'default'
  return { domain, project: 'default' }
}

/** One request, read the way the reference reads it. */
export class Call {
  readonly version: PathVersion
  readonly #exchange: Exchange
  /** What the sender may see; undefined: everything. */
  access: Access | undefined
  /** How the request is called where it is followed. */
  readonly requestId: string | undefined

  constructor(exchange: Exchange, version: PathVersion, requestId?: string) {
    this.#exchange = exchange
    this.requestId = requestId
    this.version = version
  }

  get headers(): IncomingHttpHeaders {
    return this.#exchange.request.headers
  }

  get scope(): Scope {
    return scopeOf(this.version, this.headers, this.param('project'))
  }

  get query(): Query {
    return this.#exchange.query
  }

  /** Path and query. */
  get url(): string {
    return this.#exchange.request.url ?? ''
  }

  /** The query string as it was sent. */
  get search(): string {
    const { url } = this
    const question = url.indexOf('?')
    return question < 0 ? '' : url.slice(question + 1)
  }

  param(name: string): string {
    return this.#exchange.params[name] ?? ''
  }

  get authorization(): string {
    return this.headers.authorization ?? ''
  }

  /** Where the request comes from. */
  get address(): string {
    return addressOf(this.#exchange.request)
  }

  /** Without what the sender's roles are not about. */
  visible(services: readonly ServiceView[]): readonly ServiceView[] {
    const { access } = this
    return access === undefined ? services : services.filter(({ key }) => access.sees(key))
  }

  get body(): string | undefined {
    return this.#exchange.body
  }

  get consumerId(): string {
    return headerOf(this.headers, 'x-consumerid')
  }

  /** Tag keys of `tags=a,b`. */
  get tags(): readonly string[] {
    return this.query.tags ? this.query.tags.split(',') : []
  }

  /** The revision that the client holds; it does not count when the store itself is asked for. */
  get revision(): string | undefined {
    const { rev, noCache, cacheOnly } = this.query
    return rev && !isTrue(noCache) && !isTrue(cacheOnly) ? rev : undefined
  }

  /** Answers say where each instance comes from. */
  get withOrigin(): boolean {
    return isTrue(this.query.origin)
  }

  /** `global=0`: this cluster only. `unreachable=`: instead of the node's policy. */
  get options(): ReadOptions {
    const { global, unreachable } = this.query
    const base = isFalse(global) ? HERE : EVERYWHERE
    if (unreachable === undefined) return base
    const policy = POLICIES.find(known => known === unreachable)
    if (policy !== undefined) return { ...base, unreachable: policy }
    throw new CatalogError('INVALID_PARAMS', `parameter unreachable must be one of ${POLICIES.join(', ')}`)
  }
}
