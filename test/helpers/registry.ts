import { Agent, type IncomingHttpHeaders, request } from 'node:http'

const REQUEST_TIMEOUT_MS = 10_000

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface InstanceBody {
  readonly instanceId: string
  readonly serviceId: string
  readonly hostName: string
  readonly endpoints?: readonly string[]
  readonly status: string
  /** With `origin=1`. */
  readonly cluster?: string
}

/** What a request body may say of an instance; the rest is filled in. */
export interface InstanceWish {
  readonly instanceId?: string
  readonly endpoints?: readonly string[]
  readonly hostName?: string
  /** Seconds. */
  readonly interval?: number
}

/** A client of the registry that sends what it is told and judges nothing but the status. */
export class Registry {
  readonly #base: string
  readonly #agent: Agent
  readonly #headers: Readonly<Record<string, string>>

  /**
   * `keepAlive: false` opens a connection for each request, as a load balancer sees from many clients. `token`: of the
   * account that sends the requests.
   */
  constructor(base: string, options: { readonly keepAlive?: boolean; readonly token?: string } = {}) {
    this.#base = base
    this.#agent = new Agent({ keepAlive: options.keepAlive ?? true })
    this.#headers = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }
  }

  request(method: string, path: string, body?: string, more: Record<string, string> = {}): Promise<Answer> {
    const headers = { ...this.#headers, ...more }
    return new Promise((resolve, reject) => {
      const outgoing = request(this.#base + path, { method, headers, agent: this.#agent, timeout: REQUEST_TIMEOUT_MS })
      outgoing.on('error', reject)
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${method} ${path}`)))
      outgoing.on('response', answer => {
        answer.setEncoding('utf8')
        let text = ''
        answer.on('data', (chunk: string) => {
          text += chunk
        })
        answer.on('error', reject)
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
      })
      outgoing.end(body)
    })
  }

  /** A request below `/v4/default/registry` that must succeed; its parsed answer. */
  async call<T>(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const answer = await this.request(method, `/v4/default/registry${path}`, text, headers)
    if (answer.status !== 200) throw new Error(`${method} ${path} at ${this.#base}: ${answer.status} ${answer.text}`)
    return (answer.text === '' ? {} : JSON.parse(answer.text)) as T
  }

  /** Registers a microservice; its id. */
  async service(serviceName: string, version = '1.0.0'): Promise<string> {
    const service = { appId: 'default', serviceName, version }
    return (await this.call<{ serviceId: string }>('POST', '/microservices', { service })).serviceId
  }

  /** Registers an instance; its id. */
  async instance(serviceId: string, wish: InstanceWish = {}): Promise<string> {
    const { interval = 30, ...given } = wish
    const instance = { hostName: 'host', ...given, healthCheck: { mode: 'push', interval, times: 3 } }
    const path = `/microservices/${serviceId}/instances`
    return (await this.call<{ instanceId: string }>('POST', path, { instance })).instanceId
  }

  /** Every version's instances; none while nobody has registered the name. `query` starts with `&`. */
  async find(serviceName: string, query = ''): Promise<readonly InstanceBody[]> {
    const path = `/v4/default/registry/instances?appId=default&serviceName=${serviceName}${query}`
    const { status, text } = await this.request('GET', path)
    if (status === 400 && JSON.parse(text).errorCode === '400012') return []
    if (status !== 200) throw new Error(`find ${serviceName} at ${this.#base}: ${status} ${text}`)
    return (JSON.parse(text) as { instances?: InstanceBody[] }).instances ?? []
  }

  /** Ids of the found instances, sorted. */
  async ids(serviceName: string, query = ''): Promise<readonly string[]> {
    return (await this.find(serviceName, query)).map(instance => instance.instanceId).sort()
  }

  async heartbeat(serviceId: string, instanceId: string): Promise<Answer> {
    const path = `/v4/default/registry/microservices/${serviceId}/instances/${instanceId}/heartbeat`
    return this.request('PUT', path)
  }

  async unregister(serviceId: string, instanceId: string): Promise<Answer> {
    return this.request('DELETE', `/v4/default/registry/microservices/${serviceId}/instances/${instanceId}`)
  }
}
