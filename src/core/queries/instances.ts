import { CatalogError } from '../errors.ts'
import type { Scope } from '../model.ts'
import type { InstanceView, ReadOptions, ServiceView, View } from '../view.ts'
import { accessible, optionsFor, type SharedServices } from './access.ts'
import { consumerOf, hasTags } from './find.ts'
import { consumerFlag, flag, noInstance, noService } from './refusals.ts'

export interface InstancesRequest {
  readonly scope: Scope
  readonly consumerId: string
  readonly serviceId: string
  readonly tags: readonly string[]
}

interface Provider {
  readonly service: ServiceView
  readonly options: ReadOptions
  /** "Consumer[…] find provider[…]": how messages begin. */
  readonly who: string
  /** False when its tags or its application keep it from the consumer. */
  readonly visible: boolean
}

function provider(view: View, request: InstancesRequest, options: ReadOptions, shared: SharedServices): Provider {
  const consumer = consumerOf(view, request.scope, request.consumerId)
  const service = view.service(request.scope, request.serviceId, options)
  if (service === undefined) throw noService(request.serviceId, `Provider[${request.serviceId}] does not exist.`)
  return {
    service,
    options: optionsFor(service, options),
    who: `${consumerFlag(consumer)} find provider[${request.serviceId}][${flag(service.key)}]`,
    visible: hasTags(service, request.tags) && (consumer === undefined || accessible(shared, consumer, service)),
  }
}

/** The service whose instances are asked for. Throws SERVICE_NOT_FOUND when it is unknown, closed or tagged otherwise. */
export function instancesOf(
  view: View,
  request: InstancesRequest,
  options: ReadOptions,
  shared: SharedServices,
): { readonly service: ServiceView; readonly options: ReadOptions } {
  const found = provider(view, request, options, shared)
  if (found.visible) return found
  throw new CatalogError('SERVICE_NOT_FOUND', `${found.who} instances failed, provider instance does not exist`)
}

/** One instance. An unknown service or consumer is SERVICE_NOT_FOUND, everything else INSTANCE_NOT_FOUND. */
export function instanceOf(
  view: View,
  request: InstancesRequest & { readonly instanceId: string },
  options: ReadOptions,
  shared: SharedServices,
): InstanceView {
  const found = provider(view, request, options, shared)
  const instance = found.visible ? found.service.instance(request.instanceId, found.options) : undefined
  if (instance !== undefined) return instance
  const detail = `${found.who} instance[${request.instanceId}] failed, provider instance does not exist`
  throw noInstance(request.serviceId, request.instanceId, detail)
}
