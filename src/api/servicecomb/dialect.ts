import type { IncomingMessage, ServerResponse } from 'node:http'
import { CatalogError } from '../../core/errors.ts'
import { operatorRoutes } from '../admin/routes.ts'
import { policyRoutes } from '../gov/routes.ts'
import type { Answer } from '../http/answer.ts'
import { followed } from '../http/followed.ts'
import type { Handler } from '../http/shortcut.ts'
import type { Access, LabelledKey } from '../rbac/access.ts'
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
import type { BodyLimit, Context, Method, Route } from './route.ts'
import { schemaRoutes } from './schemas.ts'
import { serviceRoutes } from './services.ts'
import { socketRoutes } from './sockets/routes.ts'
import { tagRoutes } from './tags.ts'

/** Sends an answer with the headers that all have. */
export type Send = (request: IncomingMessage, response: ServerResponse, answer: Answer) => void

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

/** A route under one of its paths. */
export interface Endpoint {
  readonly method: Method
  /** In Fastify's syntax. */
  readonly url: string
  readonly bodyLimit: BodyLimit
  readonly handle: Handler
}

export const endpointsOf = (context: Context, route: Route, gate: Gate, send: Send): readonly Endpoint[] => [
  endpoint(context, route, route.path, 'v4', gate, send),
  ...(route.v3 === undefined ? [] : [endpoint(context, route, route.v3, 'v3', gate, send)]),
]

function endpoint(context: Context, route: Route, url: string, version: PathVersion, gate: Gate, send: Send): Endpoint {
  const { clock, metrics } = context.deps
  const count = metrics.answers(route.method, url)
  const pass = (call: Call) => gate(call, route, () => targetsOf(context, route, call))
  // Siblings are asked for an account, role or key that is not known here yet.
  const admit = context.rbac === undefined ? pass : (call: Call) => context.catalog.lookup(() => pass(call))
  const handle: Handler = exchange => {
    const startedMs = clock.monotonicMs()
    const { request, response } = exchange
    const follow = followed(context.deps, request, url)
    const call = new Call(exchange, version, follow?.requestId)
    const finish = (answer: Answer) => {
      audit(context, route, call, answer.status)
      follow?.end(response, answer.status, clock.monotonicMs() - startedMs)
      send(request, response, answer)
      count(answer.status, (clock.monotonicMs() - startedMs) / 1000)
    }
    const fail = (error: unknown) => finish(failure(context, request, error, follow?.requestId))
    const answerTo = (access: Access | undefined) => {
      call.access = access
      return route.handle(call)
    }
    const run = () => {
      try {
        const admitted = admit(call)
        const answer = admitted instanceof Promise ? admitted.then(answerTo) : answerTo(admitted)
        if (!(answer instanceof Promise)) return finish(answer)
        answer.then(finish, fail)
      } catch (error) {
        fail(error)
      }
    }
    if (follow === undefined) run()
    else follow.run(run)
  }
  return { method: route.method, url, bodyLimit: route.bodyLimit ?? 'bodyBytesMax', handle }
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
export function failure({ deps }: Context, request: IncomingMessage, error: unknown, requestId?: string): Answer {
  if (error instanceof CatalogError) return refusal(error.code, error.message)
  const { method, url } = request
  deps.log.error({ requestId, err: error, method, url }, 'request failed')
  return refusal('INTERNAL', '')
}
