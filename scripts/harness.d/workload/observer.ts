/** Asks one node again and again for all services (in one batch, with the revisions it holds), and watches them. */
import { WebSocket } from 'ws'
import type { ClientEvent } from '../events.ts'
import type { NodeAddress } from './application.ts'
import type { HttpClient } from './http.ts'
import { type InstanceBody, idsOf, type Read, Views } from './views.ts'

const REGISTRY = '/v4/default/registry'
const TIMEOUT_MS = 10_000
const REWATCH_MS = 1_000
/** Services in one batch: their answers are a few megabytes at most. */
const BATCH = 100

interface BatchAnswer {
  readonly services?: {
    readonly failed?: readonly { readonly indexes: readonly number[]; readonly error: { readonly errorCode: string } }[]
    readonly notModified?: readonly number[]
    readonly updated?: readonly {
      readonly index: number
      readonly rev: string
      readonly instances?: readonly InstanceBody[]
    }[]
  }
}

export interface ObserverDeps {
  readonly http: HttpClient
  readonly nowMs: () => number
  readonly log: (event: ClientEvent) => void
  readonly patience: number
}

export class Observer {
  readonly node: NodeAddress
  readonly #name: string
  readonly #everyMs: number
  readonly #deps: ObserverDeps
  readonly #views: Views
  readonly #revisions = new Map<string, string>()
  readonly #services: string[] = []
  #consumer: string | undefined
  #socket: WebSocket | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #succeededMs = Number.NEGATIVE_INFINITY

  constructor(node: NodeAddress, everyMs: number, deps: ObserverDeps) {
    this.node = node
    this.#name = `observer-${node.name}`
    this.#everyMs = everyMs
    this.#deps = deps
    this.#views = new Views(this.#name, deps.log)
  }

  /** When the last successful poll was sent. */
  get succeededMs(): number {
    return this.#succeededMs
  }

  sees(service: string): ReadonlyMap<string, number> {
    return this.#views.of(service)
  }

  start(): void {
    void this.#poll()
  }

  /** From now on these, too. `watched`: changes are to be told as they happen. */
  async add(services: readonly string[], watched: boolean): Promise<void> {
    this.#services.push(...services)
    if (watched) await this.#consume(services)
  }

  /** Until when everything is known. */
  lasts(): readonly ClientEvent[] {
    return this.#views.lasts()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#socket?.terminate()
    this.#views.close()
  }

  async #poll(): Promise<void> {
    const startedMs = this.#deps.nowMs()
    for (let from = 0; from < this.#services.length && !this.#stopped; from += BATCH) {
      if (!(await this.#ask(this.#services.slice(from, from + BATCH)))) break
      this.#succeededMs = startedMs
    }
    if (this.#stopped) return
    this.#timer = setTimeout(() => void this.#poll(), Math.max(1, startedMs + this.#everyMs - this.#deps.nowMs()))
  }

  async #ask(names: readonly string[]): Promise<boolean> {
    const services = names.map(serviceName => ({
      service: { appId: 'default', serviceName },
      rev: this.#revisions.get(serviceName) ?? '',
    }))
    const url = `${this.node.url}${REGISTRY}/instances/action?type=query`
    const answer = await this.#deps.http.ask({
      method: 'POST',
      url,
      body: { services },
      timeoutMs: TIMEOUT_MS * this.#deps.patience,
    })
    if (this.#stopped) return false
    if (answer.status !== 200) {
      this.#fail('batch', answer)
      return false
    }
    this.#take(names, (JSON.parse(answer.text) as BatchAnswer).services ?? {}, { node: this.node.name, ...answer })
    return true
  }

  #take(
    names: readonly string[],
    { failed = [], notModified = [], updated = [] }: NonNullable<BatchAnswer['services']>,
    read: Read,
  ): void {
    for (const index of notModified) this.#views.same(names[index] ?? '', read)
    for (const { index, rev, instances } of updated) {
      const service = names[index] ?? ''
      this.#revisions.set(service, rev)
      this.#views.changed(service, read, idsOf(instances))
    }
    for (const { indexes, error } of failed) {
      for (const index of indexes) {
        const service = names[index] ?? ''
        // Nobody has registered it yet, as far as this node knows.
        if (error.errorCode === '400012') this.#views.changed(service, read, new Map())
        else this.#fail('batch', { ...read, status: 400, code: error.errorCode })
        this.#revisions.delete(service)
      }
    }
  }

  /** Becomes a consumer of these, which is what makes the node tell their changes, and watches. */
  async #consume(services: readonly string[]): Promise<void> {
    const { http } = this.#deps
    const key = { appId: 'default', serviceName: this.#name, version: '1.0.0' }
    if (this.#consumer === undefined) {
      const answer = await http.ask({
        method: 'POST',
        url: `${this.node.url}${REGISTRY}/microservices`,
        body: { service: key },
        timeoutMs: TIMEOUT_MS * this.#deps.patience,
      })
      if (answer.status !== 200) return this.#fail('watch', answer)
      this.#consumer = (JSON.parse(answer.text) as { serviceId: string }).serviceId
    }
    // Declared, not found: nobody may have registered them yet.
    const providers = services.map(serviceName => ({ appId: 'default', serviceName, version: '0.0.0+' }))
    const body = { dependencies: [{ consumer: key, providers }] }
    const declared = await http.ask({
      method: 'POST',
      url: `${this.node.url}${REGISTRY}/dependencies`,
      body,
      timeoutMs: TIMEOUT_MS * this.#deps.patience,
    })
    if (declared.status !== 200) return this.#fail('watch', declared)
    if (this.#socket === undefined) this.#watch()
  }

  #watch(): void {
    if (this.#stopped) return
    const socket = new WebSocket(
      `${this.node.url.replace('http', 'ws')}${REGISTRY}/microservices/${this.#consumer}/watcher`,
    )
    this.#socket = socket
    socket.on('message', data => {
      const { action, key, instance } = JSON.parse(String(data)) as {
        action: string
        key: { serviceName: string }
        instance: InstanceBody
      }
      const told = { w: this.#name, n: this.node.name, svc: key.serviceName, i: instance.instanceId, act: action }
      this.#deps.log({ k: 'event', ...told, a: this.#deps.nowMs() })
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      if (!this.#stopped) setTimeout(() => this.#watch(), REWATCH_MS)
    })
  }

  #fail(
    what: string,
    {
      sentMs,
      answeredMs,
      status,
      code,
    }: { sentMs: number; answeredMs: number; status: number; code: string | undefined },
  ): void {
    const failure = { w: this.#name, n: this.node.name, what, s: sentMs, a: answeredMs, st: status }
    this.#deps.log({ k: 'fail', ...failure, ...(code !== undefined && { c: code }) })
  }
}
