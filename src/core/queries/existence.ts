import { CatalogError } from '../errors.ts'
import type { Scope, ServiceKey } from '../model.ts'
import type { ReadOptions, SchemaView, ServiceView, View } from '../view.ts'
import { flag, noService } from './refusals.ts'

export interface ExistenceRequest extends ServiceKey {
  /** The id derived from this key: siblings are asked for it before "does not exist" is final. */
  readonly derivedId: string
}

/**
 * The id of one exact version, by name or alias (name wins). Throws VERSION_NOT_FOUND when others exist, otherwise
 * SERVICE_NOT_FOUND.
 */
export function serviceExists(view: View, request: ExistenceRequest, options: ReadOptions): string {
  const { environment, appId, serviceName, version } = request
  const versions = view.named(request, environment, appId, serviceName, options)
  const exact = versions.find(service => service.key.version === version)
  if (exact !== undefined) return exact.id
  const missing = [{ kind: 'service', id: request.derivedId }] as const
  throw versions.length === 0
    ? new CatalogError('SERVICE_NOT_FOUND', `${flag(request)} does not exist.`, missing)
    : new CatalogError('VERSION_NOT_FOUND', `${flag(request)} version mismatch.`, missing)
}

/** A service by id. Throws SERVICE_NOT_FOUND. */
export function serviceOf(view: View, scope: Scope, id: string, options?: ReadOptions): ServiceView {
  const service = view.service(scope, id, options)
  if (service === undefined) throw noService(id)
  return service
}

/** A schema with content. Throws SCHEMA_NOT_FOUND when it is unknown or only declared, SERVICE_NOT_FOUND for its service. */
export function schemaOf(view: View, scope: Scope, serviceId: string, schemaId: string): SchemaView {
  const schema = serviceOf(view, scope, serviceId).schema(schemaId)
  if (schema === undefined || schema.content() === undefined) {
    // Siblings may know of a schema that has not arrived here: it comes with its service.
    throw new CatalogError('SCHEMA_NOT_FOUND', 'schema ref not found.', [{ kind: 'service', id: serviceId }])
  }
  return schema
}
