/** Keeps alive what Kubernetes has: the part of a heartbeat that an application would send itself. */
import type { NodeId, Scope } from '../../core/model.ts'
import type { Transaction } from '../../core/transaction.ts'
import type { InstanceView, ServiceView, View } from '../../core/view.ts'
import type { Preference } from '../preference.ts'
import type { SourceDeps } from '../source.ts'
import { type Desires, nameOf } from './desires.ts'
import { isOurService, originOfInstance } from './marks.ts'
import type { Reconciler } from './reconciler.ts'

/** Everything is heard once in this many seconds, a part of it each second. Leases are four times as long. */
export const INTERVAL_S = 30
const SCOPE: Scope = { domain: 'default', project: 'default' }
/** What is missing is looked for this often, in seconds: it costs a look into a map. */
const MISSES_S = 5
/** Instances heard in one step. */
const HEARD_PER_STEP = 500

export interface HearingParts extends SourceDeps {
  readonly desires: Desires
  readonly preference: Preference
  readonly reconciler: Reconciler
  /** A complete list has been seen. Before, what is registered counts as what Kubernetes has. */
  readonly isSynced: () => boolean
}

export class Hearing {
  readonly #parts: HearingParts
  #second = 0

  constructor(parts: HearingParts) {
    this.#parts = parts
  }

  /** Once a second. */
  tick(): void {
    const { catalog } = this.#parts
    this.#second += 1
    const due: InstanceView[] = []
    const self = catalog.status().node
    catalog.read(view => {
      for (const service of view.services(SCOPE, { local: true })) {
        if (this.#isDue(service.sid, INTERVAL_S)) this.#look(service, self, due)
      }
      this.#miss(view)
    })
    for (let at = 0; at < due.length; at += HEARD_PER_STEP) this.#hear(due.slice(at, at + HEARD_PER_STEP))
  }

  #isDue(name: string, everyS: number): boolean {
    return hash(name) % everyS === this.#second % everyS
  }

  #miss(view: View): void {
    const { desires, reconciler, isSynced } = this.#parts
    if (!isSynced()) return
    for (const [name, { key, instances }] of desires.all()) {
      if (!this.#isDue(name, MISSES_S)) continue
      const service = view.byKey(key, { local: true })
      const misses = [...instances.keys()].some(id => service?.instance(id, { local: true }) === undefined)
      if (service === undefined || misses) reconciler.doubt(name, key)
    }
  }

  /** Collects the instances to be heard, and notes what Kubernetes does not have. */
  #look(service: ServiceView, self: NodeId, due: InstanceView[]): void {
    const { desires, preference, reconciler, clock, isSynced } = this.#parts
    const name = nameOf(service.key)
    const wanted = desires.get(name)
    const isMine = preference.isMine(name, clock.monotonicMs())
    let extra = wanted === undefined && isSynced() && isOurService(service.read())
    for (const instance of service.instances({ local: true })) {
      const isWanted = wanted?.instances.has(instance.instanceId) === true
      if (!isWanted && originOfInstance(instance.registered()) === undefined) continue
      if (isSynced() && !isWanted) extra = true
      else if (isMine || instance.origin().holder === self) due.push(instance)
    }
    if (extra) reconciler.doubt(name, service.key)
  }

  #hear(instances: readonly InstanceView[]): void {
    const { catalog, reconciler, log } = this.#parts
    const step = (tx: Transaction): readonly InstanceView[] => instances.filter(each => !hears(tx, each))
    catalog.execute(step).then(
      unheard => {
        for (const { service } of unheard) reconciler.doubt(nameOf(service.key), service.key)
      },
      (error: Error) => log.warn({ error: error.message }, 'instances of Kubernetes were not heard'),
    )
  }
}

/** It may have gone since it was collected. */
const hears = (tx: Transaction, { service, instanceId }: InstanceView): boolean => {
  const instance = tx.view.byKey(service.key, { local: true })?.instance(instanceId, { local: true })
  return instance !== undefined && tx.heartbeat(instance)
}

/** FNV-1a: spreads services evenly over the interval. */
function hash(name: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < name.length; index++) value = Math.imul(value ^ name.charCodeAt(index), 0x01000193)
  return value >>> 0
}
