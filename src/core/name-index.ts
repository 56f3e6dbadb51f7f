import type { Group } from './group.ts'
import type { Scope } from './model.ts'

/** Services by scope, by id, by name or alias, and consumers by the name of what they depend on. */
export class NameIndex {
  readonly #scopes = new Map<string, Set<Group>>()
  readonly #names = new Map<string, Set<Group>>()
  readonly #aliases = new Map<string, Set<Group>>()
  readonly #ids = new Map<string, Set<Group>>()
  readonly #consumers = new Map<string, Set<Group>>()
  /** Under which keys each group stands, so that it can be taken out whatever has changed since. */
  readonly #filed = new Map<Group, [Map<string, Set<Group>>, string][]>()
  readonly #consuming = new Map<Group, string[]>()

  add(group: Group): void {
    if (group.registrations.size === 0) return
    const filed: [Map<string, Set<Group>>, string][] = []
    const { domain, project, appId, serviceName } = group.key
    filed.push([this.#scopes, scopeOf(group.key)], [this.#names, nameOf(group.key, appId, serviceName)])
    filed.push([this.#ids, join(domain, project, group.sid)])
    for (const { record } of group.registrations.values()) {
      if (record.alias !== '') filed.push([this.#aliases, nameOf(group.key, appId, record.alias)])
      if (record.chosenId !== undefined) filed.push([this.#ids, join(domain, project, record.chosenId)])
    }
    for (const [index, key] of filed) file(index, key, group)
    this.#filed.set(group, filed)
  }

  remove(group: Group): void {
    for (const [index, key] of this.#filed.get(group) ?? []) unfile(index, key, group)
    this.#filed.delete(group)
  }

  addConsumer(group: Group): void {
    const keys = [...group.children.values()].flatMap(child => (child.kind === 'dependency' ? [child.id] : []))
    for (const key of keys) file(this.#consumers, key, group)
    if (keys.length > 0) this.#consuming.set(group, keys)
  }

  removeConsumer(group: Group): void {
    for (const key of this.#consuming.get(group) ?? []) unfile(this.#consumers, key, group)
    this.#consuming.delete(group)
  }

  scope(scope: Scope): ReadonlySet<Group> {
    return this.#scopes.get(scopeOf(scope)) ?? NONE
  }

  scopes(): Scope[] {
    return [...this.#scopes.keys()].map(key => {
      const [domain = '', project = ''] = key.split(SEPARATOR)
      return { domain, project }
    })
  }

  named(scope: Scope, appId: string, name: string): ReadonlySet<Group> {
    return this.#names.get(nameOf(scope, appId, name)) ?? NONE
  }

  aliased(scope: Scope, appId: string, alias: string): ReadonlySet<Group> {
    return this.#aliases.get(nameOf(scope, appId, alias)) ?? NONE
  }

  identified(scope: Scope, id: string): ReadonlySet<Group> {
    return this.#ids.get(join(scope.domain, scope.project, id)) ?? NONE
  }

  /** By any accepted id, whatever the scope: for questions of siblings, which name no scope. */
  anywhere(id: string): Group | undefined {
    for (const scope of this.scopes()) for (const group of this.identified(scope, id)) return group
    return undefined
  }

  /** `provider`: the id of a dependency record, see `providerId`. */
  consumers(provider: string): ReadonlySet<Group> {
    return this.#consumers.get(provider) ?? NONE
  }
}

const NONE: ReadonlySet<Group> = new Set()
/** Cannot stand in any name: the dialects refuse it in projects and in ids that clients choose, and HTTP in headers. */
const SEPARATOR = '\u0000'

const join = (...parts: readonly string[]): string => parts.join(SEPARATOR)
const scopeOf = (scope: Scope): string => join(scope.domain, scope.project)
const nameOf = (scope: Scope, appId: string, name: string): string => join(scope.domain, scope.project, appId, name)

/** Names the provider of a dependency: every version under one name in one scope and environment. */
export const providerId = (scope: Scope, environment: string, appId: string, serviceName: string): string =>
  [scope.domain, scope.project, environment, appId, serviceName].map(encodeURIComponent).join(':')

const file = (index: Map<string, Set<Group>>, key: string, group: Group): void => {
  const groups = index.get(key)
  if (groups === undefined) index.set(key, new Set([group]))
  else groups.add(group)
}

const unfile = (index: Map<string, Set<Group>>, key: string, group: Group): void => {
  const groups = index.get(key)
  if (groups?.delete(group) === true && groups.size === 0) index.delete(key)
}
