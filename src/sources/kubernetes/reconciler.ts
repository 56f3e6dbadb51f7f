import type { ServiceKey } from '../../core/model.ts'
import type { Preference } from '../preference.ts'
import type { SourceDeps } from '../source.ts'
import type { Job, WorkQueue } from '../work-queue.ts'
import type { Wanted } from './desired.ts'
import { type Desires, nameOf, type Turn } from './desires.ts'
import { compare, type Differences, extraInstances, isNothing, type Step, stepsTo } from './differences.ts'
import { originOfInstance } from './marks.ts'

/** A difference that this node did not see arise is looked at after this long: a sibling or its own watch may be on it. */
export const SETTLE_MS = 1_000
/** Questions to the API server at the same time, to confirm such differences. */
const CONFIRMATIONS_MAX = 4

export interface ReconcilerParts extends SourceDeps {
  readonly desires: Desires
  readonly preference: Preference
  /** The lists are complete and followed: what they say is so. */
  readonly isLive: () => boolean
  readonly confirm: (refs: ReadonlySet<string>) => Promise<boolean>
  readonly work: WorkQueue
}

interface Doubt {
  readonly key: ServiceKey
  readonly sinceMs: number
}

/**
 * Makes the own cluster's registrations what Kubernetes has. Several nodes may do so at the same time: the favourite of a
 * service writes at once what it sees change; everybody else, and everybody for what is merely found to differ, waits a
 * moment and then asks the API server whether his own picture is the present one.
 */
export class Reconciler {
  readonly #parts: ReconcilerParts
  readonly #doubts = new Map<string, Doubt>()
  #confirming = 0

  constructor(parts: ReconcilerParts) {
    this.#parts = parts
  }

  /** Services that differ, or may. */
  get doubts(): number {
    return this.#doubts.size
  }

  /** Kubernetes has just said so to this node. */
  *turned({ name, key, instances, described }: Turn): Job {
    const { catalog, desires, isLive } = this.#parts
    if (!isLive() || !this.#isMine(name)) return this.doubt(name, key)
    const wanted = desires.get(name)
    const differences = catalog.read(view => compare(view, key, wanted, { exported: true }))
    const mine = ofTurn(differences, instances, described)
    if (!isSame(mine, differences)) this.doubt(name, key)
    yield* this.#write(key, wanted, mine)
  }

  /** What is registered differs from what this node knows of Kubernetes, and it does not know why. */
  doubt(name: string, key: ServiceKey): void {
    if (!this.#doubts.has(name)) this.#doubts.set(name, { key, sinceMs: this.#nowMs })
  }

  /** Several times a second. */
  tick(): void {
    if (!this.#parts.isLive()) return
    for (const [name, { key, sinceMs }] of this.#doubts) {
      if (this.#nowMs - sinceMs < SETTLE_MS) continue
      this.#doubts.delete(name)
      this.#parts.work.push(this.#examine(name, key))
    }
  }

  *#examine(name: string, key: ServiceKey): Job {
    yield
    if (this.#confirming >= CONFIRMATIONS_MAX) return this.doubt(name, key)
    const refs = this.#differing(name, key)
    if (refs !== undefined) void this.#settle(name, key, refs)
  }

  /** The Services that a difference is about; undefined: there is none. */
  #differing(name: string, key: ServiceKey): ReadonlySet<string> | undefined {
    const wanted = this.#parts.desires.get(name)
    return this.#parts.catalog.read(view => {
      if (isNothing(compare(view, key, wanted, { exported: this.#isMine(name) }))) return undefined
      const service = view.byKey(key, { local: true })
      const extras = service === undefined ? [] : extraInstances(service, wanted)
      const origins = extras.flatMap(each => originOfInstance(each.registered()) ?? [])
      return new Set([...(wanted?.refs ?? []), ...origins])
    })
  }

  async #settle(name: string, key: ServiceKey, refs: ReadonlySet<string>): Promise<void> {
    const { work, isLive, confirm, log } = this.#parts
    this.#confirming += 1
    try {
      if ((await confirm(refs)) && isLive()) work.push(this.#right(name, key))
      else this.doubt(name, key)
    } catch (error) {
      log.debug(
        { service: key.serviceName, error: (error as Error).message },
        'Kubernetes did not confirm a difference',
      )
      this.doubt(name, key)
    } finally {
      this.#confirming -= 1
    }
  }

  *#right(name: string, key: ServiceKey): Job {
    const { catalog, desires } = this.#parts
    const wanted = desires.get(name)
    const differences = catalog.read(view => compare(view, key, wanted, { exported: this.#isMine(name) }))
    yield* this.#write(key, wanted, differences)
  }

  *#write(key: ServiceKey, wanted: Wanted | undefined, differences: Differences): Job {
    if (isNothing(differences)) return
    const { log } = this.#parts
    const counts = { put: differences.put.length, removed: differences.remove.length, ended: differences.end }
    log.debug({ service: key.serviceName, app: key.appId, ...counts }, 'taking over from Kubernetes')
    for (const step of stepsTo(key, wanted, differences)) {
      yield
      this.#run(step, key)
    }
  }

  /** What the store refuses now is found missing later. */
  #run(step: Step, key: ServiceKey): void {
    const { catalog, log } = this.#parts
    catalog.execute(step).catch((error: Error) => {
      log.warn({ service: key.serviceName, error: error.message }, 'a change of Kubernetes was not registered')
      this.doubt(nameOf(key), key)
    })
  }

  #isMine(name: string): boolean {
    return this.#parts.preference.isMine(name, this.#nowMs)
  }

  get #nowMs(): number {
    return this.#parts.clock.monotonicMs()
  }
}

/** Of the differences, those that a turn explains. */
function ofTurn(all: Differences, instances: ReadonlySet<string>, described: boolean): Differences {
  return {
    describe: all.describe && (described || all.put.length > 0),
    put: all.put.filter(each => instances.has(each.instanceId)),
    remove: all.remove.filter(id => instances.has(id)),
    end: all.end && described && all.remove.every(id => instances.has(id)),
  }
}

const isSame = (some: Differences, all: Differences): boolean =>
  some.describe === all.describe &&
  some.end === all.end &&
  some.put.length === all.put.length &&
  some.remove.length === all.remove.length
