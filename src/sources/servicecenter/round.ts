import { setImmediate } from 'node:timers/promises'
import type { Instance, Microservice, Scope, ServiceKey } from '../../core/model.ts'
import type { ServiceView } from '../../core/view.ts'
import type { Mirror } from './mirror.ts'
import {
  type Pair,
  PREFIX,
  parseKey,
  readInstanceValue,
  readMicroservice,
  readPair,
  readRule,
  readTags,
} from './pairs.ts'

/** The center's own service: every node shows itself under this name, to its own cluster only. */
const CENTER = 'SERVICECENTER'
/** A dump that lacks this much of what the last one had is believed when the next one says the same. */
const SHRUNK_SHARE = 0.5
const SHRUNK_ABOVE = 5
/** Looked through before heartbeats and finds have their turn. */
const SERVICES_AT_ONCE = 50

/** What earlier rounds have taken over: revisions by name. */
export interface Memory {
  readonly services: Map<string, string>
  readonly instances: Map<string, string>
  readonly tags: Map<string, string>
  readonly rules: Map<string, string>
  readonly summaries: Map<string, string>
}

export const emptyMemory = (): Memory => ({
  services: new Map(),
  instances: new Map(),
  tags: new Map(),
  rules: new Map(),
  summaries: new Map(),
})

export interface ServiceAtCenter {
  readonly key: ServiceKey
  /** Its id there. */
  readonly id: string
  /** Summaries of its schemas, by schema id. */
  readonly summaries: Map<string, string>
}

export interface RoundOptions {
  /** Labels of clusters that are in this federation: what bears one came from here, and does not come back. */
  readonly known: ReadonlySet<string>
}

/**
 * One dump. Pairs are compared as they come, by key and revision, and written at once where they differ; what the dump
 * does not have is removed at its end.
 */
export class Round {
  readonly #mirror: Mirror
  readonly #before: Memory
  readonly #known: ReadonlySet<string>
  readonly after = emptyMemory()
  readonly #byId = new Map<string, ServiceAtCenter>()
  /** Pairs that were not understood. */
  malformed = 0

  constructor(mirror: Mirror, before: Memory, options: RoundOptions) {
    this.#mirror = mirror
    this.#before = before
    this.#known = options.known
  }

  pair(section: string, json: string): void {
    const pair = readPair(json)
    if (pair === undefined) this.malformed += 1
    else if (this.#known.has(pair.cluster)) return
    else if (section === 'services') this.#service(pair)
    else if (section === 'serviceTags') this.#tags(pair)
    else if (section === 'dependencyRules') this.#rule(pair)
    else if (section === 'summaries') this.#summary(pair)
    else if (section === 'instances') this.#instance(pair)
  }

  services(): readonly ServiceAtCenter[] {
    return [...this.#byId.values()]
  }

  /** Removes what the dump did not have. `believes`: even when that is most of it. False: it was not believed. */
  async finish(believes: boolean): Promise<boolean> {
    const services: ServiceView[] = []
    const instances: { readonly key: ServiceKey; readonly id: string }[] = []
    let total = 0
    for (const [index, service] of this.#mirror.services().entries()) {
      if (index % SERVICES_AT_ONCE === 0) await setImmediate()
      const name = nameOf(service.key)
      const there = this.#mirror.instancesOf(service)
      total += there.length
      for (const { instanceId: id } of there) {
        if (!this.after.instances.has(instanceName(name, id))) instances.push({ key: service.key, id })
      }
      if (!this.after.services.has(name)) services.push(service)
    }
    if (!believes && instances.length > SHRUNK_ABOVE && instances.length > total * SHRUNK_SHARE) return false
    for (const { key, id } of instances) this.#mirror.removeInstance(key, id)
    for (const { key } of services) this.#mirror.removeService(key)
    this.#mirror.flush()
    return true
  }

  #service({ key: path, rev, value }: Pair): void {
    const scope = parseKey(path, PREFIX)
    const found = scope === undefined ? undefined : readMicroservice(value, scope)
    const id = scope?.ids[0]
    if (scope === undefined || found === undefined || id === undefined) {
      this.malformed += 1
      return
    }
    const { key, service } = found
    if (key.serviceName === CENTER) return
    const name = nameOf(key)
    this.#byId.set(idName(scope, id), { key, id, summaries: new Map() })
    this.after.services.set(name, rev)
    if (!this.#isRegistered(key, service, this.#before.services.get(name) === rev)) {
      this.#mirror.write(tx => void tx.putService(key, service))
    }
  }

  #isRegistered(key: ServiceKey, wanted: Microservice, unchanged: boolean): boolean {
    return this.#mirror.read(view => {
      const service = view.byKey(key)
      if (service?.clusters.includes(this.#mirror.cluster) !== true) return false
      return unchanged || JSON.stringify(sortedKeys(service.read())) === JSON.stringify(sortedKeys(wanted))
    })
  }

