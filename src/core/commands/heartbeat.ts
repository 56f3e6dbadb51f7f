import type { Scope } from '../model.ts'
import { noInstance } from '../queries/refusals.ts'
import type { Command, Transaction } from '../transaction.ts'

export interface InstanceName {
  readonly serviceId: string
  readonly instanceId: string
}

/**
 * Hears an instance, this cluster's or another's. Creates none: throws INSTANCE_NOT_FOUND for an unknown one, so that its
 * owner registers again.
 */
export const heartbeat =
  (scope: Scope, serviceId: string, instanceId: string): Command<void> =>
  tx => {
    if (!hear(tx, scope, serviceId, instanceId)) throw unheard(serviceId, instanceId)
  }

/** Hears many at once; answers those that nobody answers for. */
export const heartbeats =
  (scope: Scope, names: readonly InstanceName[]): Command<readonly InstanceName[]> =>
  tx =>
    names.filter(name => !hear(tx, scope, name.serviceId, name.instanceId))

function hear(tx: Transaction, scope: Scope, serviceId: string, instanceId: string): boolean {
  const service = tx.view.service(scope, serviceId)
  return service !== undefined && tx.hear(service, instanceId)
}

const unheard = (serviceId: string, instanceId: string) =>
  noInstance(serviceId, instanceId, 'leaseId not exist, instance not exist')
