import type { Scope } from './model.ts'

export interface Counts {
  readonly services: number
  readonly instances: number
}

/** How many services and visible instances the own cluster has in each scope: every registration asks (quotas). */
export class LocalCounts {
  readonly #counts = new Map<string, Counts>()

  of(scope: Scope): Counts {
    return this.#counts.get(keyOf(scope)) ?? ZERO
  }

  addServices(scope: Scope, by: number): void {
    const { services, instances } = this.of(scope)
    this.#set(scope, { services: services + by, instances })
  }

  addInstances(scope: Scope, by: number): void {
    const { services, instances } = this.of(scope)
    this.#set(scope, { services, instances: instances + by })
  }

  clear(): void {
    this.#counts.clear()
  }

  #set(scope: Scope, counts: Counts): void {
    if (counts.services === 0 && counts.instances === 0) this.#counts.delete(keyOf(scope))
    else this.#counts.set(keyOf(scope), counts)
  }
}

const ZERO: Counts = { services: 0, instances: 0 }
const keyOf = (scope: Scope): string => `${scope.domain}\u0000${scope.project}`
