import type { WebSocket } from 'ws'
import type { CatalogPort } from '../../../center/ports.ts'
import type { ServiceKey, Sid } from '../../../core/model.ts'
import type { ServiceView } from '../../../core/view.ts'
import type { Context } from '../route.ts'
import { createFrames, snapshotFrame } from './event-frame.ts'
import { revisionOf, WatchHistory } from './watch-history.ts'

/** Close codes of watchers, beside those of the protocol. */
export const CLOSE = { slow: 4002, serviceGone: 4003, leaving: 1001 } as const

interface Group {
  readonly sockets: Set<WebSocket>
  readonly stop: () => void
}

/** Sends what happens to a consumer's providers to all its watchers: one subscription a consumer, one rendering an event. */
export class WatchHub {
  readonly #context: Context
  readonly #catalog: CatalogPort
  readonly #history: WatchHistory
  readonly #groups = new Map<Sid, Group>()
  readonly #frame = createFrames()

  constructor(context: Context) {
    this.#context = context
    this.#catalog = context.catalog
    this.#history = new WatchHistory(context.catalog, context.options.limits.watchHistoryMax)
  }

  watchersOf(consumer: Sid): number {
    return this.#groups.get(consumer)?.sockets.size ?? 0
  }

  /** `revisions`: what the client holds of its providers. What has changed since comes first; nothing when it names none. */
  add(consumer: ServiceView, socket: WebSocket, revisions: ReadonlySet<string>): void {
    const { sid } = consumer
    const group = this.#groups.get(sid) ?? this.#open(sid)
    group.sockets.add(socket)
    socket.once('close', () => {
      group.sockets.delete(socket)
      if (group.sockets.size > 0) return
      group.stop()
      if (this.#groups.get(sid) === group) this.#groups.delete(sid)
    })
    if (revisions.size > 0) this.#catchUp(consumer.key, socket, revisions)
  }

  #open(sid: Sid): Group {
    const sockets = new Set<WebSocket>()
    const stop = this.#catalog.watch(sid, event => {
      const frame = this.#frame(event)
      for (const socket of sockets) this.#send(socket, frame)
    })
    const group = { sockets, stop }
    this.#groups.set(sid, group)
    return group
  }

  #catchUp(consumer: ServiceKey, socket: WebSocket, revisions: ReadonlySet<string>): void {
    this.#catalog.read(view => {
      const living = view.byKey(consumer)
      if (living === undefined) return
      const versions = Map.groupBy(
        view.providers(living),
        ({ key }) => `${key.environment}/${key.appId}/${key.serviceName}`,
      )
      for (const services of versions.values()) {
        const [first] = services
        if (first === undefined || revisions.has(revisionOf(view, first.key))) continue
        const missed = this.#history.since(first.key, revisions)
        const frames =
          missed?.map(this.#frame) ??
          services.flatMap(service => service.instances().map(one => snapshotFrame('UPDATE', service, one)))
        for (const frame of frames) this.#send(socket, frame)
      }
    })
  }

  /** A watcher that cannot keep up is closed, never silently robbed: it comes back and catches up. */
  #send(socket: WebSocket, frame: Buffer): void {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > this.#context.options.limits.watcherBufferBytesMax) {
      this.#context.deps.metrics.refused('watcherBufferBytesMax')
      socket.close(CLOSE.slow, 'the watcher does not keep up')
      return
    }
    socket.send(frame, { binary: false })
  }

  close(): void {
    this.#history.close()
    for (const { stop } of this.#groups.values()) stop()
    this.#groups.clear()
  }
}
