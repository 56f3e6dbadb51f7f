import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { CatalogPort, InstanceEvent } from '../../../center/ports.ts'
import type { ServiceKey, Sid } from '../../../core/model.ts'
import type { ServiceView } from '../../../core/view.ts'
import type { Context } from '../route.ts'
import { createFrames, snapshotFrame } from './event-frame.ts'
import { FanOut } from './fan-out.ts'
import { revisionOf, WatchHistory } from './watch-history.ts'

/** Close codes of watchers, beside those of the protocol. */
export const CLOSE = { slow: 4002, serviceGone: 4003, leaving: 1001 } as const

/** A websocket and the connection it speaks on. */
export interface Watcher {
  readonly socket: WebSocket
  readonly connection: Duplex
}

interface Group {
  readonly watchers: Set<Watcher>
  readonly stop: () => void
}

/** Sends what happens to a consumer's providers to all its watchers: one subscription a consumer, one rendering an event. */
export class WatchHub {
  readonly #context: Context
  readonly #catalog: CatalogPort
  readonly #history: WatchHistory
  readonly #groups = new Map<Sid, Group>()
  readonly #fanOut = new FanOut<Watcher>((watcher, frame) => this.#send(watcher, frame))
  readonly #frame: (event: InstanceEvent) => Buffer

  constructor(context: Context) {
    this.#context = context
    this.#catalog = context.catalog
    this.#frame = createFrames(() => context.deps.metrics.rendered('event'))
    this.#history = new WatchHistory(context.catalog, context.options.limits.watchHistoryMax)
  }

  watchersOf(consumer: Sid): number {
    return this.#groups.get(consumer)?.watchers.size ?? 0
  }

  /** `revisions`: what the client holds of its providers. What has changed since comes first; nothing when it names none. */
  add(consumer: ServiceView, watcher: Watcher, revisions: ReadonlySet<string>): void {
    const { sid } = consumer
    const group = this.#groups.get(sid) ?? this.#open(sid)
    group.watchers.add(watcher)
    watcher.socket.once('close', () => {
      group.watchers.delete(watcher)
      if (group.watchers.size > 0) return
      group.stop()
      if (this.#groups.get(sid) === group) this.#groups.delete(sid)
    })
    if (revisions.size > 0) this.#catchUp(consumer.key, watcher, revisions)
  }

  #open(sid: Sid): Group {
    const watchers = new Set<Watcher>()
    const stop = this.#catalog.watch(sid, event => {
      // As of now: whoever joins later knows what came of the event.
      this.#fanOut.add(this.#frame(event), [...watchers])
    })
    const group = { watchers, stop }
    this.#groups.set(sid, group)
    return group
  }

  #catchUp(consumer: ServiceKey, watcher: Watcher, revisions: ReadonlySet<string>): void {
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
        for (const frame of frames) this.#send(watcher, frame)
      }
    })
  }

  /** A watcher that cannot keep up is closed, never silently robbed: it comes back and catches up. */
  #send({ socket, connection }: Watcher, frame: Buffer): void {
    if (socket.readyState !== socket.OPEN) return
    if (connection.writableLength > this.#context.options.limits.watcherBufferBytesMax) {
      this.#context.deps.metrics.refused('watcherBufferBytesMax')
      socket.close(CLOSE.slow, 'the watcher does not keep up')
      return
    }
    connection.write(frame)
  }

  close(): void {
    this.#history.close()
    for (const { stop } of this.#groups.values()) stop()
    this.#groups.clear()
  }
}
