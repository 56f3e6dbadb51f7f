import { detailOf, type ServiceDetail } from '../core/browse/detail.ts'
import type { BrowseFilter, BrowseParts, Page } from '../core/browse/filter.ts'
import { browseInstances, type InstanceRow } from '../core/browse/instances.ts'
import { browseServices, type Facets, facetsOf, type ServiceRow } from '../core/browse/services.ts'
import type { Scope, ServiceKey } from '../core/model.ts'
import { serviceOf } from '../core/queries/existence.ts'
import type { Replica } from '../core/replica.ts'
import type { ReadOptions } from '../core/view.ts'
import type { BrowsePort, Clock } from './ports.ts'

/** Pages of the catalog for people: filtered and cut here, so that a browser never gets 100,000 instances. */
export class Browser implements BrowsePort {
  readonly #replica: Replica
  readonly #clock: Clock
  /** Rises with everything that may change a page, leases aside. */
  revision = 0

  constructor(replica: Replica, clock: Clock) {
    this.#replica = replica
    this.#clock = clock
  }

  services(filter: BrowseFilter): Page<ServiceRow> {
    return browseServices(this.#parts, filter)
  }

  instances(filter: BrowseFilter): Page<InstanceRow> {
    return browseInstances(this.#parts, filter)
  }

  facets(filter: BrowseFilter): Facets {
    return facetsOf(this.#parts, filter)
  }

  detail(scope: Scope, id: string, options: ReadOptions, sees: (key: ServiceKey) => boolean): ServiceDetail {
    const { view } = this.#replica
    return detailOf(this.#parts, view, serviceOf(view, scope, id, options), sees)
  }

  get #parts(): BrowseParts {
    const { node, directory } = this.#replica
    return { node, directory, nowMs: this.#clock.monotonicMs() }
  }
}
