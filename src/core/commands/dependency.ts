import { CatalogError } from '../errors.ts'
import type { Dependency, Scope, ServiceKey } from '../model.ts'
import { flag, invalid } from '../queries/refusals.ts'
import type { Command } from '../transaction.ts'
import type { ServiceView, View } from '../view.ts'

export interface Declaration {
  /** One exact version; the name may be an alias. */
  readonly consumer: Omit<ServiceKey, keyof Scope>
  /** Every version of each. An empty application means the consumer's. */
  readonly providers: readonly { readonly environment: string; readonly appId: string; readonly serviceName: string }[]
}

/** Records that a consumer found a provider. Nothing happens when it is recorded, or when the consumer has gone. */
export function recordDependency(consumer: ServiceView, provider: Dependency): Command<void> {
  return tx => {
    const living = tx.view.byKey(consumer.key)
    if (living !== undefined) tx.putDependency(living, provider)
  }
}

/**
 * Declares what services use: `overwrite` forgets what was recorded before. Throws INVALID_PARAMS for a provider named
 * twice and SERVICE_NOT_FOUND for an unknown consumer; then nothing is declared.
 */
export function declareDependencies(
  scope: Scope,
  declarations: readonly Declaration[],
  overwrite: boolean,
): Command<void> {
  return tx => {
    for (const declaration of declarations) {
      const providers = providersIn(declaration)
      const consumer = consumerIn(tx.view, scope, declaration)
      if (overwrite) {
        for (const old of tx.view.dependencies(consumer)) {
          if (!providers.has(nameOf(old))) tx.removeDependency(consumer, old)
        }
      }
      for (const provider of providers.values()) tx.putDependency(consumer, provider)
    }
  }
}

const nameOf = ({ environment = '', appId, serviceName }: Dependency): string =>
  `${environment}/${appId}/${serviceName}`

function providersIn({ consumer, providers }: Declaration): Map<string, Dependency> {
  const named = new Map<string, Dependency>()
  for (const { environment, appId, serviceName } of providers) {
    const provider = { ...(environment && { environment }), appId: appId || consumer.appId, serviceName }
    if (named.has(nameOf(provider))) {
      throw invalid('Invalid request body for provider info.Duplicate provider or (serviceName and appId is same).')
    }
    named.set(nameOf(provider), provider)
  }
  return named
}

function consumerIn(view: View, scope: Scope, { consumer }: Declaration): ServiceView {
  const { environment, appId, serviceName, version } = consumer
  const found =
    view.byKey({ ...scope, ...consumer }) ??
    view.named(scope, environment, appId, serviceName).find(service => service.key.version === version)
  if (found === undefined) throw new CatalogError('SERVICE_NOT_FOUND', `Consumer ${flag(consumer)} does not exist.`)
  return found
}
