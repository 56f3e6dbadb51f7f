import type { Group } from '../group.ts'
import type { Dependency, Microservice, ServiceKey } from '../model.ts'
import type { ServiceView, View } from '../view.ts'
import type { BrowseParts } from './filter.ts'

/** A node of the dependency graph: a name, where it is registered, and whether anything of it runs. */
export interface Relation {
  readonly environment: string
  readonly appId: string
  readonly serviceName: string
  readonly version: string
  readonly serviceId: string
  readonly clusters: readonly string[]
  readonly instances: number
}

export interface ServiceDetail {
  readonly serviceId: string
  readonly service: Microservice
  readonly domain: string
  readonly project: string
  /** Where it is registered, when and by which node, as far as it is known. */
  readonly registrations: readonly {
    readonly cluster: string
    readonly local: boolean
    readonly node: string | undefined
    readonly atMs: number
    readonly instances: number
  }[]
  readonly versions: readonly { readonly version: string; readonly serviceId: string; readonly instances: number }[]
  readonly tags: Readonly<Record<string, string>>
  readonly schemas: readonly {
    readonly schemaId: string
    readonly summary: string | undefined
    readonly stored: boolean
  }[]
  readonly providers: readonly Relation[]
  readonly consumers: readonly Relation[]
  /** What it says it uses and nobody has registered. */
  readonly missing: readonly Dependency[]
}

/** Everything about one version of a service. `sees`: relations that the asker may not see are left out. */
export function detailOf(
  { directory }: BrowseParts,
  view: View,
  service: ServiceView,
  sees: (key: ServiceKey) => boolean,
): ServiceDetail {
  const { key } = service
  const group = directory.group(service.sid)
  const siblings = view.named(key, key.environment, key.appId, key.serviceName, { noAlias: true })
  const relation = (each: ServiceView): Relation => ({
    environment: each.key.environment,
    appId: each.key.appId,
    serviceName: each.key.serviceName,
    version: each.key.version,
    serviceId: each.id,
    clusters: each.clusters.map(id => directory.labelOf(id)).sort(),
    instances: each.instanceCount,
  })
  const providers = view.providers(service)
  return {
    serviceId: service.id,
    service: service.read(),
    domain: key.domain,
    project: key.project,
    registrations: registrationsOf(group),
    versions: siblings.map(each => ({ version: each.key.version, serviceId: each.id, instances: each.instanceCount })),
    tags: service.tags(),
    schemas: service.schemas().map(schema => ({
      schemaId: schema.schemaId,
      summary: schema.summary,
      stored: schema.content() !== undefined,
    })),
    providers: providers.filter(each => sees(each.key)).map(relation),
    consumers: view
      .consumers(service)
      .filter(each => sees(each.key))
      .map(relation),
    missing: view
      .dependencies(service)
      .filter(each => !providers.some(({ key: found }) => isProvider(found, each)))
      .map(({ environment, appId, serviceName }) => ({ ...(environment ? { environment } : {}), appId, serviceName })),
  }
}

const isProvider = (key: ServiceKey, { environment = '', appId, serviceName }: Dependency): boolean =>
  key.serviceName === serviceName && key.appId === appId && key.environment === environment

function registrationsOf(group: Group): ServiceDetail['registrations'] {
  const { directory } = group
  return [...group.registrations].map(([cluster, { version }]) => ({
    cluster: directory.labelOf(cluster),
    local: cluster === directory.cluster,
    node: [...directory.nodes.values()].find(({ record }) => record.epoch === version.epoch)?.record.name,
    atMs: version.ms,
    instances: group.entriesOf(cluster).filter(entry => entry.visible).length,
  }))
}
