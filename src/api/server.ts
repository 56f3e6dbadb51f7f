import type { IncomingMessage } from 'node:http'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { CatalogPort } from '../center/ports.ts'
import { CENTER_NAME } from '../core/queries/access.ts'
import type { ReadOptions } from '../core/view.ts'
import { serveDashboard } from './dashboard.ts'
import type { ApiDeps } from './deps.ts'
import { CatalogPolicies } from './gov/catalog-policies.ts'
import { KiePolicies } from './gov/kie-policies.ts'
import type { PolicyStore } from './gov/policy.ts'
import { Paths } from './http/allow.ts'
import { type Answer, plain, send as sendAnswer } from './http/answer.ts'
import { createCors } from './http/cors.ts'
import { createQueryParser, type Query } from './http/query.ts'
import { Shortcut } from './http/shortcut.ts'
import { SlowClients } from './http/slow-clients.ts'
import { INVALID_TARGET, location, MOVED, PREFLIGHT, routable } from './http/target.ts'
import { nodeRoutes } from './identity.ts'
import { openApiRoutes } from './openapi/routes.ts'
import type { ApiOptions } from './options.ts'
import { Authenticator } from './rbac/authenticator.ts'
import { behind, type Say, sayer } from './routed.ts'
import { endpointsOf, failure, type Send, servicecombRoutes } from './servicecomb/dialect.ts'
import { refusal } from './servicecomb/errors.ts'
import { createGate } from './servicecomb/gate.ts'
import { RenderCache } from './servicecomb/render-cache.ts'
import type { BodyLimit, Context } from './servicecomb/route.ts'
import { Sockets } from './servicecomb/sockets/upgrade.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'] as const
/** How late a header or request timeout may strike: Node looks at all connections this often. */
const TIMEOUT_CHECK_MS = 1_000
const GO_TEXT = 'text/plain; charset=utf-8'

/** The HTTP API of a node. It listens where its caller says, and is closed like any Fastify server. */
export function createApi(deps: ApiDeps, options: ApiOptions): FastifyInstance {
  const context = contextOf(deps, options)
  const gate = createGate(context)
  const sockets = new Sockets(context, gate, serverName(options))
  const parseQuery = createQueryParser()
  const slow = new SlowClients(options.limits, limit => deps.metrics.refused(limit))
  const app = createServer(deps, options, slow, parseQuery, request => sockets.wants(request))
  const { targetBytesMax } = options.limits
  const shortcut = new Shortcut({ targetBytesMax, parseQuery, reading: request => slow.reading(request) })
  shortcut.install(app.server)
  app.server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head))
  app.addHook('preClose', done => {
    shortcut.close()
    sockets.close()
    done()
  })
  const send = sender(options)
  const say = sayer(deps, send)
  const paths = new Paths()
  app.addHook('onRoute', ({ method, url }) => {
    if (!url.startsWith('/ ')) for (const one of [method].flat()) paths.add(one, url)
  })
  const routes = [...servicecombRoutes(context), ...nodeRoutes(context)]
  for (const route of [...routes, ...openApiRoutes(routes, options.rbac.enabled)]) {
    for (const { method, url, bodyLimit, handle } of endpointsOf(context, route, gate, send)) {
      const bodyBytesMax = options.limits[bodyLimit]
      shortcut.add(method, url, bodyBytesMax, handle)
      app.route({
        ...{ method, url, exposeHeadRoute: false, handler: behind(handle) },
        bodyLimit: bodyBytesMax,
        config: { bodyLimit },
      })
    }
  }
  if (deps.dashboard !== undefined) serveDashboard(app, deps.dashboard, say)
  oddities(app, context, paths, say)
  return app
}

/** What the reference calls itself in answers. */
const serverName = ({ version }: ApiOptions): string => `${CENTER_NAME}/${version}`

function contextOf(deps: ApiDeps, options: ApiOptions): Context {
  const shared = { names: new Set([CENTER_NAME, ...options.globalVisible]), environment: options.environment }
  return {
    deps,
    rbac: options.rbac.enabled ? authenticatorOf(deps, options) : undefined,
    policies: policiesOf(deps.catalog, options),
    catalog: deps.catalog,
    options,
    rules: { quotas: options.quotas, instances: options.instances, shared },
    cache: new RenderCache(options.limits.renderCacheBytesMax, () => deps.metrics.rendered('find')),
  }
}

/** Whose accounts, roles, keys and rules count. */
const trusted = ({ federated }: ApiOptions): ReadOptions => (federated ? {} : { local: true })

