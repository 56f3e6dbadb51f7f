/** One start of the mesh: its parts, how they are joined, and what happens at intervals. */
import type { Connection, Stream } from '@libp2p/interface'
import { CODE_P2P, multiaddr } from '@multiformats/multiaddr'
import type { MeshListener, MeshPeer } from '../center/ports.ts'
import type { NodeId } from '../core/model.ts'
import { tcpOf } from './addresses.ts'
import { Admission } from './admission.ts'
import { askIdentity } from './ask.ts'
import { type AddressStatus, DialLoop } from './dial-loop.ts'
import { DialName, isName } from './dial-name.ts'
import { FRAME_KIND } from './frames.ts'
import { Gossip } from './gossip.ts'
import { Inquiry } from './inquiry.ts'
import { FAREWELL_MS, GOSSIP_MISSING_MS, GOSSIP_READY_MS, WATCH_INTERVAL_MS } from './limits.ts'
import { Links } from './links.ts'
import type { NodeLinks } from './links-wire.ts'
import type { MeshDeps, MeshOptions } from './mesh.ts'
import { createNode, type MeshLibp2p } from './node.ts'
import { Refusals } from './refusals.ts'
import { type Origin, Roster } from './roster.ts'
import { Routes } from './routes.ts'
import { LANE_PROTOCOL, LANES, type Session } from './session.ts'
import { Sessions } from './sessions.ts'
import { Traffic } from './traffic.ts'
import { Watch } from './watch.ts'

/** A node that dials itself notices within this time. */
const SELF_DIAL_MS = 1_000
/** How often readiness of gossip is looked at while a peer is being introduced: it is ready after 20 to 110 ms. */
const READY_LOOK_MS = 10

export class RunningMesh {
  readonly #options: MeshOptions
  readonly #deps: MeshDeps
  readonly #listener: MeshListener
  readonly #stopping = new AbortController()
  readonly #origins: readonly Origin[]
  readonly #roster: Roster
  readonly #inquiry: Inquiry
  readonly #links: Links
  readonly #gossipMissingSinceMs = new WeakMap<Session, number>()
  readonly traffic = new Traffic()
  readonly refusals: Refusals
  readonly sessions: Sessions
  readonly gossip: Gossip
  readonly watch: Watch
  readonly #loops: readonly (DialLoop | DialName)[]
  readonly dials = { dials: 0, dialled: 0 }
  #libp2p: MeshLibp2p | undefined
  #dialledAtMs = Number.NEGATIVE_INFINITY
  #looping: Promise<unknown> = Promise.resolve()

