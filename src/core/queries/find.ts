import { CatalogError } from '../errors.ts'
import type { Dependency, Scope } from '../model.ts'
import { selectVersions, type VersionRule } from '../version-rule.ts'
import type { ReadOptions, ServiceView, View } from '../view.ts'
import { accessible, isSharedName, optionsFor, type SharedServices } from './access.ts'
import { consumerFlag, noService } from './refusals.ts'

export interface FindRequest {
  readonly scope: Scope
  /** Empty: nobody in particular asks, and nothing is hidden from him. */
  readonly consumerId: string
  /** The consumer's own environment replaces it. */
  readonly environment: string
  readonly appId: string
  /** A name, or an alias when no service has that name. */
  readonly serviceName: string
  /** Keys of tags that a service must carry, all of them. */
  readonly tags: readonly string[]
  readonly versions?: VersionRule | undefined
  readonly noAlias?: boolean
}

export interface Found {
  /** Every version that the consumer may see. May be empty: then the provider exists and is closed to him. */
  readonly services: readonly ServiceView[]
  /** How to read their instances. */
  readonly options: ReadOptions
  /** The dependency to record, unless it is recorded already or nobody in particular asked. */
  readonly dependency: { readonly consumer: ServiceView; readonly provider: Dependency } | undefined
}

/** Services by name, as a consumer may see them. Throws SERVICE_NOT_FOUND for an unknown consumer or provider. */
export function find(view: View, request: FindRequest, options: ReadOptions, shared: SharedServices): Found {
  if (isSharedName(shared, request.scope, request.appId, request.serviceName)) {
    return findShared(view, request, options, shared)
  }
  const consumer = consumerOf(view, request.scope, request.consumerId)
  const environment = consumer?.key.environment ?? request.environment
  const matched = matching(view, request, environment, options)
  const [first] = matched
  if (first === undefined) {
    const provider = `${environment}/${request.appId}/${request.serviceName}`
    const detail = `${consumerFlag(consumer, environment)} find provider[${provider}] failed, provider does not exist`
    throw new CatalogError('SERVICE_NOT_FOUND', detail)
  }
  const services = consumer === undefined ? matched : matched.filter(service => accessible(shared, consumer, service))
  const dependency = consumer && services[0] && newDependency(view, consumer, services[0])
  return { services: withTags(services, request.tags), options: optionsFor(first, options), dependency }
}

/** No consumer is checked and no dependency recorded: anybody may know where the shared services are. */
function findShared(view: View, request: FindRequest, options: ReadOptions, shared: SharedServices): Found {
  const matched = matching(view, request, shared.environment, options)
  const [first] = matched
  if (first === undefined) {
    const provider = `${shared.environment}/${request.appId}/${request.serviceName}/`
    throw new CatalogError('SERVICE_NOT_FOUND', `find shared provider[${provider}] failed, provider does not exist`)
  }
  return { services: withTags(matched, request.tags), options: optionsFor(first, options), dependency: undefined }
}

function matching(view: View, request: FindRequest, environment: string, options: ReadOptions): readonly ServiceView[] {
  const lookup = request.noAlias === true ? { ...options, noAlias: true } : options
  const services = view.named(request.scope, environment, request.appId, request.serviceName, lookup)
  return request.versions === undefined
    ? services
    : selectVersions(request.versions, services, service => service.key.version)
}

const withTags = (services: readonly ServiceView[], tags: readonly string[]): readonly ServiceView[] =>
  tags.length === 0 ? services : services.filter(service => hasTags(service, tags))

export const hasTags = (service: ServiceView, tags: readonly string[]): boolean => {
  if (tags.length === 0) return true
  const carried = service.tags()
  return tags.every(tag => Object.hasOwn(carried, tag))
}

/** The real name is recorded even when the provider was asked for by its alias. */
function newDependency(view: View, consumer: ServiceView, { key }: ServiceView): Found['dependency'] {
  const { environment, appId, serviceName } = key
  if (view.depends(consumer, { environment, appId, serviceName })) return undefined
  return { consumer, provider: { ...(environment === '' ? {} : { environment }), appId, serviceName } }
}

/** The calling service, or undefined when none is named. Throws SERVICE_NOT_FOUND when it is unknown. */
export function consumerOf(view: View, scope: Scope, consumerId: string): ServiceView | undefined {
  if (consumerId === '') return undefined
  const consumer = view.service(scope, consumerId)
  if (consumer === undefined) throw noService(consumerId, `Consumer[${consumerId}] does not exist.`)
  return consumer
}
