import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import WebSocket from 'ws'
import { type Answer, Registry } from '../helpers/registry.ts'
import { until } from '../helpers/until.ts'

/** One recorded HTTP exchange; a status of 101 opened a websocket. */
export interface Exchange {
  /** Seconds since the recording began. */
  readonly t: number
  readonly method: string
  readonly path: string
  readonly query: string
  readonly request_headers: Readonly<Record<string, string>>
  readonly request?: unknown
  readonly status: number
  readonly response_headers: Readonly<Record<string, string>>
  readonly response?: unknown
}

/** How a client that has an account shows it. */
export interface Login {
  /** By the server's URL. */
  readonly tokens: ReadonlyMap<string, string>
  /** Whether it sends the token with websockets, too; those of a client that does not are refused. */
  readonly sockets: boolean
}

/** Members whose value is the server's own affair: what matters is that they are there, and are text. */
const FREE_TEXT = new Set(['detail', 'rev', 'timestamp', 'modTimestamp'])

/** What the client library of the replay writes itself. */
const OWN_HEADERS = /^(connection|content-length|host|upgrade|sec-websocket-.*)$/i

export const exchangesOf = (file: string): Exchange[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
    .filter(({ kind }) => kind === 'http')

/**
 * Sends recorded requests and compares the answers with the recorded ones: status, content type, the members of bodies and
 * their values, except ids that the server drew (which are translated in all later requests) and FREE_TEXT.
 */
export class Replay {
  /** Recorded instance id → the one drawn here. */
  readonly #ids = new Map<string, string>()
  readonly #sockets: WebSocket[] = []
  readonly #login: Login | undefined

  /** `login`: what the client adds to its requests where it has an account. */
  constructor(login?: Login) {
    this.#login = login
  }

  /** In turn. Throws what differs; reads are asked again until `deadlineMs`: what they ask for may still be on its way. */
  async all(base: string, exchanges: readonly Exchange[], deadlineMs: number): Promise<void> {
    for (const exchange of exchanges) await this.#run(base, exchange, deadlineMs)
  }

  close(): void {
    for (const socket of this.#sockets) socket.terminate()
  }

  async #run(base: string, exchange: Exchange, deadlineMs: number): Promise<void> {
    const title = `${exchange.method} ${exchange.path}?${exchange.query}`
    if (exchange.status === 101) await this.#upgrade(base, exchange)
    else if (exchange.method !== 'GET' && !exchange.path.endsWith('/action')) await this.#send(base, exchange)
    else {
      await until(title, deadlineMs, async () => {
        await this.#send(base, exchange)
        return true
      })
    }
  }

  async #upgrade(base: string, { path, request_headers }: Exchange): Promise<void> {
    const headers = {
      ...headersOf(request_headers),
      ...(this.#login?.sockets === false ? {} : this.#authorization(base)),
    }
    const socket = new WebSocket(base.replace('http', 'ws') + this.#translate(path), { headers })
    this.#sockets.push(socket)
    if (this.#login?.sockets !== false) return void (await once(socket, 'open'))
    socket.on('error', () => undefined)
    const [, { statusCode }] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
    assert.equal(statusCode, 401, `a websocket without a token: ${path}`)
  }

  async #send(base: string, exchange: Exchange): Promise<void> {
    const { method, path, query, request, request_headers, status, response } = exchange
    const target = this.#translate(query === '' ? path : `${path}?${query}`)
    const body = request === null || request === undefined ? undefined : this.#translate(JSON.stringify(request))
    const registry = new Registry(base, { keepAlive: false })
    const headers = { ...headersOf(request_headers), ...this.#authorization(base) }
    const answer = await registry.request(method, target, body, headers)
    const title = `${method} ${target}`
    assert.equal(answer.status, status, `status of ${title}: ${answer.text}`)
    this.#compareHeaders(title, exchange, answer)
    const got: unknown = answer.text === '' ? null : JSON.parse(answer.text)
    this.#learn(response, got)
    assert.deepEqual(comparable(got), comparable(JSON.parse(this.#translate(JSON.stringify(response ?? null)))), title)
  }

  #authorization(base: string): Record<string, string> {
    const token = this.#login?.tokens.get(base)
    return token === undefined ? {} : { Authorization: `Bearer ${token}` }
  }

  #compareHeaders(title: string, { response_headers }: Exchange, { headers }: Answer): void {
    const type = response_headers['Content-Type']
    assert.equal(headers['content-type']?.toLowerCase(), type?.toLowerCase(), `content type of ${title}`)
    for (const name of ['X-Resource-Revision', 'X-Schema-Summary']) {
      const present = headers[name.toLowerCase()] !== undefined
      assert.equal(present, response_headers[name] !== undefined, `header ${name} of ${title}`)
    }
  }

  /** A registration answers the id that the server drew. */
  #learn(recorded: unknown, got: unknown): void {
    const [from, to] = [instanceIdOf(recorded), instanceIdOf(got)]
    if (from !== undefined && to !== undefined) this.#ids.set(from, to)
  }

  #translate(text: string): string {
    return [...this.#ids].reduce((result, [from, to]) => result.replaceAll(from, to), text)
  }
}

const instanceIdOf = (answer: unknown): string | undefined => {
  if (typeof answer !== 'object' || answer === null || !('instanceId' in answer)) return undefined
  return typeof answer.instanceId === 'string' ? answer.instanceId : undefined
}

const headersOf = (recorded: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(recorded).filter(([name]) => !OWN_HEADERS.test(name)))

/** The same value with free text blanked, so that a missing member still differs. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      FREE_TEXT.has(name) && typeof member === 'string' ? `<${name}>` : comparable(member),
    ]),
  )
}
