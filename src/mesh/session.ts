/**
 * What this node and one peer have together from the peer's first connection to the last: two lanes out, two lanes in.
 * It ends as a whole: when one of its streams or the connection under them ends, all of the peer's connections do, and
 * the dialling begins anew. So there is no half-broken state to repair.
 */
import type { Connection, Stream } from '@libp2p/interface'
import type { Lane } from '../center/ports.ts'
import type { NodeId } from '../core/model.ts'
import { encodeFrame, FrameError, FrameReader } from './frames.ts'
import { LANE_QUEUE_BYTES_MAX, SETUP_TIMEOUT_MS } from './limits.ts'

export const LANE_PROTOCOL = { peer: '/grapevine/peer/1', repair: '/grapevine/repair/1' } as const satisfies Record<
  Lane,
  string
>
export const LANES = ['peer', 'repair'] as const satisfies readonly Lane[]

/** Why a session ended: bounded, for counting. */
export type EndReason =
  | 'asked' // by the center: no beat
  | 'buffer' // too much waits for it
  | 'stalled' // it takes nothing
  | 'gossip' // its gossip stream is missing
  | 'rejects' // it forwarded too much that was refused
  | 'frame' // it broke the framing
  | 'setup' // its lanes did not open
  | 'restarted' // it opened its lanes anew on another connection
  | 'closed' // it, or the network, closed
  | 'stopped' // this node stops

export interface SessionHooks {
  readonly received: (session: Session, lane: Lane, kind: number, payload: Uint8Array) => void
  /** The session cannot go on. */
  readonly failed: (session: Session, reason: EndReason, detail: string) => void
}

type Phase = 'opening' | 'up' | 'ended'

export class Session {
  readonly node: NodeId
  /** The connection that carries this node's lanes. The peer's lanes may come over another. */
  readonly connection: Connection
  readonly #hooks: SessionHooks
  readonly #ended = new AbortController()
  readonly #out = new Map<Lane, Stream>()
  readonly #in = new Map<Lane, Stream>()
  #phase: Phase = 'opening'
  /** Monotonic; undefined until it is up. */
  upSinceMs: number | undefined

  constructor(node: NodeId, connection: Connection, hooks: SessionHooks) {
    this.node = node
    this.connection = connection
    this.#hooks = hooks
  }

  get phase(): Phase {
    return this.#phase
  }

  /** Aborted when it ends. */
  get signal(): AbortSignal {
    return this.#ended.signal
  }

  /** This node's lanes, for whoever watches their buffers. */
  get outbound(): IterableIterator<Stream> {
    return this.#out.values()
  }

  /** Opens both lanes. The peer has accepted this node when it resolves. Rejects when they do not open in time. */
  async open(): Promise<void> {
    const signal = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(SETUP_TIMEOUT_MS)])
    await Promise.all(
      LANES.map(async lane => {
        const stream = await this.connection.newStream(LANE_PROTOCOL[lane], { signal })
        this.#out.set(lane, stream)
        this.#watch(stream, lane)
      }),
    )
  }

  /** Frames can be sent from now on; what the peer sent waits for deliver(). */
  rise(nowMs: number): void {
    this.#phase = 'up'
    this.upSinceMs = nowMs
  }

  /** Frames that waited are received from now on, in order. */
  deliver(): void {
    for (const [lane, stream] of this.#in) this.#read(lane, stream)
  }

  /** A lane that the peer opened. False when it had one already: it has begun anew and this session is over. */
  accept(lane: Lane, stream: Stream): boolean {
    if (this.#in.has(lane)) return false
    this.#in.set(lane, stream)
    this.#watch(stream, lane)
    // Unread, its window closes after a quarter of a megabyte, so nothing piles up before the session is up.
    if (this.#phase === 'opening') stream.pause()
    else this.#read(lane, stream)
    return true
  }

  /** False when it cannot be queued: then nothing was. */
  send(lane: Lane, kind: number, payload: Uint8Array): boolean {
    const stream = this.#out.get(lane)
    if (this.#phase === 'ended' || stream === undefined || stream.status !== 'open') return false
    if (stream.writeBufferLength + payload.length > LANE_QUEUE_BYTES_MAX) return false
    try {
      stream.send(encodeFrame(kind, payload))
      return true
    } catch {
      // It closed this moment; its close event ends the session.
      return false
    }
  }

  /** Waits until what was sent has left, or the signal aborts. */
  async flush(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#out.values()].map(stream => stream.close({ signal }).catch(() => {})))
  }

  end(): void {
    this.#phase = 'ended'
    this.#ended.abort(new Error('session ended'))
  }

  #watch(stream: Stream, lane: Lane): void {
    const closed = (): void => {
      if (this.#phase !== 'ended') this.#hooks.failed(this, 'closed', `lane ${lane} closed`)
    }
    stream.addEventListener('close', closed)
    stream.addEventListener('remoteCloseWrite', closed)
  }

  #read(lane: Lane, stream: Stream): void {
    const reader = new FrameReader((kind, payload) => {
      if (this.#phase !== 'ended') this.#hooks.received(this, lane, kind, payload)
    })
    stream.addEventListener('message', ({ data }) => {
      try {
        if (data instanceof Uint8Array) reader.push(data)
        else for (const part of data) reader.push(part)
      } catch (error) {
        if (!(error instanceof FrameError)) throw error
        this.#hooks.failed(this, 'frame', error.message)
      }
    })
    // What waited may end the session at once, and with it the connection under the other lane: resuming that one throws.
    try {
      stream.resume()
    } catch (error) {
      if (this.#phase !== 'ended') this.#hooks.failed(this, 'closed', (error as Error).message)
    }
  }
}
