import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { CatalogError } from '../../../core/errors.ts'
import { serviceOf } from '../../../core/queries/existence.ts'
import { addressOf } from '../../http/address.ts'
import type { LabelledKey } from '../../rbac/access.ts'
import { refusal } from '../errors.ts'
import type { Gate, Guarded } from '../gate.ts'
import type { Context } from '../route.ts'
import { closeGone, hearPongs } from './heartbeat-socket.ts'
import { Pinger } from './pinger.ts'
import { BAD_REQUEST, reject } from './reject.ts'
import { type SocketTarget, socketTarget } from './target.ts'
import { CLOSE, WatchHub } from './watch-hub.ts'

/** Frames that clients may send: they have nothing to say. */
const CLIENT_FRAME_BYTES_MAX = 64
const WATCH_PING_MS = 30_000
const SILENCE_MS = 120_000

const GUARD: Guarded = { method: 'GET', guard: 'service' }

type Handshake = [request: IncomingMessage, socket: Duplex, head: Buffer]

/** The websockets of the API, on the HTTP server's own port. */
export class Sockets {
  readonly #context: Context
  readonly #gate: Gate
  readonly #hub: WatchHub
  readonly #pinger: Pinger
  readonly #server: string
  readonly #websockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: CLIENT_FRAME_BYTES_MAX,
  })

  constructor(context: Context, gate: Gate, server: string) {
    this.#context = context
    this.#gate = gate
    this.#server = server
    this.#hub = new WatchHub(context)
    this.#pinger = new Pinger(context.deps.clock)
    this.#websockets.on('wsClientError', (_error, socket) => reject(socket, BAD_REQUEST, server))
  }

  /** Whether a request asks for a websocket where there is one. Everything else is an ordinary request. */
  wants(request: IncomingMessage): boolean {
    return socketTarget(request, this.#context.options.limits.targetBytesMax) !== undefined
  }

  upgrade(...handshake: Handshake): void {
    const [request, socket] = handshake
    // The peer may go while the handshake is being decided.
    socket.on('error', () => socket.destroy())
    this.#open(handshake).catch(error => {
      const refused = error instanceof CatalogError
      if (!refused) this.#context.deps.log.error({ err: error, url: request.url }, 'handshake failed')
      reject(socket, refused ? refusal(error.code, error.message) : refusal('INTERNAL', ''), this.#server)
    })
  }

  close(): void {
    this.#hub.close()
    this.#pinger.close(CLOSE.leaving)
    this.#websockets.close()
  }

  async #open(handshake: Handshake): Promise<void> {
    const [request] = handshake
    const { limits } = this.#context.options
    const target = socketTarget(request, limits.targetBytesMax)
    // Node was told to upgrade only what has a target.
    if (target === undefined) throw new CatalogError('INVALID_PARAMS', 'not the path of a websocket')
    const visitor = {
      address: addressOf(request),
      authorization: request.headers.authorization ?? '',
    }
    await this.#context.catalog.lookup(() => this.#gate(visitor, GUARD, () => this.#keysOf(target)))
    if (this.#pinger.size >= limits.socketsMax) {
      throw this.#tooMany('socketsMax', `this node serves ${limits.socketsMax} sockets`)
    }
    const { instanceId } = target
    await (instanceId === undefined ? this.#watch(target, handshake) : this.#beat(target, instanceId, handshake))
  }

  #keysOf({ scope, serviceId }: SocketTarget): readonly LabelledKey[] {
    const service = this.#context.catalog.read(view => view.service(scope, serviceId))
    return service === undefined ? [] : [service.key]
  }

  async #watch({ scope, serviceId, revisions }: SocketTarget, handshake: Handshake): Promise<void> {
    const { catalog, options } = this.#context
    const { watchersPerConsumerMax } = options.limits
    const consumer = await catalog.lookup(view => serviceOf(view, scope, serviceId))
    if (this.#hub.watchersOf(consumer.sid) >= watchersPerConsumerMax) {
      throw this.#tooMany('watchersPerConsumerMax', `a consumer may have ${watchersPerConsumerMax} watchers`)
    }
    this.#accept(handshake, 'watcher', socket => {
      this.#hub.add(consumer, { socket, connection: handshake[1] }, revisions)
      this.#pinger.add(socket, { intervalMs: WATCH_PING_MS, silenceMs: SILENCE_MS }, () => {
        if (catalog.read(view => view.byKey(consumer.key)) !== undefined) return true
        socket.close(CLOSE.serviceGone, 'service does not exist')
        return false
      })
    })
  }

  async #beat({ scope, serviceId }: SocketTarget, instanceId: string, handshake: Handshake): Promise<void> {
    const { catalog, options } = this.#context
    const look = async (): Promise<boolean> =>
      catalog.lookup(view => {
        if (view.service(scope, serviceId)?.instance(instanceId) !== undefined) return true
        throw new CatalogError('INSTANCE_NOT_FOUND', '', [
          { kind: 'service', id: serviceId },
          { kind: 'instance', id: instanceId },
        ])
      })
    const known = await look().catch(error => {
      if (error instanceof CatalogError) return false
      throw error
    })
    this.#accept(handshake, 'heartbeat', socket => {
      if (!known) return closeGone(socket)
      hearPongs(this.#context, scope, { serviceId, instanceId }, socket)
      const ping = { intervalMs: options.heartbeatPingIntervalMs, silenceMs: SILENCE_MS }
      this.#pinger.add(socket, ping, () => true)
    })
  }

  #accept(handshake: Handshake, kind: 'watcher' | 'heartbeat', use: (socket: WebSocket) => void): void {
    const { metrics } = this.#context.deps
    this.#websockets.handleUpgrade(...handshake, socket => {
      // What goes wrong on a socket ends it, and its end is all that matters.
      socket.on('error', () => undefined)
      metrics.sockets(kind, 1)
      socket.once('close', () => metrics.sockets(kind, -1))
      use(socket)
    })
  }

  #tooMany(limit: string, detail: string): CatalogError {
    this.#context.deps.metrics.refused(limit)
    return new CatalogError('QUOTA_EXCEEDED', detail)
  }
}
