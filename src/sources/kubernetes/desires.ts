import type { ServiceKey } from '../../core/model.ts'
import { type DesireOptions, type Reachable, type Wanted, wantedOf } from './desired.ts'
import { type Named, type Names, Naming } from './naming.ts'
import type { ObjectsStore } from './objects-store.ts'
import type { KubernetesOptions } from './options.ts'

/** What became different in one microservice. */
export interface Turn {
  readonly name: string
  readonly key: ServiceKey
  /** Instances that came, changed or went. */
  readonly instances: ReadonlySet<string>
  /** It came, went, or is described otherwise. */
  readonly described: boolean
}

/** A key as text, the name of a microservice in here. */
export const nameOf = ({ domain, project, environment, appId, serviceName, version }: ServiceKey): string =>
  JSON.stringify([domain, project, environment, appId, serviceName, version])

/** All microservices as Kubernetes has them now, and what changed since the last look. */
export class Desires {
  readonly #store: ObjectsStore
  readonly #naming: Naming
  readonly #options: DesireOptions
  readonly #wanted = new Map<string, Wanted>()
  #names: Names = { byRef: new Map(), collisions: new Map(), faults: new Map(), withheld: new Map() }
  #members: ReadonlyMap<string, readonly Named[]> = new Map()

  constructor(store: ObjectsStore, options: KubernetesOptions, reachable: Reachable | undefined) {
    this.#store = store
    this.#naming = new Naming(options)
    this.#options = { export: options.export, reachable }
  }

  get names(): Names {
    return this.#names
  }

  get(name: string): Wanted | undefined {
    return this.#wanted.get(name)
  }

  all(): IterableIterator<[string, Wanted]> {
    return this.#wanted.entries()
  }

  get size(): number {
    return this.#wanted.size
  }

  instanceCount(): number {
    return [...this.#wanted.values()].reduce((sum, { instances }) => sum + instances.size, 0)
  }

  exportFaults(): ReadonlyMap<string, string> {
    return new Map([...this.#wanted.values()].flatMap(({ exportFaults }) => [...exportFaults]))
  }

  /**
   * Microservices that may be different after what happened to these Services (`namespace/name`). Those that are there come
   * first: one that gets another name is found under the new one before it goes from the old.
   */
  refresh(refs: ReadonlySet<string>): readonly string[] {
    const { services } = this.#store
    const affected = new Set<string>()
    // Most news is of endpoints, which name nobody.
    if ([...refs].some(ref => services.get(ref) !== this.#names.byRef.get(ref)?.service)) this.#rename(affected)
    for (const ref of refs) {
      const named = this.#names.byRef.get(ref)
      if (named !== undefined) affected.add(nameOf(named.key))
    }
    const isGone = (name: string): boolean => !this.#members.has(name)
    return [...affected].sort((a, b) => Number(isGone(a)) - Number(isGone(b)))
  }

  /** A Service that goes may leave its name to a younger one, to which nothing happened itself. */
  #rename(affected: Set<string>): void {
    const before = this.#names.byRef
    this.#names = this.#naming.name(this.#store.services.values())
    const after = this.#names.byRef
    this.#members = Map.groupBy(after.values(), ({ key }) => nameOf(key))
    for (const [ref, { key }] of before) {
      const now = after.get(ref)
      if (now !== undefined && nameOf(now.key) === nameOf(key)) continue
      affected.add(nameOf(key))
      if (now !== undefined) affected.add(nameOf(now.key))
    }
  }

  /** Takes over what one microservice is now. */
  turn(name: string): Turn | undefined {
    const before = this.#wanted.get(name)
    const [oldest, ...younger] = this.#members.get(name) ?? []
    const after = oldest === undefined ? undefined : wantedOf([oldest, ...younger], this.#store, this.#options)
    if (after === undefined) this.#wanted.delete(name)
    else this.#wanted.set(name, after)
    const key = after?.key ?? before?.key
    if (key === undefined) return undefined
    const described = JSON.stringify(before?.service) !== JSON.stringify(after?.service)
    const instances = differing(before?.instances ?? NONE, after?.instances ?? NONE)
    return described || instances.size > 0 ? { name, key, instances, described } : undefined
  }
}

const NONE: Wanted['instances'] = new Map()

function differing(before: Wanted['instances'], after: Wanted['instances']): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const id of before.keys()) if (!after.has(id)) ids.add(id)
  for (const [id, instance] of after) {
    if (JSON.stringify(before.get(id)) !== JSON.stringify(instance)) ids.add(id)
  }
  return ids
}
