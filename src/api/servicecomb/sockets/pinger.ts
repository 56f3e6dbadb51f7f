import type { WebSocket } from 'ws'
import type { Clock } from '../../../center/ports.ts'

export interface PingOptions {
  readonly intervalMs: number
  /** Without a ping, pong or message for so long a socket is taken for dead. */
  readonly silenceMs: number
}

interface Tracked {
  readonly options: PingOptions
  /** Undefined once the client pings by itself. */
  nextPingMs: number | undefined
  heardMs: number
  /** Before each ping; false: the socket was closed instead. */
  readonly check: () => boolean
}

/** How finely pings are timed. One timer for all sockets: ten thousand of their own would wake the process all the time. */
const TICK_MS = 500

/** Keeps sockets alive, and drops those that are not. */
export class Pinger {
  readonly #clock: Clock
  readonly #sockets = new Map<WebSocket, Tracked>()
  #cancel: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#sockets.size
  }

  add(socket: WebSocket, options: PingOptions, check: () => boolean): void {
    const now = this.#clock.monotonicMs()
    const tracked: Tracked = { options, nextPingMs: now + options.intervalMs, heardMs: now, check }
    const heard = () => {
      tracked.heardMs = this.#clock.monotonicMs()
    }
    socket.on('pong', heard)
    socket.on('message', heard)
    socket.on('ping', () => {
      heard()
      tracked.nextPingMs = undefined
    })
    socket.once('close', () => this.#sockets.delete(socket))
    this.#sockets.set(socket, tracked)
    this.#cancel ??= this.#clock.after(TICK_MS, () => this.#tick())
  }

  #tick(): void {
    const now = this.#clock.monotonicMs()
    for (const [socket, tracked] of this.#sockets) {
      const { options, heardMs, nextPingMs } = tracked
      if (now - heardMs > options.silenceMs) {
        socket.terminate()
      } else if (nextPingMs !== undefined && now >= nextPingMs && socket.readyState === socket.OPEN) {
        tracked.nextPingMs = now + options.intervalMs
        if (tracked.check()) socket.ping()
      }
    }
    this.#cancel = this.#sockets.size > 0 ? this.#clock.after(TICK_MS, () => this.#tick()) : undefined
  }

  /** Ends all sockets with a code. */
  close(code: number): void {
    this.#cancel?.()
    this.#cancel = undefined
    for (const socket of this.#sockets.keys()) socket.close(code)
  }
}
