import type { Instance, Microservice } from '../../core/model.ts'
import type { InstanceView, SchemaView, ServiceView } from '../../core/view.ts'

/** An instance as readers see it. Fields in the reference's order; absent ones are left out. */
export const instanceJson = (instance: Instance, serviceId: string) => ({
  instanceId: instance.instanceId,
  serviceId,
  endpoints: instance.endpoints,
  hostName: instance.hostName,
  status: instance.status,
  properties: instance.properties,
  healthCheck: instance.healthCheck && {
    mode: instance.healthCheck.mode,
    port: instance.healthCheck.port || undefined,
    interval: instance.healthCheck.interval,
    times: instance.healthCheck.times || undefined,
    url: instance.healthCheck.url || undefined,
  },
  timestamp: instance.timestamp,
  dataCenterInfo: instance.dataCenterInfo,
  modTimestamp: instance.modTimestamp,
  version: instance.version,
})

/** With `origin=1`: also where it comes from and whether that place is heard. */
export function instanceWithOrigin(view: InstanceView) {
  const { cluster, holder, stale } = view.origin()
  return { ...instanceJson(view.read(), view.service.id), cluster, holder, stale }
}

export function serviceJson(view: ServiceView) {
  const service: Microservice = view.read()
  return {
    serviceId: view.id,
    appId: service.appId,
    serviceName: service.serviceName,
    version: service.version,
    description: service.description,
    level: service.level,
    schemas: listOrNothing(service.schemas),
    paths: service.paths,
    status: service.status,
    properties: service.properties,
    timestamp: service.timestamp,
    providers: service.providers,
    alias: service.alias,
    LBStrategy: service.LBStrategy,
    modTimestamp: service.modTimestamp,
    environment: service.environment,
    registerBy: service.registerBy,
    framework: service.framework,
  }
}

export const schemaJson = (schema: SchemaView, withContent: boolean) => ({
  schemaId: schema.schemaId,
  summary: schema.summary || undefined,
  schema: withContent ? schema.content() || undefined : undefined,
})

/** Empty lists are left out of answers. */
export const listOrNothing = <T>(items: readonly T[] | undefined): readonly T[] | undefined =>
  items === undefined || items.length === 0 ? undefined : items

/** Empty maps are left out of answers. */
export const mapOrNothing = <T extends object>(map: T | undefined): T | undefined =>
  map === undefined || Object.keys(map).length === 0 ? undefined : map
