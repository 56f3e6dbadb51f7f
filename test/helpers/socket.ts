import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type ClientOptions, WebSocket } from 'ws'

/** A websocket client that keeps what it hears. */
export class TestSocket {
  readonly messages: unknown[] = []
  readonly socket: WebSocket
  pings = 0
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  #heard: (() => void)[] = []

  constructor(url: string, path: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(url.replace('http', 'ws') + path, options)
    this.socket.on('message', data => {
      this.messages.push(JSON.parse(String(data)))
      this.#wake()
    })
    this.socket.on('ping', () => {
      this.pings++
      this.#wake()
    })
    this.closed = new Promise(resolve => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
    })
    this.socket.on('error', () => undefined)
  }

  async opened(): Promise<this> {
    if (this.socket.readyState !== WebSocket.OPEN) await once(this.socket, 'open')
    return this
  }

  /** What the handshake was answered instead of an upgrade. */
  async refusal(): Promise<{ readonly status: number; readonly body: string }> {
    const [, response] = (await once(this.socket, 'unexpected-response')) as [unknown, IncomingMessage]
    let body = ''
    for await (const chunk of response) body += String(chunk)
    return { status: response.statusCode ?? 0, body }
  }

  /** Resolves as soon as the condition holds; a test's own timeout is its deadline. */
  async until(holds: (socket: this) => boolean): Promise<void> {
    while (!holds(this)) await new Promise<void>(resolve => this.#heard.push(resolve))
  }

  #wake(): void {
    for (const resolve of this.#heard.splice(0)) resolve()
  }
}
