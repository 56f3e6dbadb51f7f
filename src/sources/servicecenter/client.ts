import { readFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { StringDecoder } from 'node:string_decoder'
import { setImmediate } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { DumpReader } from './dump-reader.ts'
import type { ServiceCenterOptions } from './options.ts'

const PROBE_TIMEOUT_MS = 3_000
/** No byte for this long: it does not come any more. */
const SILENCE_MS = 15_000
/** A dump of 500,000 instances has 250 MB. */
const DUMP_BYTES_MAX = 1024 * 1024 * 1024
/** Taken over at once: some forty instances. Heartbeats and finds have their turn in between. */
const SLICE_BYTES = 16 * 1024
const BODY_BYTES_MAX = 64 * 1024 * 1024

/** What answers at an address. */
export type Kind = 'node' | 'center'

/** Speaks the part of an older center's REST API that standing in for it needs. */
export class CenterClient {
  readonly #options: ServiceCenterOptions
  requests = 0
  receivedBytes = 0

  constructor(options: ServiceCenterOptions) {
    this.#options = options
  }

  /** Rejects with an Error for operators when nobody answers, or something else does. */
  async kindOf(url: string, signal: AbortSignal): Promise<Kind> {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)])
    const identity = await this.#get(`${url}/grapevine/v1/identity`, bounded)
    if (identity.statusCode === 200 && isObject(parse(await this.#body(identity)), 'clusterId')) return 'node'
    identity.resume()
    const version = await this.#get(`${url}/v4/default/registry/version`, bounded)
    const body = parse(await this.#body(version))
    if (version.statusCode === 200 && isObject(body, 'apiVersion')) return 'center'
    throw new Error(`answered ${version.statusCode}: it is neither a node nor a service center`)
  }

  /** Hands over every pair; resolves when the dump was whole. */
  async dump(url: string, pair: (section: string, text: string) => void, signal: AbortSignal): Promise<void> {
    const response = await this.#get(`${url}/v4/default/admin/dump`, signal)
    if (response.statusCode !== 200) throw await this.#refusal(response)
    const reader = new DumpReader(pair)
    const decoder = new StringDecoder('utf8')
    let bytes = 0
    for await (const chunk of unzipped(response)) {
      bytes += chunk.length
      if (bytes > DUMP_BYTES_MAX) throw new Error(`the dump has more than ${DUMP_BYTES_MAX} bytes`)
      for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
        reader.write(decoder.write(chunk.subarray(at, at + SLICE_BYTES)))
        await setImmediate()
      }
    }
    this.receivedBytes += bytes
    reader.end()
  }

  /** The schemas of a service with their contents. */
  async schemas(url: string, domain: string, project: string, id: string, signal: AbortSignal): Promise<unknown> {
    const path = `/v4/${encodeURIComponent(project)}/registry/microservices/${encodeURIComponent(id)}/schemas?withSchema=1`
    const response = await this.#get(`${url}${path}`, signal, { 'x-domain-name': domain })
    if (response.statusCode !== 200) throw await this.#refusal(response)
    return parse(await this.#body(response))
  }

  async #refusal(response: IncomingMessage): Promise<Error> {
    const body = await this.#body(response)
    return new Error(`answered ${response.statusCode} ${body.slice(0, 200)}`)
  }

  #get(url: string, signal: AbortSignal, headers: Record<string, string> = {}): Promise<IncomingMessage> {
    this.requests += 1
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const all = { accept: 'application/json', 'accept-encoding': 'gzip', ...this.#authorization(), ...headers }
    const request = send(url, { ...this.#tls(), agent: false, signal, timeout: SILENCE_MS, headers: all })
    request.on('timeout', () => request.destroy(new Error(`silent for ${SILENCE_MS} ms`)))
    request.on('error', reject)
    request.on('response', resolve)
    request.end()
    return promise
  }

  #authorization(): Record<string, string> {
    const { tokenFile } = this.#options
    return tokenFile === undefined ? {} : { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` }
  }

  /** Read for each request: certificates are renewed in place. */
  #tls(): RequestOptions {
    const { caFile, certFile, keyFile, insecure } = this.#options
    return {
      ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
      ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
      ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
      ...(insecure ? { rejectUnauthorized: false } : {}),
    }
  }

  async #body(response: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of unzipped(response)) {
      bytes += chunk.length
      if (bytes > BODY_BYTES_MAX) throw new Error(`an answer has more than ${BODY_BYTES_MAX} bytes`)
      chunks.push(chunk)
    }
    this.receivedBytes += bytes
    return Buffer.concat(chunks).toString('utf8')
  }
}

/** An aborted response must end what reads it, too: pipe alone leaves it waiting. */
function unzipped(response: IncomingMessage): AsyncIterable<Buffer> {
  if (response.headers['content-encoding'] !== 'gzip') return response
  const gunzip = createGunzip()
  response.on('error', error => gunzip.destroy(error))
  response.on('aborted', () => gunzip.destroy(new Error('the connection was lost')))
  return response.pipe(gunzip)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown, key: string): boolean => typeof value === 'object' && value !== null && key in value
