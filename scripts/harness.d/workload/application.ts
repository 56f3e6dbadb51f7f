/** One application with one instance, behaving as the SDKs do. */
import type { ClientEvent } from '../events.ts'
import type { HttpClient, Outcome } from './http.ts'

export interface NodeAddress {
  readonly name: string
  readonly cluster: string
  readonly url: string
}

export interface ApplicationOptions {
  /** Instance ids begin with it. */
  readonly name: string
  readonly service: string
  /** Nodes of its cluster, the one it begins with first. */
  readonly nodes: readonly NodeAddress[]
  readonly intervalMs: number
  readonly times: number
  readonly moveRatio: number
  /** Sent with each change of its properties. */
  readonly payload: string
}

export interface ApplicationDeps {
  readonly http: HttpClient
  readonly nowMs: () => number
  readonly random: () => number
  readonly log: (event: ClientEvent) => void
}

const REGISTRY = '/v4/default/registry'
/** Codes that say: the registry knows neither the instance nor, perhaps, its service; register again. */
const UNKNOWN = ['400017', '400012']
const RETRY_MS = 300
const TIMEOUT_MIN_MS = 1_500
const TIMEOUT_MAX_MS = 5_000

export class Application {
  readonly options: ApplicationOptions
  readonly #deps: ApplicationDeps
  readonly #timeoutMs: number
  #node = 0
  #incarnation = 0
  #serviceId: string | undefined
  #registered = false
  #ended = false
  #version = 0
  #updating = false
  #timer: NodeJS.Timeout | undefined
  #nextBeatMs = 0

  constructor(options: ApplicationOptions, deps: ApplicationDeps) {
    this.options = options
    this.#deps = deps
    this.#timeoutMs = Math.min(TIMEOUT_MAX_MS, Math.max(TIMEOUT_MIN_MS, options.intervalMs))
  }

  get instanceId(): string {
    return `${this.options.name}.${this.#incarnation}`
  }

  get leaseMs(): number {
    return this.options.intervalMs * (this.options.times + 1)
  }

  get registered(): boolean {
    return this.#registered && !this.#ended
  }

  get serviceId(): string | undefined {
    return this.#serviceId
  }

