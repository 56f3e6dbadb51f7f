import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

export interface FakePair {
  readonly key: string
  rev: number
  cluster?: string
  value: unknown
}

/** An Apache service center as far as others see it: its version, its dump, its schemas; text and 404 for the rest. */
export class FakeCenter {
  readonly url: string
  readonly #server: Server
  readonly pairs = new Map<string, FakePair[]>()
  readonly schemas = new Map<string, { schemaId: string; summary: string; schema: string }[]>()
  readonly requests: string[] = []
  /** The bearer token that it asks for. */
  token: string | undefined
  /** It has been replaced by a node. */
  isNode = false
  /** The dump ends after this many bytes. */
  tornAt: number | undefined
  #rev = 1

  static async start(): Promise<FakeCenter> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FakeCenter(server)
  }

  private constructor(server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request, response) => this.#answer(request, response))
  }

  put(section: string, key: string, value: unknown, cluster = 'default'): void {
    const pairs = this.pairs.get(section) ?? []
    this.pairs.set(section, [...pairs.filter(each => each.key !== key), { key, rev: ++this.#rev, cluster, value }])
  }

  remove(section: string, key: string): void {
    this.pairs.set(section, this.pairs.get(section)?.filter(each => each.key !== key) ?? [])
  }

  /** A service of `default/default`; its id is its name unless one is given. */
  service(serviceName: string, more: Record<string, unknown> = {}, cluster = 'default'): string {
    const id = String(more.serviceId ?? `id-${serviceName}`)
    const plain = { serviceId: id, appId: 'shop', serviceName, version: '1.0.0', level: 'BACK', status: 'UP' }
    const value = { ...plain, timestamp: '1700000000', modTimestamp: '1700000000', ...more }
    this.put('services', `/cse-sr/ms/files/default/default/${id}`, value, cluster)
    this.put('serviceIndexes', `/cse-sr/ms/indexes/default/default//shop/${serviceName}/1.0.0`, id, cluster)
    return id
  }

  instance(serviceId: string, instanceId: string, more: Record<string, unknown> = {}, cluster = 'default'): void {
    const value = {
      instanceId,
      serviceId,
      endpoints: [`rest://10.0.0.1:8080?id=${instanceId}`],
      hostName: 'host-1',
      status: 'UP',
      healthCheck: { mode: 'push', interval: 30, times: 3 },
      timestamp: '1700000000',
      modTimestamp: '1700000000',
      version: '1.0.0',
      ...more,
    }
    this.put('instances', `/cse-sr/inst/files/default/default/${serviceId}/${instanceId}`, value, cluster)
  }

  removeInstance(serviceId: string, instanceId: string): void {
    this.remove('instances', `/cse-sr/inst/files/default/default/${serviceId}/${instanceId}`)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname: path } = new URL(request.url ?? '/', this.url)
    this.requests.push(path)
    if (path === '/grapevine/v1/identity' && this.isNode) {
      return json(response, { node: 'n', clusterId: '0123456789abcdef', cluster: 'sc2', gossip: [], members: [] })
    }
    if (path === '/v4/default/registry/version') return json(response, { version: '2.2.0', apiVersion: '4.0.0' })
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`) {
      return json(response, { errorCode: '401204', errorMessage: 'No authorization header' }, 401)
    }
    if (path === '/v4/default/admin/dump') return this.#dump(response)
    const [, id] = /^\/v4\/default\/registry\/microservices\/([^/]+)\/schemas$/.exec(path) ?? []
    if (id !== undefined) return json(response, { schemas: this.schemas.get(id) ?? [] })
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n')
  }

  #dump(response: ServerResponse): void {
    const order = [
      'services',
      'serviceIndexes',
      'serviceAliases',
      'serviceTags',
      'dependencyRules',
      'summaries',
      'instances',
    ]
    const cache = Object.fromEntries(
      order.flatMap(name => (this.pairs.has(name) ? [[name, this.pairs.get(name)]] : [])),
    )
    const body = Buffer.from(JSON.stringify({ info: { version: { version: '2.2.0' }, text: '"}]{' }, cache }))
    response.setHeader('content-type', 'application/json; charset=utf-8')
    if (this.tornAt !== undefined) {
      response.write(body.subarray(0, this.tornAt), () => response.destroy())
      return
    }
    response.setHeader('content-encoding', 'gzip')
    response.end(gzipSync(body))
  }
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}