const policiesOf = (catalog: CatalogPort, options: ApiOptions): PolicyStore =>
  options.gov.kieEndpoint === ''
    ? new CatalogPolicies(catalog, trusted(options))
    : new KiePolicies(options.gov.kieEndpoint)

function authenticatorOf(deps: ApiDeps, options: ApiOptions): Authenticator {
  if (deps.signingKey === undefined) throw new Error('RBAC needs a private key to sign tokens with')
  const authenticator = new Authenticator(deps, options.rbac, trusted(options), deps.signingKey)
  authenticator.publishKey().catch(error => deps.log.warn({ err: error }, 'the public key is not told to others yet'))
  return authenticator
}

function createServer(
  { tls }: ApiDeps,
  { limits }: ApiOptions,
  slow: SlowClients,
  querystringParser: (search: string) => Query,
  wantsUpgrade: (request: IncomingMessage) => boolean,
): FastifyInstance {
  const connection = {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    shouldUpgradeCallback: wantsUpgrade,
  }
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytesMax,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionTimeout: limits.idleTimeoutMs,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    rewriteUrl: request => {
      slow.reading(request as IncomingMessage)
      // Every body is read as JSON, and one of a malformed type would be refused.
      delete request.headers['content-type']
      return routable(request as IncomingMessage, limits.targetBytesMax)
    },
    routerOptions: { maxParamLength: limits.targetBytesMax, querystringParser },
    ...(tls === undefined
      ? { http: connection }
      : { https: { ...tls, ...connection, handshakeTimeout: limits.headersTimeoutMs } }),
    frameworkErrors: (_error, _request, reply: FastifyReply) => {
      reply.code(400).type(GO_TEXT).send('400 Bad Request')
    },
  })
  slow.watch(app.server)
  if (limits.connectionsMax > 0) app.server.maxConnections = limits.connectionsMax
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  return app
}

/** Sends answers with the headers that all have. */
function sender(options: ApiOptions): Send {
  const server = ['server', serverName(options)]
  const cors = createCors(options.corsOrigins)
  return (request, response, answer) => {
    // A preflight's answer says for itself what is allowed.
    const origin = request.method === 'OPTIONS' ? undefined : request.headers.origin
    const common = origin === undefined ? server : [...server, ...Object.entries(cors.headers(origin)).flat()]
    sendAnswer(request, response, answer, common)
  }
}

/** What the reference answers where it has no route. */
function oddities(app: FastifyInstance, context: Context, paths: Paths, say: Say): void {
  const { options, deps } = context
  const cors = createCors(options.corsOrigins)
  const always = (url: string, answer: (request: FastifyRequest) => Answer) =>
    app.route({
      method: [...METHODS],
      url,
      handler: (request, reply) => say(request, reply, () => answer(request)),
    })
  always(PREFLIGHT, ({ headers }) => ({ status: 200, type: GO_TEXT, body: '', headers: cors.preflight(headers) }))
  always(INVALID_TARGET, ({ originalUrl }) => {
    if (originalUrl.length >= options.limits.targetBytesMax) deps.metrics.refused('targetBytesMax')
    return plain(400, `Invalid Request URI ${originalUrl}`)
  })
  always(MOVED, ({ originalUrl }) => moved(location(originalUrl)))
  app.setNotFoundHandler((request, reply) => say(request, reply, () => missing(paths, request)))
  app.setErrorHandler((error, request, reply) => say(request, reply, () => bodyError(context, error, request)))
}

function moved(to: string): Answer {
  const link = to.replaceAll('&', '&amp;').replaceAll('"', '&#34;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const body = `<a href="${link}">Moved Permanently</a>.\n\n`
  return { status: 301, type: 'text/html; charset=utf-8', body, headers: { location: to } }
}

function missing(paths: Paths, request: FastifyRequest): Answer {
  const [path = ''] = (request.raw.url ?? '').split('?')
  const methods = paths.methods(path)
  if (methods.length === 0) return { status: 404, type: GO_TEXT, body: '404 page not found\n' }
  return { status: 405, type: GO_TEXT, body: 'Method Not Allowed\n', headers: { allow: methods.join(', ') } }
}

/** What Fastify complains of before a handler runs is a body that is too large, or cut off. */
function bodyError(context: Context, error: unknown, request: FastifyRequest): Answer {
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const { bodyLimit = 'bodyBytesMax' } = request.routeOptions.config as { readonly bodyLimit?: BodyLimit }
    context.deps.metrics.refused(bodyLimit)
    return refusal('INVALID_PARAMS', 'http: request body too large')
  }
  if (statusCode !== undefined && statusCode < 500) return refusal('INVALID_PARAMS', message ?? '')
  return failure(context, request.raw, error)
}
