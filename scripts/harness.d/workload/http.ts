import { Agent, type IncomingHttpHeaders, request } from 'node:http'

export interface Outcome {
  /** 0: no answer. */
  readonly status: number
  /** The client itself has dropped the connection meanwhile: no answer proves nothing. */
  readonly dropped: boolean
  /** The error code of a refusal. */
  readonly code: string | undefined
  readonly text: string
  readonly headers: IncomingHttpHeaders
  readonly sentMs: number
  readonly answeredMs: number
}

export interface Ask {
  readonly method: string
  readonly url: string
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
  /** After this it counts as failed, as for an SDK. */
  readonly timeoutMs: number
}

/** A timer that fires later than this shows that the process of the clients had no time to read. */
const OWN_DELAY_MAX_MS = 200

export interface HttpDeps {
  readonly nowMs: () => number
}

/** Connections of one client, kept alive like an SDK's. */
export class HttpClient {
  readonly #deps: HttpDeps
  readonly #socketsMax: number
  #agent: Agent

  constructor(deps: HttpDeps, socketsMax: number) {
    this.#deps = deps
    this.#socketsMax = socketsMax
    this.#agent = this.#open()
  }

  /** Every connection is dropped; the next request opens a new one. */
  reconnect(): void {
    this.#agent.destroy()
    this.#agent = this.#open()
  }

  /** Never rejects. */
  ask({ method, url, body, headers, timeoutMs }: Ask): Promise<Outcome> {
    const sentMs = this.#deps.nowMs()
    const agent = this.#agent
    return new Promise(resolve => {
      const done = (status: number, text: string, received: IncomingHttpHeaders): void => {
        clearTimeout(late)
        resolve({
          status,
          dropped: status === 0 && agent !== this.#agent,
          code: status >= 400 ? codeOf(text) : undefined,
          text,
          headers: received,
          sentMs,
          answeredMs: this.#deps.nowMs(),
        })
      }
      const text = body === undefined ? undefined : JSON.stringify(body)
      const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }
      const asking = request(url, { method, agent, headers: { ...headers, ...length } })
      let late = setTimeout(overdue, timeoutMs)
      let armedMs = sentMs
      const nowMs = this.#deps.nowMs
      function overdue(): void {
        // When this process was late itself, the answer may wait unread: that proves nothing about the node.
        const wasLate = nowMs() - armedMs > timeoutMs + OWN_DELAY_MAX_MS
        armedMs = nowMs()
        if (wasLate) late = setTimeout(overdue, timeoutMs)
        else asking.destroy(new Error('no answer in time'))
      }
      asking.on('error', error => done(0, String(error), {}))
      asking.on('response', answer => {
        answer.setEncoding('utf8')
        let received = ''
        answer.on('data', (part: string) => {
          received += part
        })
        answer.on('error', error => done(0, String(error), {}))
        answer.on('end', () => done(answer.statusCode ?? 0, received, answer.headers))
      })
      asking.end(text)
    })
  }

  close(): void {
    this.#agent.destroy()
  }

  #open(): Agent {
    return new Agent({ keepAlive: true, maxSockets: this.#socketsMax })
  }
}

function codeOf(text: string): string | undefined {
  return /"errorCode":"(\d+)"/.exec(text)?.[1]
}
