import { CatalogError } from '../errors.ts'
import type { ServiceKey } from '../model.ts'
import type { InstanceView, ServiceView } from '../view.ts'

/** A service that was named by id. Its id goes with the refusal, so that siblings are asked before it is final. */
export const noService = (id: string, detail = 'Service does not exist.'): CatalogError =>
  new CatalogError('SERVICE_NOT_FOUND', detail, [{ kind: 'service', id }])

/** An instance that was named by id under a service that was too; either may be what is missing here. */
export const noInstance = (serviceId: string, instanceId: string, detail: string): CatalogError =>
  new CatalogError('INSTANCE_NOT_FOUND', detail, [
    { kind: 'service', id: serviceId },
    { kind: 'instance', id: instanceId },
  ])

/**
 * Only the cluster that registered an instance writes it (invariant 16). The id may be registered in this cluster as well, at a
 * sibling that this node has not heard yet: siblings are asked.
 */
export const foreignInstance = (instance: InstanceView): CatalogError =>
  noInstance(
    instance.service.id,
    instance.instanceId,
    `Instance[${instance.instanceId}] is registered in cluster ${instance.origin().cluster}, which alone may change it.`,
  )

export const invalid = (detail: string): CatalogError => new CatalogError('INVALID_PARAMS', detail)

type Key = Pick<ServiceKey, 'environment' | 'appId' | 'serviceName' | 'version'>

/** A service as the reference's messages name it. */
export const flag = (key: Key | undefined): string =>
  key === undefined ? '///' : `${key.environment}/${key.appId}/${key.serviceName}/${key.version}`

/** Who asks, as the reference's messages name him; without a consumer its parts stay empty. */
export const consumerFlag = (consumer: ServiceView | undefined, environment = ''): string =>
  `Consumer[${consumer?.id ?? ''}][${consumer === undefined ? `${environment}///` : flag(consumer.key)}]`