  get node(): NodeAddress {
    const { nodes } = this.options
    const node = nodes[this.#node % nodes.length]
    if (node === undefined) throw new Error(`${this.options.name} has no node`)
    return node
  }

  /** Another node of its cluster, after an error or because a load balancer says so. */
  move(): void {
    this.#node++
  }

  /** Registers, trying for ever, and heartbeats from then on. Resolves when it is registered, or has ended before. */
  async start(): Promise<void> {
    await this.#register()
    this.#nextBeatMs = this.#deps.nowMs() + this.options.intervalMs * this.#deps.random()
    this.#schedule()
  }

  /** Ends without a word. */
  die(): void {
    if (this.#ended) return
    this.#end()
    if (this.#registered) this.#deps.log({ k: 'die', i: this.instanceId, a: this.#deps.nowMs() })
  }

  /** Tries each node once; an application that is stopped does not wait for ever. */
  async unregister(): Promise<void> {
    if (this.#ended) return
    const wasRegistered = this.#registered
    this.#end()
    if (!wasRegistered) return
    for (const _ of this.options.nodes) {
      const { status, code } = await this.#contact('unregister', 'DELETE', '')
      if (status === 200 || UNKNOWN.includes(code ?? '')) return
      this.move()
    }
    // Nobody heard it: for the others it has died.
    this.#deps.log({ k: 'die', i: this.instanceId, a: this.#deps.nowMs() })
  }

  /** Sets its properties to the next version; one after the other, or nobody could say which came last. */
  async update(): Promise<void> {
    if (!this.registered || this.#updating) return
    this.#updating = true
    const version = ++this.#version
    const properties = { v: String(version), ...(this.options.payload !== '' && { payload: this.options.payload }) }
    await this.#contact('update', 'PUT', '/properties', { properties }, version)
    this.#updating = false
  }

  /** Heartbeats now, on connections of its own choice: what a reconnecting SDK does first. */
  async beat(): Promise<void> {
    if (!this.registered) return
    for (let tries = 0; tries < this.options.nodes.length; tries++) {
      const { status, code } = await this.#contact('heartbeat', 'PUT', '/heartbeat')
      if (this.#ended || status === 200) return
      if (UNKNOWN.includes(code ?? '')) return this.#registerAnew()
      this.move()
    }
  }

  #end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (this.#ended) return
    this.#timer = setTimeout(
      () => {
        const { moveRatio, intervalMs } = this.options
        if (this.#deps.random() < moveRatio) this.move()
        // At fixed times: a slow answer does not make the next heartbeat later.
        this.#nextBeatMs = Math.max(this.#nextBeatMs + intervalMs, this.#deps.nowMs())
        this.beat().finally(() => this.#schedule())
      },
      Math.max(1, this.#nextBeatMs - this.#deps.nowMs()),
    )
  }

  async #registerAnew(): Promise<void> {
    this.#registered = false
    this.#incarnation++
    this.#version = 0
    await this.#register()
  }

  async #register(): Promise<void> {
    for (let tries = 1; !this.#ended; tries++) {
      const serviceId = await this.#registerService()
      if (serviceId !== undefined && (await this.#registerInstance(serviceId))) return
      this.move()
      if (tries % this.options.nodes.length === 0) await new Promise(resolve => setTimeout(resolve, RETRY_MS))
    }
  }

  /** As SDKs do: whether it exists is asked first. Undefined: this node did not help. */
  async #registerService(): Promise<string | undefined> {
    const { service } = this.options
    const key = `appId=default&serviceName=${service}&version=1.0.0`
    const known = await this.#ask('GET', `${REGISTRY}/existence?type=microservice&${key}`)
    const answer =
      known.status === 400 && known.code === '400012'
        ? await this.#ask('POST', `${REGISTRY}/microservices`, {
            service: { appId: 'default', serviceName: service, version: '1.0.0' },
          })
        : known
    if (answer.status !== 200) {
      this.#failed('register service', answer)
      return undefined
    }
    return (JSON.parse(answer.text) as { serviceId: string }).serviceId
  }

  async #registerInstance(serviceId: string): Promise<boolean> {
    if (this.#ended) return false
    const { intervalMs, times, service } = this.options
    this.#serviceId = serviceId
    const instance = {
      ...{
        instanceId: this.instanceId,
        hostName: this.options.name.slice(0, 64),
        endpoints: [`rest://${this.options.name}:8080`],
      },
      properties: { v: '0' },
      healthCheck: { mode: 'push', interval: intervalMs / 1_000, times },
    }
    const { node } = this
    const answer = await this.#ask('POST', `${REGISTRY}/microservices/${serviceId}/instances`, { instance })
    const { sentMs, answeredMs, status, code } = answer
    this.#deps.log({
      ...{ k: 'register', i: this.instanceId, n: node.name, s: sentMs, a: answeredMs, st: status },
      ...{ svc: service, leaseMs: this.leaseMs },
      ...(code !== undefined && { c: code }),
    })
    this.#registered ||= status === 200
    return status === 200
  }

  async #contact(
    k: 'heartbeat' | 'unregister' | 'update',
    method: string,
    path: string,
    body?: object,
    version = 0,
  ): Promise<Outcome> {
    const { node, instanceId } = this
    const answer = await this.#ask(
      method,
      `${REGISTRY}/microservices/${this.#serviceId}/instances/${instanceId}${path}`,
      body,
    )
    const { sentMs, answeredMs, status, code } = answer
    const contact = {
      i: instanceId,
      n: node.name,
      s: sentMs,
      a: answeredMs,
      st: status,
      ...(code !== undefined && { c: code }),
    }
    this.#deps.log(k === 'update' ? { k, ...contact, v: version } : { k, ...contact })
    return answer
  }

  #ask(method: string, path: string, body?: object): Promise<Outcome> {
    const given = body === undefined ? {} : { body }
    return this.#deps.http.ask({ method, url: this.node.url + path, timeoutMs: this.#timeoutMs, ...given })
  }

  #failed(what: string, { sentMs, answeredMs, status, code }: Outcome): void {
    const failure = { w: this.options.name, n: this.node.name, what, s: sentMs, a: answeredMs, st: status }
    this.#deps.log({ k: 'fail', ...failure, ...(code !== undefined && { c: code }) })
  }
}
