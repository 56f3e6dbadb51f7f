import { Agent, request } from 'node:http'

export interface Sent {
  readonly method: string
  /** As it goes over the wire. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

export interface Received {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** Sends whatever it is given over a few connections, and fails when an answer does not come. */
export class WireClient {
  readonly #url: URL
  readonly #agent: Agent
  readonly #deadlineMs: number

  constructor(url: string, connections: number, deadlineMs: number) {
    this.#url = new URL(url)
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
    this.#deadlineMs = deadlineMs
  }

  send({ method, target, headers, body }: Sent): Promise<Received> {
    const { hostname, port } = this.#url
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    return new Promise((resolve, reject) => {
      const outgoing = request({
        hostname,
        port,
        method,
        path: target,
        agent: this.#agent,
        headers: { ...headers, ...length },
        timeout: this.#deadlineMs,
      })
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${method} ${target}`)))
      outgoing.on('error', reject)
      outgoing.on('response', response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const { statusCode = 0, headers: answered } = response
          resolve({
            status: statusCode,
            type: answered['content-type'] ?? '',
            text: Buffer.concat(chunks).toString('utf8'),
          })
        })
      })
      outgoing.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}
