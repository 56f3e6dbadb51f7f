/** Compares what is wanted with what the own cluster has registered, and writes what differs. */
import type { Instance, Microservice } from '../../core/model.ts'
import type { Transaction } from '../../core/transaction.ts'
import type { InstanceView, ServiceView, View } from '../../core/view.ts'
import type { Wanted, WantedInstance } from './desired.ts'
import { isOurService, originOfInstance } from './marks.ts'

/** Instances written in one step: about four milliseconds. */
const WRITES_PER_STEP = 25

export interface CompareOptions {
  /** Exported addresses count: no when another replica may have seen other ones reachable. */
  readonly exported: boolean
}

export interface Differences {
  readonly describe: boolean
  readonly put: readonly WantedInstance[]
  /** Instance ids. */
  readonly remove: readonly string[]
  /** The registration itself goes. */
  readonly end: boolean
}

export type Step = (tx: Transaction) => void

/** Instances that this source registered in the own cluster and that Kubernetes does not have. */
export const extraInstances = (service: ServiceView, wanted: Wanted | undefined): readonly InstanceView[] =>
  service
    .instances({ local: true })
    .filter(
      each => wanted?.instances.has(each.instanceId) !== true && originOfInstance(each.registered()) !== undefined,
    )

export function compare(
  view: View,
  key: Wanted['key'],
  wanted: Wanted | undefined,
  options: CompareOptions,
): Differences {
  const service = view.byKey(key, { local: true })
  const extra = service === undefined ? [] : extraInstances(service, wanted)
  const remove = extra.map(each => each.instanceId)
  if (wanted === undefined) {
    return { describe: false, put: [], remove, end: service !== undefined && mayEnd(service, remove.length) }
  }
  const put = [...wanted.instances.values()].filter(each => {
    const known = service?.instance(each.instanceId, { local: true })
    return known === undefined || !isSame(known.registered(), each, options)
  })
  return { describe: service === undefined || isOutdated(service, wanted.service), put, remove, end: false }
}

/** Nobody else's instances live below it. */
const mayEnd = (service: ServiceView, going: number): boolean =>
  isOurService(service.read()) && service.localInstanceCount() <= going

/** What an application registered itself is described by the application. */
function isOutdated(service: ServiceView, wanted: Microservice): boolean {
  const { schemas: _schemas, modTimestamp: _modified, ...known } = service.read()
  const { modTimestamp: _created, ...described } = wanted
  return isOurService(known as Microservice) && sorted(known) !== sorted(described)
}

function isSame(known: Instance, wanted: WantedInstance, { exported }: CompareOptions): boolean {
  const { timestamp: _timestamp, modTimestamp: _modTimestamp, ...rest } = known
  // What this source wrote has its fields in the same order, nearly always.
  if (JSON.stringify(rest) === JSON.stringify(wanted)) return true
  if (exported) return sorted(rest) === sorted(wanted)
  return sorted({ ...rest, exportedEndpoints: [] }) === sorted({ ...wanted, exportedEndpoints: [] })
}

/** JSON with the keys of every object in order. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  )

export const isNothing = ({ describe, put, remove, end }: Differences): boolean =>
  !describe && put.length === 0 && remove.length === 0 && !end

/** The steps that make the catalog what is wanted. Each looks again at what is there when it runs. */
export function stepsTo(key: Wanted['key'], wanted: Wanted | undefined, differences: Differences): readonly Step[] {
  const { describe, put, remove, end } = differences
  const steps: Step[] = []
  if (describe && wanted !== undefined) steps.push(tx => void tx.putService(key, wanted.service))
  for (const some of chunks(put)) steps.push(tx => putAll(tx, key, some))
  for (const some of chunks(remove)) steps.push(tx => removeAll(tx, key, some))
  if (end) {
    steps.push(tx => {
      const service = tx.view.byKey(key, { local: true })
      if (service !== undefined && mayEnd(service, 0)) tx.removeService(service)
    })
  }
  return steps
}

function putAll(tx: Transaction, key: Wanted['key'], wanted: readonly WantedInstance[]): void {
  const service = tx.view.byKey(key)
  if (service === undefined) return
  const now = String(Math.floor(tx.nowMs / 1000))
  for (const each of wanted) {
    const timestamp = service.instance(each.instanceId, { local: true })?.registered().timestamp ?? now
    tx.putInstance(service, { ...each, timestamp, modTimestamp: now })
  }
}

function removeAll(tx: Transaction, key: Wanted['key'], ids: readonly string[]): void {
  const service = tx.view.byKey(key, { local: true })
  for (const id of ids) {
    const instance = service?.instance(id, { local: true })
    if (instance !== undefined) tx.removeInstance(instance)
  }
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += WRITES_PER_STEP) yield items.slice(at, at + WRITES_PER_STEP)
}
