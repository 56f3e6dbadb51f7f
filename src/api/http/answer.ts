import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline, type Readable } from 'node:stream'
import { acceptsGzip, GZIP_BYTES_MIN, gzip, gzipStream } from './gzip.ts'

export const JSON_TYPE = 'application/json; charset=UTF-8'
export const TEXT_TYPE = 'text/plain; charset=UTF-8'

type Headers = Readonly<Record<string, string>>

const NONE: readonly string[] = []
const GZIPPED = ['content-encoding', 'gzip', 'vary', 'Accept-Encoding']

/** A finished answer. Bodies that many ask for are bytes rendered once. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string | Buffer
  /** Instead of a body that is too large to be rendered at once. */
  readonly stream?: Readable
  readonly headers?: Headers
  /** The body compressed, for those who keep it. */
  readonly compressed?: () => Promise<Buffer>
}

/** Success without a payload. */
export const EMPTY: Answer = { status: 200, type: TEXT_TYPE, body: '' }

export const json = (value: unknown, headers?: Headers): Answer => ({
  status: 200,
  type: JSON_TYPE,
  body: JSON.stringify(value),
  ...(headers === undefined ? {} : { headers }),
})

export const plain = (status: number, body: string, headers?: Headers): Answer => ({
  status,
  type: TEXT_TYPE,
  body,
  ...(headers === undefined ? {} : { headers }),
})

/**
 * Sends an answer with the headers that all answers carry. `common`: Server and, for browsers, CORS, as Node takes a flat
 * list. Written to the response itself: what Fastify does for a reply costs more than many of our answers.
 */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  common: readonly string[],
): void {
  const { body } = answer
  if (answer.status === 304) {
    response.writeHead(304, headOf(answer, common)).end()
  } else if (answer.stream === undefined && (body.length < GZIP_BYTES_MIN || !wantsGzip(request))) {
    write(response, answer, headOf(answer, common), body)
  } else if (answer.stream === undefined) {
    const compressed = answer.compressed?.() ?? gzip(body)
    compressed.then(
      bytes => write(response, answer, headOf(answer, common, GZIPPED), bytes),
      error => response.destroy(error),
    )
  } else {
    sendStream(response, answer, answer.stream, common, wantsGzip(request))
  }
}

/** A list, because Node takes one without looking at each header twice. */
function headOf({ headers }: Answer, common: readonly string[], more: readonly string[] = NONE): string[] {
  const head = common.slice()
  for (const item of more) head.push(item)
  for (const name in headers) head.push(name, headers[name] as string)
  return head
}

/** A text goes out in one piece with its head, which is cheaper than two as long as it is short. */
function write(response: ServerResponse, { status, type }: Answer, head: string[], body: string | Buffer): void {
  const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  head.push('content-type', type, 'content-length', String(bytes))
  response.writeHead(status, head).end(body)
}

function sendStream(
  response: ServerResponse,
  answer: Answer,
  stream: Readable,
  common: readonly string[],
  packed: boolean,
): void {
  const head = packed ? headOf(answer, common, GZIPPED) : headOf(answer, common)
  head.push('content-type', answer.type)
  response.writeHead(answer.status, head)
  // An error ends the response early: the receiver sees a broken body.
  pipeline(packed ? gzipStream(stream) : stream, response, () => undefined)
}

const wantsGzip = ({ headers }: IncomingMessage): boolean => acceptsGzip(headers['accept-encoding'])
