/** Lists and watches over HTTP. Credentials, certificates and proxies are the Kubernetes client's business. */
import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { StringDecoder } from 'node:string_decoder'

/** One page of a list, or one event of a watch. An object has at most 1.5 MB; a page a few hundred of them. */
const BODY_BYTES_MAX = 64 * 1024 * 1024
/** A list is answered from the API server's memory; a page that takes longer does not come. */
const LIST_TIMEOUT_MS = 30_000
/** An idle watch brings a bookmark about once a minute. */
const WATCH_SILENCE_MS = 150_000
/** Finds half-open connections long before a bookmark is missed. */
const KEEP_ALIVE_MS = 10_000

export type Query = Readonly<Record<string, string>>

export interface ListPage {
  readonly items: readonly unknown[]
  readonly resourceVersion: string
  /** Names the next page; empty on the last. */
  readonly next: string
}

export interface WatchEvent {
  readonly type: string
  readonly object: unknown
}

export interface WatchHandler {
  /** The API server has accepted the watch. */
  opened(): void
  event(event: WatchEvent): void
}

export interface KubeApi {
  list(path: string, query: Query, signal: AbortSignal): Promise<ListPage>
  /** Resolves when the server ends the watch, as it does from time to time. Rejects when it fails. */
  watch(path: string, query: Query, handler: WatchHandler, signal: AbortSignal): Promise<void>
  readonly requests: number
  readonly receivedBytes: number
}

/** The API server's refusal: 403 for a missing right, 410 for a version that it no longer has. */
export class KubeError extends Error {
  override readonly name = 'KubeError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Where the API server is, and what a request needs to be let in: asked for each request, since tokens are renewed. */
export interface KubeAccess {
  readonly server: string
  /** Fills in the agent and the headers. */
  apply(options: RequestOptions): Promise<void>
}

export class HttpKubeApi implements KubeApi {
  readonly #access: KubeAccess
  requests = 0
  receivedBytes = 0

  constructor(access: KubeAccess) {
    this.#access = access
  }

  async list(path: string, query: Query, signal: AbortSignal): Promise<ListPage> {
    const response = await this.#get(path, query, AbortSignal.any([signal, AbortSignal.timeout(LIST_TIMEOUT_MS)]))
    return readPage(JSON.parse(await this.#body(response)))
  }

  async watch(path: string, query: Query, handler: WatchHandler, signal: AbortSignal): Promise<void> {
    const response = await this.#get(path, { ...query, watch: 'true' }, signal)
    response.socket.setKeepAlive(true, KEEP_ALIVE_MS)
    response.setTimeout(WATCH_SILENCE_MS, () => response.destroy(new Error('the watch fell silent')))
    handler.opened()
    const decoder = new StringDecoder('utf8')
    let rest = ''
    for await (const chunk of response as AsyncIterable<Buffer>) {
      this.receivedBytes += chunk.length
      const lines = (rest + decoder.write(chunk)).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > BODY_BYTES_MAX) throw new Error(`an event has more than ${BODY_BYTES_MAX} characters`)
      for (const line of lines) if (line !== '') handler.event(readEvent(line))
    }
  }

  async #get(path: string, query: Query, signal: AbortSignal): Promise<IncomingMessage> {
    const url = new URL(this.#access.server + path)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const options: RequestOptions = { headers: { accept: 'application/json' } }
    await this.#access.apply(options)
    this.requests += 1
    const send = url.protocol === 'http:' ? httpRequest : httpsRequest
    const response = await answered(send(url, { ...options, signal }))
    if (response.statusCode === 200) return response
    const status = response.statusCode ?? 0
    throw new KubeError(status, `${status} ${messageOf(await this.#body(response))}`)
  }

  async #body(response: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > BODY_BYTES_MAX) throw new Error(`the answer has more than ${BODY_BYTES_MAX} bytes`)
      chunks.push(chunk)
    }
    this.receivedBytes += bytes
    return Buffer.concat(chunks).toString('utf8')
  }
}

function answered(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('error', reject)
    request.on('response', resolve)
    request.end()
  })
}

function readPage(value: unknown): ListPage {
  const { items, metadata } = value as { items?: unknown; metadata?: { resourceVersion?: string; continue?: string } }
  return {
    items: Array.isArray(items) ? items : [],
    resourceVersion: metadata?.resourceVersion ?? '',
    next: metadata?.continue ?? '',
  }
}

function readEvent(line: string): WatchEvent {
  const { type, object } = JSON.parse(line) as Partial<WatchEvent>
  return { type: type ?? '', object }
}

/** Kubernetes answers refusals with a Status object; proxies in between with anything. */
function messageOf(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: unknown }).message ?? '')
  } catch {
    return body.slice(0, 200)
  }
}
