import type { Scope } from './model.ts'

export interface Counts {
  readonly services: number
  readonly instances: number
}

/** How many services and visible instances the own cluster has in each scope: every registration asks (quotas). */
export class LocalCounts {
  /** By domain, then project. */
  readonly #counts = new Map<string, Map<string, Counts>>()

  of({ domain, project }: Scope): Counts {
    return this.#counts.get(domain)?.get(project) ?? ZERO
  }

  /** Of all scopes together. */
  total(): Counts & { readonly domains: number } {
    const all = [...this.#counts.values()].flatMap(projects => [...projects.values()])
    return {
      domains: this.#counts.size,
      services: all.reduce((sum, { services }) => sum + services, 0),
      instances: all.reduce((sum, { instances }) => sum + instances, 0),
    }
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

  #set({ domain, project }: Scope, counts: Counts): void {
    const projects = this.#counts.get(domain) ?? new Map<string, Counts>()
    if (counts.services === 0 && counts.instances === 0) projects.delete(project)
    else projects.set(project, counts)
    if (projects.size === 0) this.#counts.delete(domain)
    else this.#counts.set(domain, projects)
  }
}

const ZERO: Counts = { services: 0, instances: 0 }
