import { parse, stringify } from 'yaml'
import { CatalogError } from '../../core/errors.ts'
import {
  ENABLED,
  MATCH_GROUP,
  type Policy,
  type PolicyDraft,
  type PolicyFilter,
  type PolicyScope,
  type PolicyStore,
} from './policy.ts'

/** How long a KIE server may take. */
const TIMEOUT_MS = 10_000
const KEY_PREFIX = 'servicecomb.'

/** A value as KIE keeps it. */
interface Entry {
  readonly id?: string
  readonly key?: string
  readonly value?: string
  readonly status?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly create_time?: number
  readonly update_time?: number
}

/** Keeps rules with a KIE server, as the reference does. What goes wrong there is INTERNAL here. */
export class KiePolicies implements PolicyStore {
  readonly #endpoint: string
  readonly #fetch: typeof fetch

  constructor(endpoint: string, request: typeof fetch = fetch) {
    this.#endpoint = endpoint.replace(/\/+$/, '')
    this.#fetch = request
  }

  async create({ project }: PolicyScope, kind: string, { name, selector, spec }: PolicyDraft): Promise<string> {
    const entry = {
      key: `${keyOf(kind)}${name}`,
      value: stringify(spec),
      status: ENABLED,
      value_type: 'text',
      priority: -1,
      labels: selector,
    }
    const { id = '' } = (await this.#ask('POST', project, '', entry)) as Entry
    return id
  }

  async update({ project }: PolicyScope, _kind: string, id: string, change: Pick<Policy, 'spec' | 'status'>) {
    const entry = { id, value: stringify(change.spec), status: change.status }
    await this.#ask('PUT', project, `/${encodeURIComponent(id)}`, entry)
  }

  async read({ project }: PolicyScope, kind: string, id: string): Promise<Policy> {
    return read(kind, (await this.#ask('GET', project, `/${encodeURIComponent(id)}`)) as Entry)
  }

  async list({ project }: PolicyScope, kind: string, { app, environment }: PolicyFilter): Promise<readonly Policy[]> {
    const labels = {
      ...(environment === 'all' ? {} : { environment }),
      ...(app === '' ? {} : { app }),
    }
    const entries = await this.#entries(project, `beginWith(${keyOf(kind)})`, labels)
    return entries.map(entry => read(kind, entry))
  }

  async remove(scope: PolicyScope, kind: string, id: string): Promise<void> {
    if (kind !== MATCH_GROUP) return void (await this.#ask('DELETE', scope.project, `/${encodeURIComponent(id)}`))
    const { name, selector } = await this.read(scope, kind, id)
    const group = await this.#entries(scope.project, `wildcard(${KEY_PREFIX}*.${name})`, selector)
    const ids = group.map(entry => entry.id ?? '')
    if (ids.length > 0) await this.#ask('DELETE', scope.project, '', { ids })
  }

  async #entries(project: string, key: string, labels: Readonly<Record<string, string>>): Promise<readonly Entry[]> {
    const query = new URLSearchParams({ revision: '0', key })
    for (const [name, value] of Object.entries(labels)) query.append('label', `${name}:${value}`)
    const { data } = (await this.#ask('GET', project, `?${query}`)) as { data?: readonly Entry[] }
    return data ?? []
  }

  async #ask(method: string, project: string, path: string, body?: unknown): Promise<unknown> {
    const url = `${this.#endpoint}/v1/${encodeURIComponent(project)}/kie/kv${path}`
    try {
      const response = await this.#fetch(url, {
        method,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      // Nothing has changed since the revision 0: there is nothing.
      if (response.status === 304 || response.status === 204) return {}
      if (response.ok) return await response.json()
      throw new Error(`${response.status} ${await response.text()}`)
    } catch (error) {
      throw new CatalogError('INTERNAL', `KIE at ${this.#endpoint}: ${error instanceof Error ? error.message : error}`)
    }
  }
}

/** `rate-limiting` is `servicecomb.rateLimiting.` there. */
const keyOf = (kind: string): string =>
  `${KEY_PREFIX}${kind.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())}.`

function read(kind: string, { id = '', key = '', value = '', status = '', labels = {}, ...times }: Entry): Policy {
  const spec: unknown = parse(value)
  return {
    id,
    kind,
    name: key.slice(key.lastIndexOf('.') + 1),
    status,
    selector: labels,
    spec: (typeof spec === 'object' && spec !== null ? spec : {}) as Policy['spec'],
    createTime: times.create_time ?? 0,
    updateTime: times.update_time ?? 0,
  }
}
