import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ApiDeps } from './deps.ts'
import type { Answer } from './http/answer.ts'
import type { Query } from './http/query.ts'
import type { Handler } from './http/shortcut.ts'
import type { Send } from './servicecomb/dialect.ts'

type Routed = (request: FastifyRequest, reply: FastifyReply) => void

/** A handler behind Fastify, which has routed the request and read its body. */
export const behind =
  (handle: Handler): Routed =>
  (request, reply) => {
    reply.hijack()
    const { params, query, body } = request as {
      readonly params: Readonly<Record<string, string>>
      readonly query: Query
      readonly body: string | undefined
    }
    handle({ request: request.raw, response: reply.raw, params, query, body })
  }

/** Answers what is no route of the API, and counts it. */
export type Say = (request: FastifyRequest, reply: FastifyReply, answer: () => Answer) => void

export const sayer =
  ({ clock, metrics }: ApiDeps, send: Send): Say =>
  (request, reply, answer) => {
    const startedMs = clock.monotonicMs()
    reply.hijack()
    const said = answer()
    send(request.raw, reply.raw, said)
    const count = metrics.answers(request.method, request.routeOptions.url ?? '')
    count(said.status, (clock.monotonicMs() - startedMs) / 1000)
  }
