import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { CatalogError } from '../../../core/errors.ts'
import type { Scope } from '../../../core/model.ts'
import { serviceOf } from '../../../core/queries/existence.ts'
import type { Answer } from '../../http/answer.ts'
import { valuesOf } from '../../http/query.ts'
import { routable } from '../../http/target.ts'
import { type PathVersion, scopeOf } from '../call.ts'
import { refusal } from '../errors.ts'
import type { Context } from '../route.ts'
import { closeGone, hearPongs } from './heartbeat-socket.ts'
import { Pinger } from './pinger.ts'
import { CLOSE, WatchHub } from './watch-hub.ts'

/** Frames that clients may send: they have nothing to say. */
const CLIENT_FRAME_BYTES_MAX = 64
const WATCH_PING_MS = 30_000
const SILENCE_MS = 120_000

const WATCHER = /^\/(?:v4\/([^/]+)\/registry|registry\/v3)\/microservices\/([^/]+)\/watcher$/
const HEARTBEAT = /^\/v4\/([^/]+)\/registry\/microservices\/([^/]+)\/instances\/([^/]+)\/heartbeat$/

export interface Sockets {
  /** Whether a request asks for a websocket where there is one. Everything else is an ordinary request. */
  wants(request: IncomingMessage): boolean
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): void
}

interface Target {
  readonly scope: Scope
  readonly serviceId: string
  /** Of a heartbeat socket; undefined: a watcher. */
  readonly instanceId: string | undefined
  readonly revisions: ReadonlySet<string>
}

/** `refuse`: why a request is not even looked at, by the same rules as ordinary requests. */
export function createSockets(context: Context, refuse: (request: IncomingMessage) => Answer | undefined): Sockets {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: CLIENT_FRAME_BYTES_MAX,
  })
  const { limits } = context.options
  const hub = new WatchHub(context)
  const pinger = new Pinger(context.deps.clock)
  server.on('wsClientError', (_error, socket) => reject(socket, badRequest(), context))

  const accept = (request: IncomingMessage, socket: Duplex, head: Buffer, use: (socket: WebSocket) => void): void =>
    server.handleUpgrade(request, socket, head, opened => {
      // What goes wrong on a socket ends it: its close says so.
      opened.on('error', () => undefined)
      use(opened)
    })

  const watch = async ({ scope, serviceId, revisions }: Target, ...handshake: Handshake): Promise<void> => {
    const consumer = await context.catalog.lookup(view => serviceOf(view, scope, serviceId))
    if (hub.watchersOf(consumer.sid) >= limits.watchersPerConsumerMax) {
      throw tooMany(context, 'watchersPerConsumerMax', `a consumer may have ${limits.watchersPerConsumerMax} watchers`)
    }
    accept(...handshake, socket => {
      count(context, 'watcher', socket)
      hub.add(consumer, socket, revisions)
      pinger.add(socket, { intervalMs: WATCH_PING_MS, silenceMs: SILENCE_MS }, () => {
        if (context.catalog.read(view => view.byKey(consumer.key)) !== undefined) return true
        socket.close(CLOSE.serviceGone, 'service does not exist')
        return false
      })
    })
  }

  const beat = async ({ scope, serviceId }: Target, instanceId: string, ...handshake: Handshake): Promise<void> => {
    const known = await exists(context, scope, serviceId, instanceId)
    accept(...handshake, socket => {
      if (!known) return closeGone(socket)
      count(context, 'heartbeat', socket)
      hearPongs(context, scope, { serviceId, instanceId }, socket)
      const ping = { intervalMs: context.options.heartbeatPingIntervalMs, silenceMs: SILENCE_MS }
      pinger.add(socket, ping, () => true)
    })
  }

  return {
    wants: request => isUpgrade(request.headers) && targetOf(request, limits.targetBytesMax) !== undefined,
    upgrade: (request, socket, head) => {
      const fail = (error: unknown) => {
        if (!(error instanceof CatalogError))
          context.deps.log.error({ err: error, url: request.url }, 'handshake failed')
        reject(
          socket,
          error instanceof CatalogError ? refusal(error.code, error.message) : refusal('INTERNAL', ''),
          context,
        )
      }
      socket.on('error', () => socket.destroy())
      const refused = refuse(request)
      if (refused !== undefined) return reject(socket, refused, context)
      const target = targetOf(request, limits.targetBytesMax)
      if (target === undefined) return reject(socket, badRequest(), context)
      if (pinger.size >= limits.socketsMax) {
        return fail(tooMany(context, 'socketsMax', `this node serves ${limits.socketsMax} sockets`))
      }
      const { instanceId } = target
      const done =
        instanceId === undefined
          ? watch(target, request, socket, head)
          : beat(target, instanceId, request, socket, head)
      done.catch(fail)
    },
    close: () => {
      hub.close()
      pinger.close(CLOSE.leaving)
      server.close()
    },
  }
}

type Handshake = [request: IncomingMessage, socket: Duplex, head: Buffer]

const isUpgrade = ({ upgrade }: IncomingHttpHeaders): boolean => upgrade?.toLowerCase() === 'websocket'

function targetOf(request: IncomingMessage, targetBytesMax: number): Target | undefined {
  if (request.method !== 'GET') return undefined
  const [path = '', search = ''] = routable(request, targetBytesMax).split('?')
  const watcher = WATCHER.exec(path)
  const [, project = '', serviceId = '', instanceId] = watcher ?? HEARTBEAT.exec(path) ?? []
  const version: PathVersion = path.startsWith('/v4/') ? 'v4' : 'v3'
  try {
    const scope = scopeOf(version, request.headers, decodeURIComponent(project))
    const named = { serviceId: decodeURIComponent(serviceId), instanceId: instanceId && decodeURIComponent(instanceId) }
    return serviceId === '' ? undefined : { scope, ...named, revisions: new Set(valuesOf(search, 'rev')) }
  } catch {
    return undefined
  }
}

async function exists({ catalog }: Context, scope: Scope, serviceId: string, instanceId: string): Promise<boolean> {
  try {
    return await catalog.lookup(view => {
      if (view.service(scope, serviceId)?.instance(instanceId) !== undefined) return true
      throw new CatalogError('INSTANCE_NOT_FOUND', '', [
        { kind: 'service', id: serviceId },
        { kind: 'instance', id: instanceId },
      ])
    })
  } catch (error) {
    if (error instanceof CatalogError) return false
    throw error
  }
}

function count({ deps }: Context, kind: 'watcher' | 'heartbeat', socket: WebSocket): void {
  deps.metrics.sockets(kind, 1)
  socket.once('close', () => deps.metrics.sockets(kind, -1))
}

function tooMany({ deps }: Context, limit: string, detail: string): CatalogError {
  deps.metrics.refused(limit)
  return new CatalogError('QUOTA_EXCEEDED', detail)
}

const badRequest = (): Answer => ({ status: 400, type: 'text/plain; charset=utf-8', body: 'Bad Request\n' })

/** Refuses a handshake with an ordinary answer, so that clients wait before they try again. */
function reject(socket: Duplex, { status, type, body }: Answer, { options }: Context): void {
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Error'}`,
    `Server: SERVICECENTER/${options.version}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  500: 'Internal Server Error',
}
