/** All peers: who is connected, exactly once told to the center, and what is sent to and received from whom. */
import type { Connection, PeerId, Stream } from '@libp2p/interface'
import type { Clock, Lane, MeshListener, MeshPeer } from '../center/ports.ts'
import type { NodeId } from '../core/model.ts'
import { LANE_FRAME_BYTES_MAX } from '../core/wire.ts'
import { FRAME_KIND } from './frames.ts'
import { CONNECTIONS_PER_PEER_MAX } from './limits.ts'
import type { MeshLog } from './log.ts'
import { nodeIdOfPeer } from './node-id.ts'
import type { Refusals } from './refusals.ts'
import { type EndReason, Session } from './session.ts'
import type { Traffic } from './traffic.ts'

export interface SessionsDeps {
  readonly clock: Clock
  readonly log: MeshLog
  readonly traffic: Traffic
  readonly refusals: Refusals
  readonly listener: MeshListener
  readonly connectionsOf: (peer: PeerId) => readonly Connection[]
  /** Everything besides the lanes that must be known or ready before the peer is reported. */
  readonly introduce: (session: Session) => Promise<MeshPeer>
  readonly changed: (session: Session) => void
  readonly links: (from: NodeId, payload: Uint8Array) => boolean
}

export class Sessions {
  readonly #deps: SessionsDeps
  readonly #sessions = new Map<NodeId, Session>()
  readonly #reported = new Map<NodeId, MeshPeer>()
  readonly #waiters = new Set<() => void>()
  readonly ends: Record<EndReason, number> = {
    asked: 0,
    buffer: 0,
    stalled: 0,
    gossip: 0,
    rejects: 0,
    frame: 0,
    setup: 0,
    restarted: 0,
    closed: 0,
    stopped: 0,
  }

  constructor(deps: SessionsDeps) {
    this.#deps = deps
  }

  get all(): IterableIterator<Session> {
    return this.#sessions.values()
  }

  get(node: NodeId): Session | undefined {
    return this.#sessions.get(node)
  }

  isUp(node: NodeId): boolean {
    return this.#sessions.get(node)?.phase === 'up'
  }

  reported(node: NodeId): MeshPeer | undefined {
    return this.#reported.get(node)
  }

  /** libp2p has a new connection, in either direction. */
  opened(connection: Connection): void {
    const node = nodeIdOfPeer(connection.remotePeer)
    if (node === undefined || connection.status !== 'open') return
    if (this.#deps.connectionsOf(connection.remotePeer).length > CONNECTIONS_PER_PEER_MAX) {
      this.#deps.refusals.refuse(node, connection.remoteAddr.toString(), 'too-many')
      connection.abort(new Error('too many connections'))
    } else if (!this.#sessions.has(node)) {
      const session = new Session(node, connection, {
        received: (...frame) => this.#received(...frame),
        failed: (failed, reason, detail) => this.end(failed, reason, detail),
      })
      this.#sessions.set(node, session)
      void this.#establish(session)
    }
  }

  closed(connection: Connection): void {
    const session = [...this.#sessions.values()].find(candidate => candidate.connection === connection)
    if (session !== undefined) this.end(session, 'closed', 'connection closed')
  }

  accept(lane: Lane, stream: Stream, connection: Connection): void {
    const node = nodeIdOfPeer(connection.remotePeer)
    const session = node === undefined ? undefined : this.#sessions.get(node)
    if (session === undefined) stream.abort(new Error('no session'))
    else if (!session.accept(lane, stream)) this.end(session, 'restarted', `lane ${lane} opened twice`)
  }

  send(node: NodeId, lane: Lane, frame: Uint8Array): boolean {
    if (frame.length > LANE_FRAME_BYTES_MAX) {
      this.#deps.log.warn(
        { peer: node, lane, bytes: frame.length },
        'a frame is too large for its lane and is not sent',
      )
      return false
    }
    const session = this.#sessions.get(node)
    if (session?.phase !== 'up' || !session.send(lane, FRAME_KIND.center, frame)) return false
    this.#deps.traffic.sent(node, lane, frame.length)
    return true
  }

  /** Ends the session and every connection of its peer. */
  end(session: Session, reason: EndReason, detail: string): void {
    if (this.#sessions.get(session.node) !== session) return
    this.#sessions.delete(session.node)
    session.end()
    this.ends[reason]++
    for (const connection of this.#deps.connectionsOf(session.connection.remotePeer))
      connection.abort(new Error(detail))
    session.connection.abort(new Error(detail))
    const { node } = session
    const reported = this.#reported.delete(node)
    if (reported) this.#deps.log.info({ peer: node, reason, detail }, 'peer disconnected')
    else this.#deps.log.debug({ peer: node, reason, detail }, 'peer not admitted')
    if (reported) this.#deps.listener.disconnected(node)
    this.#changed(session)
  }

  /** The configuration knows the peer differently than it was reported: it is reported anew. */
  recast(node: NodeId, peer: MeshPeer): void {
    const reported = this.#reported.get(node)
    if (reported === undefined || (reported.role === peer.role && reported.configuredName === peer.configuredName))
      return
    this.#deps.listener.disconnected(node)
    this.#reported.set(node, peer)
    this.#deps.listener.connected(peer)
  }

  /** Resolves when `done` answers true, looked at after every change; rejects when the signal aborts. */
  async until(done: () => boolean, signal: AbortSignal): Promise<void> {
    let look = (): void => {}
    const wake = (): void => look()
    this.#waiters.add(wake)
    signal.addEventListener('abort', wake, { once: true })
    try {
      while (!done()) {
        signal.throwIfAborted()
        await new Promise<void>(resolve => {
          look = resolve
        })
      }
    } finally {
      this.#waiters.delete(wake)
      signal.removeEventListener('abort', wake)
    }
  }

  async #establish(session: Session): Promise<void> {
    let peer: MeshPeer
    try {
      await session.open()
      peer = await this.#deps.introduce(session)
    } catch (error) {
      this.end(session, 'setup', (error as Error).message)
      return
    }
    if (session.phase !== 'opening') return
    session.rise(this.#deps.clock.monotonicMs())
    this.#reported.set(session.node, peer)
    this.#deps.log.info({ peer: session.node, role: peer.role, cluster: peer.configuredName }, 'peer connected')
    this.#deps.listener.connected(peer)
    session.deliver()
    this.#changed(session)
  }

  #received(session: Session, lane: Lane, kind: number, payload: Uint8Array): void {
    if (kind === FRAME_KIND.center) {
      this.#deps.traffic.received(session.node, lane, payload.length)
      this.#deps.listener.message(session.node, lane, payload)
    } else if (kind === FRAME_KIND.links) {
      if (!this.#deps.links(session.node, payload)) this.end(session, 'frame', 'malformed links')
    }
    // Other kinds belong to newer versions of the protocol and are passed over.
  }

  #changed(session: Session): void {
    this.#deps.changed(session)
    for (const wake of [...this.#waiters]) wake()
  }
}
