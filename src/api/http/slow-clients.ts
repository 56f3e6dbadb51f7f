import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { ApiLimits } from '../options.ts'

/** Counts what Node refuses by itself: headers that are too large, clients that are too slow, and connections too many. */
export class SlowClients {
  /** Whose headers have come. */
  readonly #requests = new WeakMap<Socket, IncomingMessage>()
  readonly #limits: ApiLimits
  readonly #refused: (limit: keyof ApiLimits) => void

  constructor(limits: ApiLimits, refused: (limit: keyof ApiLimits) => void) {
    this.#limits = limits
    this.#refused = refused
  }

  /** The body of this request is still to come. */
  reading(request: IncomingMessage): void {
    this.#requests.set(request.socket, request)
  }

  watch(server: Server): void {
    server.on('drop', () => this.#refused('connectionsMax'))
    server.on('clientError', ({ code }: NodeJS.ErrnoException, socket) => {
      if (code === 'HPE_HEADER_OVERFLOW') this.#refused('headerBytesMax')
      if (code === 'ERR_HTTP_REQUEST_TIMEOUT') this.#refused(this.#late(socket as Socket))
    })
    server.on('timeout', socket => {
      // The end of a connection that is kept alive for nothing is no refusal; it runs on the other timeout.
      if (socket.timeout === this.#limits.idleTimeoutMs) this.#refused('idleTimeoutMs')
      // Whoever listens here has to do what Node otherwise does.
      socket.destroy()
    })
  }

  #late(socket: Socket): 'headersTimeoutMs' | 'requestTimeoutMs' {
    return this.#requests.get(socket)?.complete === false ? 'requestTimeoutMs' : 'headersTimeoutMs'
  }
}
