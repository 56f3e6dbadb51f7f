import type { Scope } from '../model.ts'
import type { ServiceView, View } from '../view.ts'
import { noService } from './refusals.ts'

export interface DependencyFilter {
  /** Leaves out the service itself: it may well consume itself. */
  readonly noSelf: boolean
}

/** Every version of every service that this one uses. Throws SERVICE_NOT_FOUND. */
export function providersOf(view: View, scope: Scope, id: string, filter: DependencyFilter): readonly ServiceView[] {
  const consumer = view.service(scope, id)
  if (consumer === undefined) throw noService(id, 'Consumer does not exist')
  return without(consumer, view.providers(consumer), filter)
}

/** Every service that uses this one. Throws SERVICE_NOT_FOUND. */
export function consumersOf(view: View, scope: Scope, id: string, filter: DependencyFilter): readonly ServiceView[] {
  const provider = view.service(scope, id)
  if (provider === undefined) throw noService(id, 'Provider does not exist')
  return without(provider, view.consumers(provider), filter)
}

const without = (self: ServiceView, services: readonly ServiceView[], { noSelf }: DependencyFilter) =>
  noSelf ? services.filter(service => service.sid !== self.sid) : services
