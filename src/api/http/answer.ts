import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { acceptsGzip, GZIP_BYTES_MIN, gzip, gzipStream } from './gzip.ts'

export const JSON_TYPE = 'application/json; charset=UTF-8'
export const TEXT_TYPE = 'text/plain; charset=UTF-8'

const GZIPPED = { 'content-encoding': 'gzip', vary: 'Accept-Encoding' }

/** A finished answer. Bodies that many ask for are bytes rendered once. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string | Buffer
  /** Instead of a body that is too large to be rendered at once. */
  readonly stream?: Readable
  readonly headers?: Readonly<Record<string, string>>
  /** The body compressed, for those who keep it. */
  readonly compressed?: () => Promise<Buffer>
}

/** Success without a payload. */
export const EMPTY: Answer = { status: 200, type: TEXT_TYPE, body: '' }

export const json = (value: unknown, headers?: Readonly<Record<string, string>>): Answer => ({
  status: 200,
  type: JSON_TYPE,
  body: JSON.stringify(value),
  ...(headers === undefined ? {} : { headers }),
})

export const plain = (status: number, body: string, headers?: Readonly<Record<string, string>>): Answer => ({
  status,
  type: TEXT_TYPE,
  body,
  ...(headers === undefined ? {} : { headers }),
})

/** Sends an answer with the headers that all answers carry. `common`: Server and, for browsers, CORS. */
export function send(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answer,
  common: Readonly<Record<string, string>>,
): FastifyReply | Promise<FastifyReply> {
  reply.code(answer.status).headers(common)
  if (answer.headers !== undefined) reply.headers(answer.headers)
  if (answer.status === 304) return reply.send()
  reply.header('content-type', answer.type)
  if (answer.stream !== undefined) return sendStream(request, reply, answer.stream)
  if (answer.body.length < GZIP_BYTES_MIN || !acceptsGzip(request.headers['accept-encoding'])) {
    return reply.send(answer.body)
  }
  return sendCompressed(reply, answer)
}

function sendStream(request: FastifyRequest, reply: FastifyReply, stream: Readable): FastifyReply {
  if (!acceptsGzip(request.headers['accept-encoding'])) return reply.send(stream)
  return reply.headers(GZIPPED).send(gzipStream(stream))
}

async function sendCompressed(reply: FastifyReply, answer: Answer): Promise<FastifyReply> {
  const body = await (answer.compressed?.() ?? gzip(answer.body))
  return reply.headers(GZIPPED).send(body)
}
