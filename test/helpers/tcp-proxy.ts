import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/**
 * A stretch of network: forwards each connection to the next of its targets (ports on 127.0.0.1). One target makes it a
 * link that can be cut and healed, several a load balancer.
 */
export class TcpProxy {
  readonly port: number
  readonly #server: Server
  readonly #targets: readonly number[]
  readonly #sockets = new Set<Socket>()
  #next = 0
  #cut = false

  static async to(...targets: readonly number[]): Promise<TcpProxy> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TcpProxy(server, targets)
  }

  private constructor(server: Server, targets: readonly number[]) {
    this.#server = server
    this.#targets = targets
    this.port = (server.address() as AddressInfo).port
    server.on('connection', socket => this.#forward(socket))
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Ends every connection, and every new one at once, until healed. */
  cut(): void {
    this.#cut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  heal(): void {
    this.#cut = false
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #forward(near: Socket): void {
    const target = this.#targets[this.#next++ % this.#targets.length]
    if (this.#cut || target === undefined) {
      near.destroy()
      return
    }
    const far = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
    }
  }
}
