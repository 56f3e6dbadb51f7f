import { CatalogError } from '../errors.ts'
import type { Microservice, Scope, ServiceKey } from '../model.ts'
import { isCenter } from '../queries/access.ts'
import { serviceOf } from '../queries/existence.ts'
import { invalid } from '../queries/refusals.ts'
import type { Command, Transaction } from '../transaction.ts'
import type { ServiceView, View } from '../view.ts'
import { checkScopeQuota, seconds } from './quota.ts'
import type { Rules } from './rules.ts'

/** A microservice as its owner describes it: the server sets the times. */
export type ServiceDraft = Omit<Microservice, 'timestamp' | 'modTimestamp'>

export interface RegisteredService {
  /** The id readers see. */
  readonly id: string
  /** The name of another service that holds the alias under which this one was registered: the id is its, nothing is stored. */
  readonly aliasOf?: string
}

export const keyOf = (scope: Scope, draft: ServiceDraft): ServiceKey => ({
  ...scope,
  environment: draft.environment ?? '',
  appId: draft.appId,
  serviceName: draft.serviceName,
  version: draft.version,
})

/**
 * Registers a microservice, or finds it registered already: then its description stays as it is. Identity is settled
 * before the quota. Throws SERVICE_ALREADY_EXISTS when the id it chose contradicts its key or somebody has chosen the id
 * that it would have, and QUOTA_EXCEEDED.
 */
export function registerService(scope: Scope, draft: ServiceDraft, rules: Rules): Command<RegisteredService> {
  return tx => {
    const key = keyOf(scope, draft)
    const existing = tx.view.byKey(key)
    checkChosenId(tx.view, scope, draft, existing)
    if (existing?.local !== true && tx.claimant(key) !== undefined) throw idConflict()
    // Written again although nothing changes: an unregistration that another node has heard must not outlive it.
    if (existing?.local === true) return { id: tx.putService(key, existing.read()).id }
    const other = existing === undefined ? holderOfAlias(tx.view, key, draft.alias) : undefined
    if (other !== undefined) return underAlias(draft, other)
    checkScopeQuota('SERVICE', tx.view, key, rules)
    const now = seconds(tx.nowMs)
    return { id: tx.putService(key, { ...draft, timestamp: now, modTimestamp: now }).id }
  }
}

/** An id that this cluster gave to another key is taken; a key that this cluster registered keeps the ids it has. */
function checkChosenId(view: View, scope: Scope, draft: ServiceDraft, existing: ServiceView | undefined): void {
  if (draft.serviceId === undefined) return
  const owner = view.service(scope, draft.serviceId)
  const taken = owner?.local === true && owner.sid !== existing?.sid
  const contradicts = existing?.local === true && owner?.sid !== existing.sid
  if (taken || contradicts) throw idConflict()
}

const idConflict = (): CatalogError =>
  new CatalogError('SERVICE_ALREADY_EXISTS', 'ServiceID conflict or found the same service with different id.')

function holderOfAlias(view: View, key: ServiceKey, alias: string | undefined): ServiceView | undefined {
  if (alias === undefined) return undefined
  const versions = view.named(key, key.environment, key.appId, alias)
  return versions.find(service => service.alias === alias && service.key.version === key.version)
}

function underAlias(draft: ServiceDraft, other: ServiceView): RegisteredService {
  if (draft.serviceId !== undefined && draft.serviceId !== other.id) throw idConflict()
  return { id: other.id, aliasOf: other.key.serviceName }
}

/** Replaces all properties. Throws SERVICE_NOT_FOUND. */
export function setServiceProperties(
  scope: Scope,
  id: string,
  properties: Readonly<Record<string, string>>,
): Command<void> {
  return tx => {
    const service = serviceOf(tx.view, scope, id)
    const { properties: _replaced, ...rest } = service.read()
    const some = Object.keys(properties).length > 0 ? { properties } : {}
    tx.putService(service.key, { ...rest, ...some, modTimestamp: seconds(tx.nowMs) })
  }
}

/**
 * Ends this cluster's registration with all that is below it, and nobody else's. Unless forced, throws
 * SERVICE_HAS_CONSUMERS and SERVICE_HAS_INSTANCES, which count this cluster's only.
 */
export function deleteService(scope: Scope, id: string, force: boolean): Command<void> {
  return tx => {
    const service = serviceOf(tx.view, scope, id)
    if (isCenter(service.key)) throw invalid('not allow to delete service center')
    if (!service.local) throw registeredElsewhere(service)
    if (!force) checkUnused(tx, service)
    tx.removeService(service)
  }
}

/** What stands in the way of a deletion and is asked for: a client that has just ended more than these waits a little. */
const DOUBTED_MAX = 64

function checkUnused(tx: Transaction, service: ServiceView): void {
  const consumers = tx.view.consumers(service).filter(consumer => consumer.local && consumer.sid !== service.sid)
  if (consumers.length > 0) {
    const ended = consumers.slice(0, DOUBTED_MAX).map(({ sid }) => ({ kind: 'ended', id: sid }) as const)
    throw new CatalogError('SERVICE_HAS_CONSUMERS', 'Can not delete this service, other service rely it.', ended)
  }
  const instances = service.instances({ local: true })
  if (instances.length > 0) {
    const of = instances.slice(0, DOUBTED_MAX)
    const ended = of.map(({ instanceId }) => ({ kind: 'ended', id: `${service.sid}/${instanceId}` }) as const)
    throw new CatalogError('SERVICE_HAS_INSTANCES', 'Can not delete the service deployed instance(s).', ended)
  }
}

function registeredElsewhere(service: ServiceView): CatalogError {
  const names = new Set(service.instances().map(instance => instance.origin().cluster))
  const clusters = names.size > 0 ? [...names] : service.clusters
  return new CatalogError('SERVICE_NOT_FOUND', `Service is registered in cluster ${clusters.join(', ')} only.`)
}
