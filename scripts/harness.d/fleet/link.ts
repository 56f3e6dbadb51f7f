/** The way on which one node dials another: a port for its API, whose identity route leads to the link's own gossip port. */
import { once } from 'node:events'
import {
  createServer as createHttpServer,
  get,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Flow } from './flow.ts'
import type { Path } from './path.ts'

const HANDSHAKE_BYTES = 60
const ASK_TIMEOUT_MS = 10_000

export interface LinkTarget {
  readonly host: string
  readonly http: number
  readonly gossip: number
}

export interface LinkDeps {
  readonly nowMs: () => number
  /** Where the link listens: an address that the dialling node reaches. */
  readonly host: string
}

export class Link {
  readonly #there: Path
  readonly #back: Path
  readonly #target: LinkTarget
  readonly #deps: LinkDeps
  readonly #gossip: Server
  readonly #http: HttpServer
  readonly #sockets = new Set<Socket>()

  /** `there`: from the dialling node to the target. */
  static async open(there: Path, back: Path, target: LinkTarget, deps: LinkDeps): Promise<Link> {
    const link = new Link(there, back, target, deps)
    for (const server of [link.#gossip, link.#http]) {
      server.listen(0, deps.host)
      await once(server, 'listening')
    }
    return link
  }

  private constructor(there: Path, back: Path, target: LinkTarget, deps: LinkDeps) {
    this.#there = there
    this.#back = back
    this.#target = target
    this.#deps = deps
    this.#gossip = createServer({ allowHalfOpen: true }, near => void this.#forward(near))
    this.#http = createHttpServer((request, response) => void this.#answer(request, response))
    this.#http.on('connection', socket => this.#keep(socket))
  }

  /** What the dialling node is configured with. */
  get url(): string {
    return `http://${this.#deps.host}:${portOf(this.#http)}`
  }

  /** Ends every open connection. */
  reset(): void {
    for (const socket of this.#sockets) abort(socket)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all([this.#gossip, this.#http].map(server => new Promise(resolve => server.close(resolve))))
  }

  async #forward(near: Socket): Promise<void> {
    this.#keep(near)
    if (!(await this.#opened(near))) return
    const far = connect({ host: this.#target.host, port: this.#target.gossip, allowHalfOpen: true })
    this.#keep(far)
    const { nowMs } = this.#deps
    const flows = { there: new Flow(this.#there, near, far, nowMs), back: new Flow(this.#back, far, near, nowMs) }
    near.on('close', () => flows.there.broken())
    far.on('close', () => flows.back.broken())
  }

  /** The handshake has crossed both ways. False: the dialling side has given up, or is refused. */
  async #opened(near: Socket): Promise<boolean> {
    if (this.#there.refusing || this.#back.refusing) {
      abort(near)
      return false
    }
    const passed = await Promise.race([this.#roundTrip(near), once(near, 'close').then(() => false)]).catch(() => false)
    if (!passed) near.destroy()
    return passed && !near.destroyed
  }

  async #roundTrip(near: Socket): Promise<boolean> {
    return (
      (await this.#pass(this.#there, HANDSHAKE_BYTES, near)) && (await this.#pass(this.#back, HANDSHAKE_BYTES, near))
    )
  }

  /** Resolves when so many bytes have passed; false when `near` is gone by then, or they are lost for good. */
  async #pass(path: Path, bytes: number, near: Socket): Promise<boolean> {
    const arrivalMs = path.arrivalMs(bytes)
    if (arrivalMs === undefined) return false
    const waitMs = arrivalMs - this.#deps.nowMs()
    if (waitMs > 0) await new Promise(resolve => setTimeout(resolve, waitMs))
    while (path.held && !near.destroyed) {
      await new Promise<void>(resolve => {
        const stop = path.onHeal(resumed)
        near.once('close', resumed)
        function resumed(): void {
          stop()
          near.removeListener('close', resumed)
          resolve()
        }
      })
    }
    if (!near.destroyed) path.bytes += bytes
    return !near.destroyed
  }

  /** Only the identity route is needed between nodes; what it advertises becomes this link's own port. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const near = request.socket
    if (!(await this.#opened(near))) return
    const answer = await ask(`http://${this.#target.host}:${this.#target.http}${request.url}`).catch(() => undefined)
    if (answer === undefined) {
      near.destroy()
      return
    }
    const identity = JSON.parse(answer.text) as Readonly<Record<string, unknown>>
    const gossip = [`/ip4/${this.#deps.host}/tcp/${portOf(this.#gossip)}`]
    const body = answer.status === 200 ? JSON.stringify({ ...identity, gossip }) : answer.text
    if (await this.#pass(this.#back, body.length, near))
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body)
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
  }
}

/** As a crashed host does. One that is being shut down cannot be reset: libuv would keep its handle for ever. */
const abort = (socket: Socket): void => void (socket.writableEnded ? socket.destroy() : socket.resetAndDestroy())

const portOf = (server: Server | HttpServer): number => (server.address() as AddressInfo).port

function ask(url: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asking = get(url, { agent: false, timeout: ASK_TIMEOUT_MS }, answer => {
      answer.setEncoding('utf8')
      let text = ''
      answer.on('data', (part: string) => {
        text += part
      })
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    asking.on('timeout', () => asking.destroy(new Error('no answer')))
    asking.on('error', reject)
  })
}
