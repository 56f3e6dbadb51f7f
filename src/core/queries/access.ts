import type { Scope, ServiceKey } from '../model.ts'
import type { ReadOptions, ServiceView } from '../view.ts'

/** The registry itself, as SDKs look it up to learn its addresses. */
export const CENTER_NAME = 'SERVICECENTER'
const DEFAULT = 'default'

/** Services of `default/default` that every consumer finds, whatever its application and environment. */
export interface SharedServices {
  /** Names or aliases. Holds CENTER_NAME. */
  readonly names: ReadonlySet<string>
  /** The environment under which they are registered: the center's own. */
  readonly environment: string
}

const isDefault = ({ domain, project }: Scope, appId: string): boolean =>
  domain === DEFAULT && project === DEFAULT && appId === DEFAULT

/** Whether a name or alias of an application is that of a shared service. */
export const isSharedName = (shared: SharedServices, scope: Scope, appId: string, name: string): boolean =>
  isDefault(scope, appId) && shared.names.has(name)

export const isShared = (shared: SharedServices, key: ServiceKey, alias: string): boolean =>
  isDefault(key, key.appId) && (shared.names.has(key.serviceName) || shared.names.has(alias))

export const isCenter = (key: ServiceKey): boolean => key.serviceName === CENTER_NAME && isDefault(key, key.appId)

/** Instances of the center are this cluster's only: clients take their server list from them. */
export const optionsFor = (service: ServiceView, options: ReadOptions): ReadOptions =>
  isCenter(service.key) && options.local !== true ? { ...options, local: true } : options

/** Providers of other applications are open to those they allow; other environments never are, shared services aside. */
export function accessible(shared: SharedServices, consumer: ServiceView, provider: ServiceView): boolean {
  if (provider.key.appId !== consumer.key.appId) {
    if (provider.read().properties?.allowCrossApp?.toLowerCase() !== 'true') return false
  }
  return provider.key.environment === consumer.key.environment || isShared(shared, provider.key, provider.alias)
}
