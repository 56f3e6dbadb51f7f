import type { Scope } from '../model.ts'
import { foreignInstance, noInstance, noService } from '../queries/refusals.ts'
import type { Command, Transaction } from '../transaction.ts'
import type { InstanceView, ServiceView } from '../view.ts'
import { complete, type InstanceDraft, withRuled } from './instance-draft.ts'
import { checkScopeQuota, seconds } from './quota.ts'
import type { InstanceRules, Rules } from './rules.ts'

/**
 * Registers an instance and answers its id. A living id of this cluster is renewed (or replaced, where the rules say so);
 * one of another cluster is registered here as well. Throws SERVICE_NOT_FOUND and QUOTA_EXCEEDED.
 */
export function registerInstance(scope: Scope, serviceId: string, draft: InstanceDraft, rules: Rules): Command<string> {
  return tx => {
    const service = tx.view.service(scope, serviceId)
    if (service === undefined) throw noService(serviceId, "Invalid 'serviceID' in request body.")
    const living = draft.instanceId === undefined ? undefined : service.instance(draft.instanceId)
    if (living?.local === true && renewed(tx, service, living, draft, rules.instances)) return living.instanceId
    if (rules.instances.supersede === 'endpoints') removeSameEndpoints(tx, service, draft)
    checkScopeQuota('INSTANCE', tx.view, service.key, rules)
    const now = seconds(tx.nowMs)
    const given = {
      instanceId: draft.instanceId ?? tx.randomId(),
      timestamp: now,
      modTimestamp: now,
      version: service.key.version,
    }
    return tx.putInstance(service, complete(draft, given, rules.instances)).instanceId
  }
}

/** False when nobody answers for it any more: then it is registered anew. */
function renewed(
  tx: Transaction,
  service: ServiceView,
  living: InstanceView,
  draft: InstanceDraft,
  rules: InstanceRules,
): boolean {
  if (rules.reregister === 'renew') return tx.renewInstance(living)
  const { instanceId, timestamp } = living.read()
  const given = { instanceId, timestamp, modTimestamp: seconds(tx.nowMs), version: service.key.version }
  tx.putInstance(service, complete(draft, given, rules))
  return true
}

/** A process that restarted without an id of its own leaves its former self behind for a whole lease. */
function removeSameEndpoints(tx: Transaction, service: ServiceView, draft: InstanceDraft): void {
  const wanted = endpointKey(draft.endpoints)
  if (wanted === '') return
  for (const instance of service.instances({ local: true })) {
    if (endpointKey(instance.read().endpoints) === wanted) tx.removeInstance(instance)
  }
}

const endpointKey = (endpoints: readonly string[] = []): string => [...endpoints].sort().join('\n')

/** Throws INSTANCE_NOT_FOUND, also for another cluster's. */
export function unregisterInstance(scope: Scope, serviceId: string, instanceId: string): Command<void> {
  return tx => tx.removeInstance(own(tx, scope, serviceId, instanceId, "Instance's leaseId not exist."))
}

/** Throws INSTANCE_NOT_FOUND, also for another cluster's. Neither renews the lease nor loses it. */
export function setInstanceStatus(scope: Scope, serviceId: string, instanceId: string, status: string): Command<void> {
  return tx => {
    const instance = own(tx, scope, serviceId, instanceId, 'Service instance does not exist.')
    tx.setInstanceStatus(instance, status, seconds(tx.nowMs))
  }
}

/** Replaces all properties. Throws INSTANCE_NOT_FOUND, also for another cluster's. */
export function setInstanceProperties(
  scope: Scope,
  serviceId: string,
  instanceId: string,
  properties: Readonly<Record<string, string>>,
  rules: InstanceRules,
): Command<void> {
  return tx => {
    const instance = own(tx, scope, serviceId, instanceId, 'Service instance does not exist.')
    tx.setInstanceProperties(instance, withRuled(properties, rules), seconds(tx.nowMs))
  }
}

/** Sets the status of every instance of this cluster in the scope whose properties contain all pairs. */
export function setStatusWhere(
  scope: Scope,
  properties: Readonly<Record<string, string>>,
  status: string,
): Command<number> {
  const wanted = Object.entries(properties)
  return tx => {
    const now = seconds(tx.nowMs)
    let changed = 0
    for (const service of tx.view.services(scope, { local: true })) {
      for (const instance of service.instances({ local: true })) {
        const has = instance.read().properties ?? {}
        if (!wanted.every(([key, value]) => Object.hasOwn(has, key) && has[key] === value)) continue
        tx.setInstanceStatus(instance, status, now)
        changed++
      }
    }
    return changed
  }
}

function own(tx: Transaction, scope: Scope, serviceId: string, instanceId: string, detail: string): InstanceView {
  const service = tx.view.service(scope, serviceId)
  // Its own client may write it also where it is hidden from readers: a node whose holder is heard would take the write.
  const instance = service?.instance(instanceId) ?? (service && tx.hiddenInstance(service, instanceId))
  if (instance === undefined) throw noInstance(serviceId, instanceId, detail)
  if (!instance.local) throw foreignInstance(instance)
  return instance
}