  #instance({ key: path, rev, value }: Pair): void {
    const scope = parseKey(path, PREFIX)
    const service = scope === undefined ? undefined : this.#byId.get(idName(scope, scope.ids[0] ?? ''))
    const instance = service === undefined ? undefined : readInstanceValue(value, service.key.version)
    if (service === undefined || instance === undefined) return
    const name = instanceName(nameOf(service.key), instance.instanceId)
    this.after.instances.set(name, rev)
    if (this.#isThere(service.key, instance, this.#before.instances.get(name) === rev)) return
    this.#mirror.write(tx => {
      const registered = tx.view.byKey(service.key)
      if (registered !== undefined) tx.putInstance(registered, instance)
    })
  }

  /** Another cluster's instance is never taken for this center's: it was registered here and came back. */
  #isThere(key: ServiceKey, wanted: Instance, unchanged: boolean): boolean {
    return this.#mirror.read(view => {
      const known = view.byKey(key)?.instance(wanted.instanceId)
      if (known === undefined) return false
      if (known.clusterId !== this.#mirror.cluster || unchanged) return true
      return JSON.stringify(sortedKeys(known.registered())) === JSON.stringify(sortedKeys(wanted))
    })
  }

  #tags({ key: path, rev, value }: Pair): void {
    const service = this.#serviceOf(path)
    if (service === undefined) return
    const name = nameOf(service.key)
    this.after.tags.set(name, rev)
    if (this.#before.tags.get(name) === rev) return
    const wanted = readTags(value)
    this.#mirror.write(tx => {
      const registered = tx.view.byKey(service.key)
      if (registered === undefined) return
      const known = registered.tags()
      for (const [tag, text] of Object.entries(wanted)) if (known[tag] !== text) tx.putTag(registered, tag, text)
      for (const tag of Object.keys(known)) if (!Object.hasOwn(wanted, tag)) tx.removeTag(registered, tag)
    })
  }

  /** `…/dep-rules/{domain}/{project}/c/{env}/{app}/{name}/{version}`: what a consumer uses. */
  #rule({ key: path, rev, value }: Pair): void {
    const scope = parseKey(path, PREFIX)
    const [side, environment, appId, serviceName, version] = scope?.ids ?? []
    if (scope === undefined || side !== 'c' || environment === undefined || appId === undefined) return
    if (serviceName === undefined || version === undefined) return
    const key = { domain: scope.domain, project: scope.project, environment, appId, serviceName, version }
    const name = nameOf(key)
    this.after.rules.set(name, rev)
    if (this.#before.rules.get(name) === rev) return
    const providers = readRule(value)
    this.#mirror.write(tx => {
      const consumer = tx.view.byKey(key)
      if (consumer === undefined) return
      for (const provider of providers) tx.putDependency(consumer, provider)
    })
  }

  #summary({ key: path, value }: Pair): void {
    const schemaId = parseKey(path, PREFIX)?.ids[1]
    if (schemaId !== undefined) this.#serviceOf(path)?.summaries.set(schemaId, typeof value === 'string' ? value : '')
  }

  #serviceOf(path: string): ServiceAtCenter | undefined {
    const scope = parseKey(path, PREFIX)
    return scope === undefined ? undefined : this.#byId.get(idName(scope, scope.ids[0] ?? ''))
  }
}

export const nameOf = ({ domain, project, environment, appId, serviceName, version }: ServiceKey): string =>
  [domain, project, environment, appId, serviceName, version].join('/')

const instanceName = (service: string, id: string): string => `${service}|${id}`
const idName = ({ domain, project }: Scope, id: string): string => `${domain}/${project}/${id}`

const sortedKeys = (value: object): object =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
