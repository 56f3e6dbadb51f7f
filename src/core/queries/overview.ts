import type { Scope } from '../model.ts'
import type { ReadOptions, ServiceView, View } from '../view.ts'
import { isShared, optionsFor, type SharedServices } from './access.ts'

export interface Statistics {
  /** Names, whatever their versions; online: those with an instance. */
  readonly services: { readonly count: number; readonly onlineCount: number }
  readonly instances: { readonly count: number }
  readonly apps: { readonly count: number }
}

export interface ServiceFilter {
  readonly withShared: boolean
  readonly environment?: string
  readonly appId?: string
  readonly serviceName?: string
  readonly properties?: Readonly<Record<string, string>>
}

/** Services of a scope. Empty strings in the filter match everything; properties must all be there. */
export function servicesOf(
  view: View,
  scope: Scope,
  filter: ServiceFilter,
  options: ReadOptions,
  shared: SharedServices,
): readonly ServiceView[] {
  return view.services(scope, options).filter(service => {
    const { key } = service
    if (!filter.withShared && isShared(shared, key, service.alias)) return false
    if (filter.environment && filter.environment !== key.environment) return false
    if (filter.appId && filter.appId !== key.appId) return false
    if (filter.serviceName && filter.serviceName !== key.serviceName) return false
    return hasProperties(service, filter.properties)
  })
}

function hasProperties(service: ServiceView, wanted: Readonly<Record<string, string>> = {}): boolean {
  const pairs = Object.entries(wanted)
  if (pairs.length === 0) return true
  const properties = service.read().properties ?? {}
  return pairs.every(([key, value]) => Object.hasOwn(properties, key) && properties[key] === value)
}

/** Counts over services that `servicesOf` selected. */
export function statisticsOf(services: readonly ServiceView[], options: ReadOptions): Statistics {
  const names = new Set<string>()
  const online = new Set<string>()
  const apps = new Set<string>()
  let instances = 0
  for (const service of services) {
    const { environment, appId, serviceName } = service.key
    const name = `${environment}/${appId}/${serviceName}`
    const count = instanceCount(service, options)
    names.add(name)
    apps.add(appId)
    instances += count
    if (count > 0) online.add(name)
  }
  return {
    services: { count: names.size, onlineCount: online.size },
    instances: { count: instances },
    apps: { count: apps.size },
  }
}

/** Counts without decoding a record, and without listing unless a policy may hide some. */
export function instanceCount(service: ServiceView, options: ReadOptions): number {
  const read = optionsFor(service, options)
  if (read.local === true) return service.localInstanceCount()
  return read.unreachable === undefined ? service.instanceCount : service.instances(read).length
}

/** Applications that have a service in exactly this environment (the empty one when none is asked for). */
export function appsOf(services: readonly ServiceView[], environment: string): readonly string[] {
  const apps = new Set<string>()
  for (const { key } of services) if (key.environment === environment) apps.add(key.appId)
  return [...apps].sort()
}
