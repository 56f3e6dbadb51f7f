import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  readonly text: string
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown
}

/** One request on a connection of its own. */
export function call(url: string, method: string, path: string, options: CallOptions = {}): Promise<Reply> {
  const { hostname, port } = new URL(url)
  const { body } = options
  const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const headers = { ...options.headers, ...(sent === undefined ? {} : { 'content-length': Buffer.byteLength(sent) }) }
    const sending = request({ hostname, port, method, path, headers, agent: false }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        const text = bytes.toString('utf8')
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, text, json: parsed(text) })
      })
    })
    sending.on('error', reject)
    sending.end(sent)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Sends bytes as they are and answers everything that comes back until the other side closes. */
export function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.on('data', chunk => {
      answer += chunk.toString('latin1')
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

export interface ErrorReply {
  readonly errorCode: string
  readonly errorMessage: string
  readonly detail?: string
}

/** The error that a reply must be. */
export function errorOf({ json, status, text }: Reply): ErrorReply {
  const error = json as Partial<ErrorReply> | undefined
  if (typeof error?.errorCode === 'string' && typeof error.errorMessage === 'string') return error as ErrorReply
  throw new Error(`no error, but ${status}: ${text}`)
}
