/**
 * The yardstick of the HTTP benchmark: a Fastify server whose routes answer prepared bytes and do nothing else.
 *
 *   node scripts/bench/bare.ts PORT FILE      FILE: JSON, a list of PreparedAnswer
 */
import { readFileSync } from 'node:fs'
import fastify from 'fastify'

export interface PreparedAnswer {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Of the route, as Fastify writes it. */
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const [port, file = ''] = process.argv.slice(2)
const app = fastify()
for (const { method, url, status, headers, body } of JSON.parse(readFileSync(file, 'utf8')) as PreparedAnswer[]) {
  const bytes = Buffer.from(body)
  app.route({ method, url, handler: (_request, reply) => reply.code(status).headers(headers).send(bytes) })
}
await app.listen({ host: '127.0.0.1', port: Number(port) })
console.log('listening')