  constructor(self: NodeId, options: MeshOptions, deps: MeshDeps, listener: MeshListener) {
    this.#options = options
    this.#deps = deps
    this.#listener = listener
    const { clock, log, random } = deps
    const origins = originsOf(options)
    this.#origins = origins
    const { signal } = this.#stopping
    this.refusals = new Refusals(log)
    this.#roster = new Roster(clock, origins)
    const ask = (url: string, asked: AbortSignal) => askIdentity(url, asked, deps.tls?.())
    this.#inquiry = new Inquiry(origins, { clock, roster: this.#roster, ask, signal })
    this.#links = new Links(self, {
      clock,
      send: (peer, payload) => this.sessions.get(peer)?.send('peer', FRAME_KIND.links, payload),
    })
    this.gossip = new Gossip({
      self,
      clock,
      routes: new Routes(self, this.#links),
      traffic: this.traffic,
      blame: peer => {
        const session = this.sessions.get(peer)
        if (session !== undefined) this.sessions.end(session, 'rejects', 'forwarded too many frames that were refused')
      },
    })
    this.sessions = new Sessions({
      clock,
      log,
      listener,
      traffic: this.traffic,
      refusals: this.refusals,
      connectionsOf: peer => this.#libp2p?.getConnections(peer) ?? [],
      introduce: session => this.#introduce(session),
      changed: session => this.#changed(session),
      links: (from, payload) => this.#links.receive(from, payload),
    })
    this.watch = new Watch({
      clock,
      gossipStreams: session => this.gossipStreams(session),
      end: (session, reason, detail) => this.sessions.end(session, reason, detail),
    })
    const dial = (address: string, aborted: AbortSignal): Promise<Connection> => this.#dial(address, aborted)
    const confirmed = (node: NodeId): void => this.sessions.recast(node, this.#known(node))
    const parts = { self, clock, random, log, roster: this.#roster, sessions: this.sessions, ask }
    const loop = (origin: Origin): DialLoop => new DialLoop(origin, { ...parts, dial, confirmed })
    this.#loops = origins.map(origin => (isName(origin) ? new DialName(origin, { clock, loop }) : loop(origin)))
  }

  async start(): Promise<void> {
    const { identity, listen, meshKey, allow } = this.#options
    const gater = new Admission({
      roster: this.#roster,
      inquiry: this.#inquiry,
      refusals: this.refusals,
      hasMeshKey: meshKey !== undefined,
      reached: (node, address) => this.#reached(node, address),
      mayBeSelf: host => this.#mayBeSelf(host),
      allow,
    })
    const libp2p = await createNode({ identity, listen, meshKey, gater, gossip: this.gossip.service() })
    this.#libp2p = libp2p
    libp2p.addEventListener('connection:open', ({ detail }) => {
      // A peer to whom this node just said goodbye dials at once.
      if (this.#stopping.signal.aborted) detail.abort(new Error('stopping'))
      else this.sessions.opened(detail)
    })
    libp2p.addEventListener('connection:close', ({ detail }) => this.sessions.closed(detail))
    for (const lane of LANES) {
      await libp2p.handle(LANE_PROTOCOL[lane], (stream, connection) => this.sessions.accept(lane, stream, connection), {
        maxInboundStreams: 2,
        maxOutboundStreams: 2,
      })
    }
    try {
      await libp2p.start()
    } catch (error) {
      await libp2p.stop()
      throw new Error(`cannot listen on ${listen.join(', ')}: ${oneLine(error as Error)}`, { cause: error })
    }
    this.gossip.start(libp2p.services.gossip, this.#listener)
    this.#every(WATCH_INTERVAL_MS, () => this.#look())
    const { signal } = this.#stopping
    this.#looping = Promise.all(this.#loops.map(loop => loop.run(signal)))
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopping'))
    await this.#looping
    const farewell = AbortSignal.timeout(FAREWELL_MS)
    await Promise.all([...this.sessions.all].map(session => session.flush(farewell)))
    for (const session of [...this.sessions.all]) this.sessions.end(session, 'stopped', 'this node stops')
    await this.#libp2p?.stop()
  }

  /** Every configured address, and every address that a name stands for. */
  addresses(): readonly AddressStatus[] {
    return this.#loops.flatMap(loop => (loop instanceof DialName ? loop.statuses : [loop.status]))
  }

  topology(): readonly NodeLinks[] {
    return this.#links.all
  }

  nowMs(): number {
    return this.#deps.clock.monotonicMs()
  }

  listening(): readonly string[] {
    return (this.#libp2p?.getMultiaddrs() ?? []).map(address => address.decapsulateCode(CODE_P2P).toString())
  }

  /** This node's gossip streams to the peer, over any of its connections. */
  gossipStreams(session: Session): readonly Stream[] {
    const connections = this.#libp2p?.getConnections(session.connection.remotePeer) ?? []
    return connections.flatMap(({ streams }) =>
      streams.filter(
        ({ direction, protocol, status }) =>
          direction === 'outbound' && status === 'open' && this.gossip.protocols.includes(protocol),
      ),
    )
  }

  gossipReady(session: Session): boolean {
    return this.gossip.subscribers().has(session.node) && this.gossipStreams(session).length > 0
  }

  async #dial(address: string, aborted: AbortSignal): Promise<Connection> {
    if (this.#libp2p === undefined) throw new Error('not started')
    this.dials.dials++
    this.#dialledAtMs = this.nowMs()
    const connection = await this.#libp2p.dial(multiaddr(address), { signal: aborted, force: true })
    this.dials.dialled++
    return connection
  }

  #reached(node: NodeId, multiaddr: string): void {
    const origin = this.#origins.find(({ address }) => address.kind === 'multiaddr' && address.multiaddr === multiaddr)
    if (origin !== undefined) this.#roster.confirm(node, origin)
  }

  #mayBeSelf(host: string): boolean {
    if (this.nowMs() - this.#dialledAtMs > SELF_DIAL_MS) return false
    return this.listening().some(address => tcpOf(address)?.host === host)
  }

  /** Before a peer is reported: gossip reaches it, so nothing published from then on is missed, and its role is known. */
  async #introduce(session: Session): Promise<MeshPeer> {
    const { node } = session
    const known = (): boolean => this.#roster.find(node) !== undefined
    // The key admitted it; what it is to this node, the configured addresses know.
    const asked = known() || this.#options.meshKey === undefined ? undefined : this.#inquiry.about(node)
    await Promise.all([asked, this.#soon(session, () => this.gossipReady(session))])
    if (this.#options.meshKey === undefined && !known()) {
      // Without a key a peer is admitted for its role alone. This one was dialled, but for no configured address.
      throw new Error('no configured address stands for it')
    }
    return this.#known(node)
  }

  /** Waits for `done`, but not for long, and not for a session that has ended. */
  async #soon(session: Session, done: () => boolean): Promise<void> {
    const deadlineMs = this.nowMs() + GOSSIP_READY_MS
    while (!done() && session.phase === 'opening' && this.nowMs() < deadlineMs) {
      await new Promise<void>(resolve => this.#deps.clock.after(READY_LOOK_MS, resolve))
    }
  }

  #known(node: NodeId): MeshPeer {
    const origin = this.#roster.find(node)
    return { node, role: origin?.role ?? 'unknown', configuredName: origin?.name }
  }

  #changed(session: Session): void {
    if (session.phase === 'up') this.#links.greet(session.node)
    else this.gossip.forget(session.node)
    this.#tellLinks()
  }

  #tellLinks(): void {
    const ready = [...this.sessions.all].filter(session => session.phase === 'up' && this.gossipReady(session))
    this.#links.setOwn(new Set(ready.map(session => session.node)))
  }

  #look(): void {
    const up = [...this.sessions.all].filter(session => session.phase === 'up')
    this.watch.look(up)
    for (const session of up) {
      if (session.phase !== 'up') continue
      const sinceMs = this.#gossipMissingSinceMs.get(session)
      if (this.gossipReady(session)) this.#gossipMissingSinceMs.delete(session)
      else if (sinceMs === undefined) this.#gossipMissingSinceMs.set(session, this.nowMs())
      else if (this.nowMs() - sinceMs > GOSSIP_MISSING_MS)
        this.sessions.end(session, 'gossip', 'gossip does not reach it')
    }
    this.#tellLinks()
  }

  #every(ms: number, run: () => void): void {
    const { signal } = this.#stopping
    this.#deps.clock.after(ms, () => {
      if (signal.aborted) return
      run()
      this.#every(ms, run)
    })
  }
}

/** libp2p tells advice and stack traces; the system's reason is what an operator needs. */
const oneLine = ({ message }: Error): string =>
  /Error: (listen [^\n]*)/.exec(message)?.[1] ?? message.split('\n')[0] ?? ''

function originsOf({ peers, clusters }: MeshOptions): readonly Origin[] {
  const siblings = peers.map(address => ({ address, role: 'sibling' as const, name: undefined }))
  const foreign = clusters.flatMap(({ name, addresses }) =>
    addresses.map(address => ({ address, role: 'foreign' as const, name })),
  )
  return [...siblings, ...foreign].map((origin, rank) => ({ ...origin, rank }))
}
