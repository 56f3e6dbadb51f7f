import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CliError, EXIT } from './cli-error.ts'
import type { Connection } from './connection.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface Ask {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Longer than the connection's: the node was asked to wait. */
  readonly timeoutMs?: number
  /** Instead of the options' scope. */
  readonly domain?: string
}

export interface Reply {
  readonly status: number
  readonly text: string
  /** Undefined: the body is no JSON. */
  readonly json: unknown
}

const MEBIBYTE = 1024 * 1024
/** Larger answers are streamed, or they are none of ours. */
const BODY_BYTES_MAX = 256 * MEBIBYTE

/** Speaks the public HTTP API of a node, and nothing else. */
export class Client {
  readonly connection: Connection
  readonly #note: (line: string) => void
  /** The address that answered last. */
  #good = 0

  /** `note`: where talk goes with --verbose. */
  constructor(connection: Connection, note: (line: string) => void) {
    this.connection = connection
    this.#note = note
  }

  /** The same connection to other addresses: the nodes that one node knows. */
  at(address: string): Client {
    return new Client({ ...this.connection, addresses: [address] }, this.#note)
  }

  get address(): string {
    return this.connection.addresses[this.#good] ?? ''
  }

  /** Below `/v4/{project}`; the parsed answer. Throws CliError for anything but success. */
  async v4<T>(method: Method, path: string, ask: Ask = {}): Promise<T> {
    return this.json<T>(method, `/v4/${encodeURIComponent(this.connection.project)}${path}`, ask)
  }

  async json<T>(method: Method, path: string, ask: Ask = {}): Promise<T> {
    const reply = await this.reply(method, path, ask)
    if (reply.status >= 300) throw refusal(this.address, path, reply)
    if (reply.text !== '' && reply.json === undefined) {
      throw new CliError(`${this.address} does not answer as a node`, 'Check the address and port.', EXIT.REFUSED)
    }
    return (reply.json ?? {}) as T
  }

  /** Whatever status it has. Throws CliError when no node answers. */
  async reply(method: Method, path: string, ask: Ask = {}): Promise<Reply> {
    const response = await this.#open(method, path, ask)
    const text = await textOf(response)
    return { status: response.statusCode ?? 0, text, json: parsed(text) }
  }

  /** A body that is too long to be held. */
  async stream(path: string, ask: Ask = {}): Promise<Readable> {
    const response = await this.#open('GET', path, ask)
    const status = response.statusCode ?? 0
    if (status < 300) return unpacked(response)
    const text = await textOf(response)
    throw refusal(this.address, path, { status, text, json: parsed(text) })
  }

  /** The first address that takes a connection. A node that answers badly is not passed over. */
  async #open(method: Method, path: string, ask: Ask): Promise<IncomingMessage> {
    const { addresses } = this.connection
    let failure: CliError | undefined
    for (let tried = 0; tried < addresses.length; tried++) {
      const at = (this.#good + tried) % addresses.length
      const address = addresses[at] ?? ''
      try {
        const response = await this.#send(address, method, path, ask)
        this.#good = at
        this.#note(`${method} ${address}${path}: ${response.statusCode}`)
        return response
      } catch (error) {
        this.#note(`${method} ${address}${path}: ${(error as Error).message}`)
        failure ??= unreachable(address, error as NodeJS.ErrnoException, this.connection.timeoutMs)
      }
    }
    throw failure ?? new CliError('there is no address', 'Say --addr http://HOST:30100.', EXIT.USAGE)
  }

  #send(address: string, method: Method, path: string, ask: Ask): Promise<IncomingMessage> {
    const { token, tls, domain, timeoutMs } = this.connection
    const body = ask.body === undefined ? undefined : JSON.stringify(ask.body)
    const headers = {
      'x-domain-name': ask.domain ?? domain,
      'accept-encoding': 'gzip',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...ask.headers,
    }
    const url = new URL(address + path + queryOf(ask.query))
    return new Promise((resolve, reject) => {
      const options = { method, headers, timeout: ask.timeoutMs ?? timeoutMs }
      const sending: ClientRequest =
        url.protocol === 'https:' ? httpsRequest(url, { ...options, ...given(tls) }) : httpRequest(url, options)
      sending.on('response', resolve)
      sending.on('error', reject)
      sending.on('timeout', () => sending.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })))
      sending.end(body)
    })
  }
}

/** Without what is undefined, which `https` would take for a value. */
const given = <T extends object>(options: T): Partial<T> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>

function queryOf(query: Ask['query'] = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search.size === 0 ? '' : `?${search}`
}

const unpacked = (response: IncomingMessage): Readable =>
  response.headers['content-encoding'] === 'gzip' ? response.pipe(createGunzip()) : response

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of unpacked(response) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) throw new CliError('the answer is too long', 'Narrow it down.', EXIT.REFUSED)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const OTHER_ADDRESS = 'name another node with --addr or GRAPEVINE_ADDR'

function unreachable(address: string, error: NodeJS.ErrnoException, timeoutMs: number): CliError {
  const { code = '', message } = error
  const say = (what: string, hint: string): CliError => new CliError(`${address} ${what}`, hint, EXIT.UNREACHABLE)
  if (code === 'ECONNREFUSED')
    return say('refuses connections', `Is a node running there? Start one with "grapevine start", or ${OTHER_ADDRESS}.`)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return say('cannot be resolved', `Check the host name, or ${OTHER_ADDRESS}.`)
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
    return say(`did not answer within ${timeoutMs / 1_000} s`, `Give it more with --timeout, or ${OTHER_ADDRESS}.`)
  if (/certificate|CERT_|SELF_SIGNED|TLS|SSL/i.test(`${code} ${message}`))
    return say(
      `has a certificate that is not trusted (${message})`,
      'Give its authority with --ca FILE, or --insecure.',
    )
  return say(`cannot be asked (${code || message})`, `Check the address, or ${OTHER_ADDRESS}.`)
}

interface ErrorBody {
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly detail?: string
}

/** What a node that refused has said, with what to do about it. */
function refusal(address: string, path: string, { status, text, json }: Reply): CliError {
  const { errorCode, errorMessage, detail } = (json ?? {}) as ErrorBody
  const said = errorMessage === undefined ? text.trim().slice(0, 200) : `${errorMessage}${detail ? `: ${detail}` : ''}`
  const code = errorCode === '400012' || errorCode === '400017' ? EXIT.NO : EXIT.REFUSED
  return new CliError(`${address} answers ${status} (${said})`, hintFor(status, errorCode, path), code)
}

function hintFor(status: number, code: string | undefined, path: string): string {
  if (status === 401)
    return 'Get a token with "grapevine token --user NAME", and give it with --token or GRAPEVINE_TOKEN.'
  if (status === 403) return 'Use an account whose role allows it.'
  if (status === 404 || status === 405) return `The node does not know ${path}: it may be older, or another server.`
  if (code === '400002') return 'The node has not repaired with a peer yet: wait, and see "grapevine peers".'
  if (code === '400012') return 'Check the name with "grapevine services", or ask "grapevine why NAME".'
  if (status >= 500) return 'The log of the node says more.'
  return 'Mend what the message names.'
}

export { refusal }
