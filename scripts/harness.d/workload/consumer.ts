/** The consuming half of an application: finds with the revision it holds, and watches. */
import { WebSocket } from 'ws'
import type { ClientEvent } from '../events.ts'
import type { Application } from './application.ts'
import type { HttpClient } from './http.ts'
import { type InstanceBody, idsOf, Views } from './views.ts'

const REGISTRY = '/v4/default/registry'
const TIMEOUT_MS = 5_000
const REWATCH_MS = 1_000

export interface ConsumerDeps {
  readonly http: HttpClient
  readonly nowMs: () => number
  readonly random: () => number
  readonly log: (event: ClientEvent) => void
  readonly patience: number
}

export class Consumer {
  readonly #application: Application
  readonly #provider: string
  readonly #everyMs: number
  readonly #deps: ConsumerDeps
  readonly #views: Views
  #revision = ''
  #socket: WebSocket | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(application: Application, provider: string, everyMs: number, deps: ConsumerDeps) {
    this.#application = application
    this.#provider = provider
    this.#everyMs = everyMs
    this.#deps = deps
    this.#views = new Views(application.options.name, deps.log)
  }

  start(): void {
    this.#timer = setTimeout(() => void this.#round(), this.#everyMs * this.#deps.random())
    this.#watch()
  }

  /** The socket ends as if the network had; it is opened anew a moment later. */
  reconnect(): void {
    this.#socket?.terminate()
    void this.find()
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

  async find(): Promise<void> {
    const { node, serviceId } = this.#application
    if (serviceId === undefined || this.#stopped) return
    const rev = this.#revision === '' ? '' : `&rev=${encodeURIComponent(this.#revision)}`
    const url = `${node.url}${REGISTRY}/instances?appId=default&serviceName=${this.#provider}${rev}`
    const answer = await this.#deps.http.ask({
      method: 'GET',
      url,
      headers: { 'x-consumerid': serviceId },
      timeoutMs: TIMEOUT_MS * this.#deps.patience,
    })
    if (this.#stopped || answer.dropped) return
    const { sentMs, answeredMs, status, code, text, headers } = answer
    const read = { node: node.name, sentMs, answeredMs }
    if (status === 304) this.#views.same(this.#provider, read)
    else if (status === 200) {
      this.#revision = String(headers['x-resource-revision'] ?? '')
      this.#views.changed(
        this.#provider,
        read,
        idsOf((JSON.parse(text || '{}') as { instances?: InstanceBody[] }).instances),
      )
    } else if (code === '400012') {
      // As far as this node knows nobody has registered it; whether that is right, the judge decides by who lives.
      this.#revision = ''
      this.#views.changed(this.#provider, read, new Map())
    } else {
      const failure = {
        w: this.#application.options.name,
        n: node.name,
        what: 'find',
        s: sentMs,
        a: answeredMs,
        st: status,
      }
      this.#deps.log({ k: 'fail', ...failure, ...(code !== undefined && { c: code }) })
      // An SDK goes on at the next address.
      if (status === 0) this.#application.move()
    }
  }

  async #round(): Promise<void> {
    await this.find()
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#round(), this.#everyMs)
  }

  #watch(): void {
    if (this.#stopped) return
    const { node, serviceId } = this.#application
    if (serviceId !== undefined) {
      const socket = new WebSocket(`${node.url.replace('http', 'ws')}${REGISTRY}/microservices/${serviceId}/watcher`)
      this.#socket = socket
      socket.on('message', () => undefined)
      socket.on('error', () => undefined)
      socket.on('close', () => setTimeout(() => this.#watch(), REWATCH_MS))
    } else setTimeout(() => this.#watch(), REWATCH_MS)
  }
}
