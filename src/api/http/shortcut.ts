import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import FindMyWay, { type HTTPMethod } from 'find-my-way'
import type { Query } from './query.ts'
import { routable } from './target.ts'

/** One request, and where its answer goes. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly params: Readonly<Record<string, string>>
  readonly query: Query
  /** As text; undefined: none was sent. */
  readonly body: string | undefined
}

export type Handler = (exchange: Exchange) => void

/** Longer targets go the long way. */
const TARGET_LENGTH_MAX = 512
/** What clients seldom send, and routers read in their own ways. */
const ODD = /[%#;]/

/**
 * Answers requests that bring no body and have a plain path before Fastify sees them: finds and heartbeats are most of what
 * a node does, and what Fastify adds to one costs a quarter of it. Everything else goes on to Fastify, which has the same
 * handlers and the same router (ADR 12).
 */
export class Shortcut {
  readonly #router = FindMyWay()
  readonly #targetBytesMax: number
  readonly #parseQuery: (search: string) => Query
  #open = true

  constructor(targetBytesMax: number, parseQuery: (search: string) => Query) {
    this.#targetBytesMax = targetBytesMax
    this.#parseQuery = parseQuery
  }

  add(method: string, path: string, handler: Handler): void {
    this.#router.on(method as HTTPMethod, path, NEVER_CALLED, handler)
  }

  /** Puts itself in front of whoever handles the requests of this server. */
  install(server: Server): void {
    const others = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[]
    server.removeAllListeners('request')
    server.on('request', (request, response) => {
      if (this.#open && this.#take(request, response)) return
      for (const other of others) other.call(server, request, response)
    })
  }

  /** From now on answers close their connections, which is Fastify's business. */
  close(): void {
    this.#open = false
  }

  #take(request: IncomingMessage, response: ServerResponse): boolean {
    const { method = '', url = '', headers } = request
    if (url.length > TARGET_LENGTH_MAX || hasBody(headers)) return false
    const question = url.indexOf('?')
    const path = question < 0 ? url : url.slice(0, question)
    if (ODD.test(path) || routable(request, this.#targetBytesMax) !== url) return false
    const found = this.#router.find(method as HTTPMethod, path)
    if (found === null) return false
    const handle = found.store as Handler
    const query = this.#parseQuery(question < 0 ? '' : url.slice(question + 1))
    handle({ request, response, params: found.params as Exchange['params'], query, body: undefined })
    return true
  }
}

/** The router only finds; what it would call itself takes no query. */
const NEVER_CALLED = (): void => {}

const hasBody = (headers: IncomingMessage['headers']): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
