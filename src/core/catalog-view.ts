import type { Directory } from './directory.ts'
import type { Group } from './group.ts'
import type { Counts } from './local-counts.ts'
import type { ClusterId, Dependency, Scope, ServiceKey } from './model.ts'
import { providerId } from './name-index.ts'
import { type Digests, deriveSid } from './transaction.ts'
import type { ReadOptions, ServiceView, View } from './view.ts'

/** The read side: questions answered from the directory's indexes. */
export class CatalogView implements View {
  readonly #directory: Directory
  readonly #digests: Digests

  constructor(directory: Directory, digests: Digests) {
    this.#directory = directory
    this.#digests = digests
  }

  get cluster(): ClusterId {
    return this.#directory.cluster
  }

  scopes(): readonly Scope[] {
    return this.#directory.names.scopes()
  }

  services(scope: Scope, options?: ReadOptions): readonly ServiceView[] {
    return [...this.#directory.names.scope(scope)].filter(group => group.exists(options))
  }

  /** An id that two keys claim means the own cluster's key, otherwise the key whose derived id is lower (invariant 5). */
  service(scope: Scope, id: string, options?: ReadOptions): ServiceView | undefined {
    let found: Group | undefined
    for (const group of this.#directory.names.identified(scope, id)) {
      if (group.exists(options) && (found === undefined || precedes(group, found))) found = group
    }
    return found
  }

  byKey(key: ServiceKey, options?: ReadOptions): ServiceView | undefined {
    const group = this.#directory.groups.get(deriveSid(this.#digests, key))
    return group?.exists(options) === true ? group : undefined
  }

  named(
    scope: Scope,
    environment: string | undefined,
    appId: string,
    name: string,
    options?: ReadOptions & { readonly noAlias?: boolean },
  ): readonly ServiceView[] {
    const fits = (group: Group): boolean =>
      group.exists(options) && (environment === undefined || group.key.environment === environment)
    const named = [...this.#directory.names.named(scope, appId, name)].filter(fits)
    if (named.length > 0 || options?.noAlias === true) return named
    return [...this.#directory.names.aliased(scope, appId, name)].filter(group => group.alias === name && fits(group))
  }

  consumers(service: ServiceView): readonly ServiceView[] {
    return this.consumersOf(service.key)
  }

  consumersOf(key: ServiceKey): Group[] {
    const provider = providerId(key, key.environment, key.appId, key.serviceName)
    return [...this.#directory.names.consumers(provider)].filter(group => group.exists() && uses(group, key))
  }

  providers(service: ServiceView): readonly ServiceView[] {
    const consumer = this.#directory.groups.get(service.sid)
    const found = (consumer?.dependencies() ?? []).flatMap(({ environment, appId, serviceName }) =>
      this.named(service.key, environment ?? '', appId, serviceName, { noAlias: true }),
    )
    return [...new Set(found)]
  }

  depends(consumer: ServiceView, provider: { environment: string; appId: string; serviceName: string }): boolean {
    const group = this.#directory.groups.get(consumer.sid)
    return group !== undefined && uses(group, provider)
  }

  dependencies(consumer: ServiceView): readonly Dependency[] {
    return this.#directory.groups.get(consumer.sid)?.dependencies() ?? []
  }

  localCounts(scope: Scope): Counts {
    return this.#directory.counts.of(scope)
  }

  document(kind: string, name: string, options?: ReadOptions): Readonly<Record<string, unknown>> | undefined {
    return this.#directory.documents.read(kind, name, this.#only(options))
  }

  documents(
    kind: string,
    options?: ReadOptions,
  ): readonly { readonly name: string; readonly value: Readonly<Record<string, unknown>> }[] {
    return this.#directory.documents.list(kind, this.#only(options))
  }

  #only(options: ReadOptions | undefined): ClusterId | undefined {
    return options?.local === true ? this.cluster : undefined
  }
}

const precedes = (a: Group, b: Group): boolean => (a.local === b.local ? a.sid < b.sid : a.local)

const uses = (group: Group, provider: { environment: string; appId: string; serviceName: string }): boolean =>
  group
    .dependencies()
    .some(
      each =>
        each.serviceName === provider.serviceName &&
        each.appId === provider.appId &&
        (each.environment ?? '') === provider.environment,
    )
