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

/** A body of a known length; anything else that brings one goes the long way. */
const LENGTH = /^[1-9]\d{0,8}$/

interface Endpoint {
  readonly handle: Handler
  readonly bodyBytesMax: number
}

export interface ShortcutParts {
  readonly targetBytesMax: number
  readonly parseQuery: (search: string) => Query
  /** To be told that a request's body is still to come. */
  readonly reading: (request: IncomingMessage) => void
}

/**
 * Answers requests with a plain path, and a body of a known length or none, before Fastify sees them: what Fastify adds to
 * a find or a heartbeat costs a quarter of it. Everything else goes on to Fastify, which has the same handlers and the same
 * router (ADR 12).
 */
export class Shortcut {
  readonly #router = FindMyWay()
  readonly #parts: ShortcutParts
  readonly #turn = new Turn()
  #open = true

  constructor(parts: ShortcutParts) {
    this.#parts = parts
  }

  add(method: string, path: string, bodyBytesMax: number, handle: Handler): void {
    const endpoint: Endpoint = { handle, bodyBytesMax }
    this.#router.on(method as HTTPMethod, path, NEVER_CALLED, endpoint)
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
    const { targetBytesMax, parseQuery, reading } = this.#parts
    const { method = '', url = '' } = request
    const bodyBytes = bodyBytesOf(request)
    if (url.length > TARGET_LENGTH_MAX || bodyBytes === undefined) return false
    const question = url.indexOf('?')
    const path = question < 0 ? url : url.slice(0, question)
    if (ODD.test(path) || routable(request, targetBytesMax) !== url) return false
    const found = this.#router.find(method as HTTPMethod, path)
    if (found === null) return false
    const { handle, bodyBytesMax } = found.store as Endpoint
    if (bodyBytes > bodyBytesMax) return false
    const params = found.params as Exchange['params']
    const query = parseQuery(question < 0 ? '' : url.slice(question + 1))
    if (bodyBytes === 0) {
      this.#turn.add(() => handle({ request, response, params, query, body: undefined }))
      return true
    }
    reading(request)
    readBody(request, body => this.#turn.add(() => handle({ request, response, params, query, body })))
    return true
  }
}

/**
 * Has what came in one turn of the event loop done at its end, in one go: what reading requests and answering them need of
 * the processor's caches is fetched once for all. That is a fifth of a registration and a tenth of a heartbeat. At most one
 * request of each connection waits.
 */
class Turn {
  #waiting: (() => void)[] = []

  add(work: () => void): void {
    if (this.#waiting.push(work) === 1) setImmediate(() => this.#run())
  }

  #run(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const work of waiting) work()
  }
}

/** The router only finds; what it would call itself takes no query. */
const NEVER_CALLED = (): void => {}

/** 0: none; undefined: not known beforehand, or not of a request that should bring one. */
function bodyBytesOf({ method, headers }: IncomingMessage): number | undefined {
  const length = headers['content-length'] ?? '0'
  if (headers['transfer-encoding'] !== undefined) return undefined
  if (length === '0') return 0
  return (method === 'POST' || method === 'PUT') && LENGTH.test(length) ? Number(length) : undefined
}

/** Node ends a request only when all of its body has come; one that is cut off just goes away. */
function readBody(request: IncomingMessage, done: (body: string) => void): void {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    const [only] = chunks
    done((chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)).toString())
  })
}
