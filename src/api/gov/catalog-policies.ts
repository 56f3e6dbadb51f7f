import type { CatalogPort } from '../../center/ports.ts'
import { CatalogError } from '../../core/errors.ts'
import { invalid } from '../../core/queries/refusals.ts'
import type { ReadOptions, View } from '../../core/view.ts'
import {
  ENABLED,
  MATCH_GROUP,
  matches,
  type Policy,
  type PolicyDraft,
  type PolicyFilter,
  type PolicyScope,
  type PolicyStore,
} from './policy.ts'

const DOCUMENTS = 'gov'
/** Rules of one scope. */
const POLICIES_MAX = 10_000

/** Keeps rules as documents of the catalog, named `domain/project/kind/id`: every cluster has them. */
export class CatalogPolicies implements PolicyStore {
  readonly #catalog: CatalogPort
  readonly #options: ReadOptions

  constructor(catalog: CatalogPort, options: ReadOptions) {
    this.#catalog = catalog
    this.#options = options
  }

  create(scope: PolicyScope, kind: string, draft: PolicyDraft): Promise<string> {
    return this.#catalog.execute(tx => {
      const all = this.#all(tx.view, scope)
      if (all.length >= POLICIES_MAX) {
        throw new CatalogError('QUOTA_EXCEEDED', `a project may have ${POLICIES_MAX} governance rules`)
      }
      if (all.some(other => other.kind === kind && sameName(other, draft))) {
        throw invalid(`${kind} [${draft.name}] exists for this selector`)
      }
      const id = tx.randomId()
      const now = Math.floor(tx.nowMs / 1000)
      const value = { ...draft, status: ENABLED, createTime: now, updateTime: now }
      tx.putDocument(DOCUMENTS, nameOf(scope, kind, id), value)
      return id
    })
  }

  update(scope: PolicyScope, kind: string, id: string, change: Pick<Policy, 'spec' | 'status'>): Promise<void> {
    return this.#catalog.execute(tx => {
      const { name, selector, status, createTime } = this.#one(tx.view, scope, kind, id)
      const updateTime = Math.floor(tx.nowMs / 1000)
      const value = { name, selector, createTime, updateTime, spec: change.spec, status: change.status || status }
      tx.putDocument(DOCUMENTS, nameOf(scope, kind, id), value)
    })
  }

  async read(scope: PolicyScope, kind: string, id: string): Promise<Policy> {
    return this.#catalog.read(view => this.#one(view, scope, kind, id))
  }

  async list(scope: PolicyScope, kind: string, filter: PolicyFilter): Promise<readonly Policy[]> {
    const all = this.#catalog.read(view => this.#all(view, scope))
    return all.filter(policy => policy.kind === kind && matches(policy, filter))
  }

  remove(scope: PolicyScope, kind: string, id: string): Promise<void> {
    return this.#catalog.execute(tx => {
      const policy = this.#one(tx.view, scope, kind, id)
      const gone = kind === MATCH_GROUP ? this.#all(tx.view, scope).filter(other => sameName(other, policy)) : [policy]
      for (const one of gone) tx.removeDocument(DOCUMENTS, nameOf(scope, one.kind, one.id))
    })
  }

  #one(view: View, scope: PolicyScope, kind: string, id: string): Policy {
    const value = view.document(DOCUMENTS, nameOf(scope, kind, id), this.#options)
    if (value === undefined) throw invalid(`${kind} [${id}] does not exist`)
    return read(kind, id, value)
  }

  #all(view: View, scope: PolicyScope): readonly Policy[] {
    const prefix = nameOf(scope, '', '').slice(0, -1)
    return view
      .documents(DOCUMENTS, this.#options)
      .filter(({ name }) => name.startsWith(prefix))
      .map(({ name, value }) => {
        const [kind = '', id = ''] = name.slice(prefix.length).split('/')
        return read(kind, id, value)
      })
      .toSorted((a, b) => a.createTime - b.createTime || (a.id < b.id ? -1 : 1))
  }
}

/** Encoded, so that a domain with a slash is no other one's project. */
const nameOf = ({ domain, project }: PolicyScope, kind: string, id: string): string =>
  [domain, project, kind, id].map(encodeURIComponent).join('/')

const sameName = (a: PolicyDraft, b: PolicyDraft): boolean =>
  a.name === b.name && JSON.stringify(sorted(a.selector)) === JSON.stringify(sorted(b.selector))

const sorted = (selector: Readonly<Record<string, string>>) => Object.entries(selector).sort()

/** Another node may have written anything. */
function read(kind: string, id: string, value: Readonly<Record<string, unknown>>): Policy {
  const text = (field: unknown): string => (typeof field === 'string' ? field : '')
  const number = (field: unknown): number => (typeof field === 'number' ? field : 0)
  const record = (field: unknown) =>
    (typeof field === 'object' && field !== null ? field : {}) as Readonly<Record<string, unknown>>
  const selector = Object.entries(record(value.selector)).filter(([, label]) => typeof label === 'string')
  return {
    id,
    kind,
    name: text(value.name),
    status: text(value.status),
    selector: Object.fromEntries(selector) as Record<string, string>,
    spec: record(value.spec),
    createTime: number(value.createTime),
    updateTime: number(value.updateTime),
  }
}
