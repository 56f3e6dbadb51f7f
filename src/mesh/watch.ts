/**
 * Looks at what waits for each peer. A peer that has stopped (or a link that swallows) would otherwise grow this node's
 * memory for as long as others publish; dropped, it costs nothing, and repair brings it what it missed.
 */
import type { Stream } from '@libp2p/interface'
import type { Clock } from '../center/ports.ts'
import { GOSSIP_QUEUE_BYTES_MAX, STALLED_MS } from './limits.ts'
import type { EndReason, Session } from './session.ts'

export interface WatchDeps {
  readonly clock: Clock
  readonly gossipStreams: (session: Session) => readonly Stream[]
  readonly end: (session: Session, reason: EndReason, detail: string) => void
}

interface Progress {
  /** When bytes were first seen waiting, or last taken. */
  sinceMs: number
}

export class Watch {
  readonly #deps: WatchDeps
  readonly #progress = new WeakMap<Stream, Progress>()
  #gossip: readonly { readonly session: Session; readonly stream: Stream }[] = []

  constructor(deps: WatchDeps) {
    this.#deps = deps
  }

  /** To be called at intervals. */
  look(sessions: Iterable<Session>): void {
    const nowMs = this.#deps.clock.monotonicMs()
    const up = [...sessions]
    this.#gossip = up.flatMap(session => this.#deps.gossipStreams(session).map(stream => ({ session, stream })))
    for (const session of up) {
      const streams = [...session.outbound, ...this.#deps.gossipStreams(session)]
      if (streams.some(stream => this.#stalled(stream, nowMs))) {
        this.#deps.end(session, 'stalled', `took nothing for ${STALLED_MS} ms`)
      }
    }
    this.lookAtGossip()
  }

  /** To be called after publishing: nobody else bounds what gossipsub queues. */
  lookAtGossip(): void {
    for (const { session, stream } of this.#gossip) {
      if (stream.writeBufferLength > GOSSIP_QUEUE_BYTES_MAX) {
        this.#deps.end(session, 'buffer', `${stream.writeBufferLength} bytes of gossip wait for it`)
      }
    }
  }

  #stalled(stream: Stream, nowMs: number): boolean {
    const progress = this.#progress.get(stream)
    if (progress === undefined) {
      const fresh: Progress = { sinceMs: nowMs }
      this.#progress.set(stream, fresh)
      stream.addEventListener('drain', () => {
        fresh.sinceMs = this.#deps.clock.monotonicMs()
      })
      return false
    }
    if (stream.writeBufferLength === 0) progress.sinceMs = nowMs
    return nowMs - progress.sinceMs > STALLED_MS
  }
}
