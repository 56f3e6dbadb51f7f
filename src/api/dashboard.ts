import type { FastifyInstance } from 'fastify'
import type { ApiDeps, StaticFile } from './deps.ts'
import type { Answer } from './http/answer.ts'
import { gzip } from './http/gzip.ts'
import type { Say } from './routed.ts'

const NOT_FOUND: Answer = { status: 404, type: 'text/plain; charset=utf-8', body: '404 page not found\n' }

/**
 * Files, free of tokens and of the limit on requests a second: a browser asks for all of them at once, they are in memory,
 * and what they show is guarded where it comes from.
 */
export function serveDashboard(app: FastifyInstance, fileAt: NonNullable<ApiDeps['dashboard']>, say: Say): void {
  const compressed = new Map<StaticFile, Promise<Buffer>>()
  const answerTo = (path: string): Answer => {
    const file = fileAt(path)
    if (file === undefined) return NOT_FOUND
    return {
      status: 200,
      ...file,
      compressed: () => {
        const known = compressed.get(file) ?? gzip(file.body)
        compressed.set(file, known)
        return known
      },
    }
  }
  for (const url of ['/ui', '/ui/*']) {
    app.route({
      method: 'GET',
      url,
      exposeHeadRoute: false,
      handler: (request, reply) => say(request, reply, () => answerTo(pathOf(request.raw.url ?? ''))),
    })
  }
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? ''
