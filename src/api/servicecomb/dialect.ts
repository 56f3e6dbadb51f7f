import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CatalogError } from '../../core/errors.ts'
import { operatorRoutes } from '../admin/routes.ts'
import { policyRoutes } from '../gov/routes.ts'
import type { Answer } from '../http/answer.ts'
import { followed } from '../http/followed.ts'
import type { LabelledKey } from '../rbac/access.ts'
import { audit } from '../rbac/audit.ts'
import { rbacRoutes } from '../rbac/routes.ts'
import { adminRoutes } from './admin.ts'
import { batchFindRoutes } from './batch-find.ts'
import { Call, type PathVersion } from './call.ts'
import { centerRoutes } from './center.ts'
import { dependencyRoutes } from './dependencies.ts'
import { refusal } from './errors.ts'
import { existenceRoutes } from './existence.ts'
import { findRoutes } from './find.ts'
import type { Gate } from './gate.ts'
import { governRoutes } from './govern.ts'
import { heartbeatRoutes } from './heartbeats.ts'
import { instanceRoutes } from './instances.ts'
import type { Context, Route } from './route.ts'
import { schemaRoutes } from './schemas.ts'
import { serviceRoutes } from './services.ts'
import { socketRoutes } from './sockets/routes.ts'
import { tagRoutes } from './tags.ts'

/** Sends an answer and counts it; `startedMs` is when its handling began. */
export type Send = (request: FastifyRequest, reply: FastifyReply, answer: Answer, startedMs?: number) => void

/** Every route of the ServiceComb dialect. */
export const servicecombRoutes = (context: Context): readonly Route[] => [
  ...serviceRoutes(context),
  ...tagRoutes(context),
  ...schemaRoutes(context),
  ...existenceRoutes(context),
  ...findRoutes(context),
  ...batchFindRoutes(context),
  ...instanceRoutes(context),
  ...heartbeatRoutes(context),
  ...dependencyRoutes(context),
  ...governRoutes(context),
  ...adminRoutes(context),
  ...operatorRoutes(context),
  ...centerRoutes(context),
  ...socketRoutes(),
  ...policyRoutes(context),
  ...(context.rbac === undefined ? [] : rbacRoutes(context, context.rbac)),
]

export function register(
  app: FastifyInstance,
  context: Context,
  routes: readonly Route[],
  gate: Gate,
  send: Send,
): void {
  for (const route of routes) {
    add(app, context, route, route.path, 'v4', gate, send)
    if (route.v3 !== undefined) add(app, context, route, route.v3, 'v3', gate, send)
  }
}

function add(
  app: FastifyInstance,
  context: Context,
  route: Route,
  url: string,
  version: PathVersion,
  gate: Gate,
  send: Send,
): void {
  const { clock } = context.deps
  app.route({
    method: route.method,
    url,
    bodyLimit: route.bodyBytesMax ?? context.options.limits.bodyBytesMax,
    exposeHeadRoute: false,
    handler: (request, reply) => {
      const startedMs = clock.monotonicMs()
      const follow = followed(context.deps, request, url)
      const call = new Call(request, version, follow?.requestId)
      const finish = (answer: Answer) => {
        audit(context, route, call, answer.status)
        follow?.end(reply, answer.status, clock.monotonicMs() - startedMs)
        send(request, reply, answer, startedMs)
      }
      const fail = (error: unknown) => finish(failure(context, request, error, follow?.requestId))
      const handle = () => {
        try {
          const visitor = { address: request.ip, authorization: request.headers.authorization ?? '' }
          call.access = gate(visitor, route, () => targetsOf(context, route, call))
          const answer = route.handle(call)
          if (!(answer instanceof Promise)) return finish(answer)
          answer.then(finish, fail)
        } catch (error) {
          fail(error)
        }
      }
      if (follow === undefined) handle()
      else follow.run(handle)
    },
  })
}

/** The services that a request is about. Those that nobody knows are left out: the handler says so. */
function targetsOf({ catalog }: Context, route: Route, call: Call): readonly LabelledKey[] {
  return catalog.read(view => {
    if (route.targets !== undefined) return route.targets(call, view)
    const service = view.service(call.scope, call.param('serviceId'))
    return service === undefined ? [] : [service.key]
  })
}

/** What a handler threw, as an answer. Anything but a refusal is a fault of ours. */
export function failure({ deps }: Context, request: FastifyRequest, error: unknown, requestId?: string): Answer {
  if (error instanceof CatalogError) return refusal(error.code, error.message)
  deps.log.error({ requestId, err: error, method: request.method, url: request.raw.url }, 'request failed')
  return refusal('INTERNAL', '')
}
