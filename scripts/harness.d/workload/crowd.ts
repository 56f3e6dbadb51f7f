/** The applications of one workload: started, replaced, ended as the scenario says. */
import type { ClientEvent } from '../events.ts'
import type { WorkloadSpec } from '../scenario/scenario.ts'
import { Application, type NodeAddress } from './application.ts'
import { Consumer } from './consumer.ts'
import { HttpClient } from './http.ts'

/** Clients with connections of their own; more applications share them, or files would run out. */
const CLIENTS_MAX = 1_000
const SOCKETS_PER_CLIENT = 2
const STORM_MS = 1_000
/** Unregistrations under way at the same time. */
const FAREWELLS_AT_ONCE = 50

export interface CrowdDeps {
  readonly nowMs: () => number
  readonly random: () => number
  readonly log: (event: ClientEvent) => void
  readonly patience: number
}

export class Crowd {
  readonly spec: WorkloadSpec
  readonly services: readonly string[]
  readonly #nodes: readonly NodeAddress[]
  readonly #deps: CrowdDeps
  readonly #clients: readonly HttpClient[]
  readonly #living = new Map<string, Application>()
  readonly #consumers = new Map<Application, Consumer>()
  readonly #payload: string
  #drawn = 0
  #churning: NodeJS.Timeout | undefined
  #updating: NodeJS.Timeout | undefined

  constructor(spec: WorkloadSpec, nodes: readonly NodeAddress[], deps: CrowdDeps) {
    this.spec = spec
    this.services = Array.from({ length: spec.services }, (_, i) => `${spec.name}-${i}`)
    this.#nodes = nodes.filter(({ cluster }) => spec.homes.includes(cluster))
    this.#deps = deps
    this.#payload = 'x'.repeat(spec.payloadBytes)
    this.#clients = Array.from(
      { length: Math.min(CLIENTS_MAX, spec.applications) },
      () => new HttpClient(deps, SOCKETS_PER_CLIENT),
    )
  }

  /** Instances that are registered now, by service. */
  get registered(): ReadonlyMap<string, ReadonlySet<string>> {
    const all = new Map(this.services.map(service => [service, new Set<string>()]))
    for (const application of this.#living.values()) {
      if (application.registered) all.get(application.options.service)?.add(application.instanceId)
    }
    return all
  }

  /** Resolves when all are registered. */
  async start(progress: (started: number) => void): Promise<void> {
    const { applications, startPerSecond, burst, churnPerSecond, updatesPerSecond } = this.spec
    const beganMs = this.#deps.nowMs()
    let started = 0
    await Promise.all(
      Array.from({ length: applications }, async (_, i) => {
        await pause(beganMs + (1_000 * (i - (i % burst))) / startPerSecond - this.#deps.nowMs())
        await this.#add(i < this.spec.consumers)
        progress(++started)
      }),
    )
    this.churn(churnPerSecond)
    this.#updating = this.#often(updatesPerSecond, () => void this.#some()?.update())
  }

  /** So many applications a second are replaced from now on. */
  churn(perSecond: number): void {
    clearInterval(this.#churning)
    this.#churning = this.#often(perSecond, () => {
      const application = this.#some(each => !this.#consumers.has(each))
      if (application === undefined) return
      const unregisters = this.#deps.random() < this.spec.unregisterRatio
      this.#take(application)
      if (unregisters) void application.unregister()
      else application.die()
      void this.#add(false)
    })
  }

  die(count: number): void {
    for (const application of [...this.#living.values()].slice(0, count)) {
      this.#take(application)
      application.die()
    }
  }

  /** Resolves when all of them are answered. */
  async unregister(count: number): Promise<void> {
    const leaving = [...this.#living.values()].slice(0, count)
    for (const application of leaving) this.#take(application)
    const worker = async (): Promise<void> => {
      for (let one = leaving.pop(); one !== undefined; one = leaving.pop()) await one.unregister()
    }
    await Promise.all(Array.from({ length: FAREWELLS_AT_ONCE }, worker))
  }

  /** Every application drops its connections, and is back at a moment of its own within a second. */
  async storm(): Promise<void> {
    for (const client of this.#clients) client.reconnect()
    await Promise.all(
      [...this.#living.values()].map(async application => {
        await pause(STORM_MS * this.#deps.random())
        this.#consumers.get(application)?.reconnect()
        await application.beat()
      }),
    )
  }

  /** Until when everything is known that its consumers see. */
  lasts(): readonly ClientEvent[] {
    return [...this.#consumers.values()].flatMap(consumer => consumer.lasts())
  }

  async end(): Promise<void> {
    this.#quiet()
    await this.unregister(this.#living.size)
  }

  /** Everything stops where it is, without a word to anybody. */
  stop(): void {
    this.#quiet()
    for (const application of [...this.#living.values()]) {
      this.#take(application)
      application.die()
    }
    for (const client of this.#clients) client.close()
  }

  async #add(consumes: boolean): Promise<void> {
    const index = this.#drawn++
    const application = new Application(this.#draw(index), { ...this.#deps, http: this.#client(index) })
    this.#living.set(application.options.name, application)
    await application.start()
    if (!consumes || !application.registered) return
    const provider = this.services[Math.floor(this.#deps.random() * this.services.length)] ?? ''
    const consumer = new Consumer(application, provider, this.spec.findMs, { ...this.#deps, http: this.#client(index) })
    this.#consumers.set(application, consumer)
    consumer.start()
  }

  /** Each stays in one cluster, and begins with one of its nodes. */
  #draw(index: number) {
    const { name, homes, intervalMs, times, moveRatio, burst } = this.spec
    const turn = Math.floor(index / burst)
    const home = this.#nodes.filter(({ cluster }) => cluster === homes[turn % homes.length])
    const first = Math.floor(turn / homes.length) % home.length
    const nodes = [...home.slice(first), ...home.slice(0, first)]
    const service = this.services[turn % this.services.length] ?? ''
    return { name: `${name}-${index}`, service, nodes, intervalMs, times, moveRatio, payload: this.#payload }
  }

  #client(index: number): HttpClient {
    const client = this.#clients[index % this.#clients.length]
    if (client === undefined) throw new Error(`${this.spec.name} has no applications`)
    return client
  }

  #take(application: Application): void {
    this.#living.delete(application.options.name)
    this.#consumers.get(application)?.stop()
    this.#consumers.delete(application)
  }

  #some(fits: (application: Application) => boolean = () => true): Application | undefined {
    const living = [...this.#living.values()].filter(each => each.registered && fits(each))
    return living[Math.floor(this.#deps.random() * living.length)]
  }

  #often(perSecond: number, run: () => void): NodeJS.Timeout | undefined {
    return perSecond === 0 ? undefined : setInterval(run, 1_000 / perSecond)
  }

  #quiet(): void {
    clearInterval(this.#churning)
    clearInterval(this.#updating)
  }
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, Math.max(0, ms)))
