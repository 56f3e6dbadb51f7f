/** Keeps one configured address connected, for ever: asks it, dials it, waits until the connection is gone, again. */
import type { Clock, Identity, Random } from '../center/ports.ts'
import type { NodeId } from '../core/model.ts'
import { addressText } from './addresses.ts'
import { backOffMs } from './back-off.ts'
import { SELF_RECHECK_MS, SETTLED_MS } from './limits.ts'
import type { MeshLog } from './log.ts'
import { nodeIdOfPeer } from './node-id.ts'
import { candidates, type Dial, ReachError, type Reached, reach } from './reach.ts'
import type { Origin, Roster } from './roster.ts'
import type { Sessions } from './sessions.ts'

export interface DialLoopDeps {
  readonly self: NodeId
  readonly clock: Clock
  readonly random: Random
  readonly log: MeshLog
  readonly roster: Roster
  readonly sessions: Sessions
  readonly ask: (url: string, signal: AbortSignal) => Promise<Identity>
  readonly dial: Dial
  /** The node was reached at, or vouched for by, a configured address. */
  readonly confirmed: (node: NodeId) => void
}

export interface AddressStatus {
  readonly address: string
  readonly role: Origin['role']
  readonly cluster: string | undefined
  /** `self`: the address is this node's own. */
  readonly state: 'dialling' | 'connected' | 'waiting' | 'self'
  /** The node that the address led to last. */
  readonly node: NodeId | undefined
  /** Failures in a row, and what the last of them was. */
  readonly failures: number
  readonly error: string | undefined
}

const SELF = Symbol('self')

export class DialLoop {
  readonly #origin: Origin
  readonly #deps: DialLoopDeps
  /** The multiaddr that worked last: tried first, and when HTTP does not answer. */
  #lastGood: string | undefined
  #status: AddressStatus

  constructor(origin: Origin, deps: DialLoopDeps) {
    this.#origin = origin
    this.#deps = deps
    this.#status = {
      address: addressText(origin.address),
      role: origin.role,
      cluster: origin.name,
      state: 'dialling',
      node: undefined,
      failures: 0,
      error: undefined,
    }
  }

  get status(): AddressStatus {
    return this.#status
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#sleep(await this.#round(signal), signal)
  }

  /** One attempt, and the connection's life when it succeeds. Answers how long to wait before the next. */
  async #round(signal: AbortSignal): Promise<number> {
    try {
      if (this.#status.state !== 'self') this.#set({ state: 'dialling' })
      const node = await this.#connect(signal)
      if (node === SELF) {
        if (this.#status.state !== 'self')
          this.#deps.log.info({ address: this.#status.address }, 'own address recognised')
        this.#set({ state: 'self', failures: 0, error: undefined })
        return SELF_RECHECK_MS
      }
      await this.#whileConnected(node, signal)
    } catch (error) {
      if (signal.aborted) return 0
      const { message } = error as Error
      const fields = { address: this.#status.address, cluster: this.#status.cluster, error: message }
      if (this.#status.error === undefined) this.#deps.log.warn(fields, 'peer not reached, trying again for ever')
      else this.#deps.log.debug(fields, 'peer not reached')
      this.#set({ failures: this.#status.failures + 1, error: message })
    }
    this.#set({ state: 'waiting' })
    return backOffMs(this.#status.failures, this.#deps.random.fraction())
  }

  async #whileConnected(node: NodeId, signal: AbortSignal): Promise<void> {
    const { clock, sessions } = this.#deps
    const sinceMs = clock.monotonicMs()
    const before = this.#status.failures
    this.#set({ state: 'connected', node, failures: 0, error: undefined })
    await sessions.until(() => !sessions.isUp(node), signal)
    const settled = clock.monotonicMs() - sinceMs >= SETTLED_MS
    this.#set({ failures: settled ? 1 : before + 1 })
  }

  /** Resolves with the node once it is admitted on both sides. */
  async #connect(signal: AbortSignal): Promise<NodeId | typeof SELF> {
    const { sessions } = this.#deps
    const node = await (this.#origin.address.kind === 'http' ? this.#viaHttp(signal) : this.#viaMultiaddr(signal))
    if (node === SELF) return SELF
    await sessions.until(() => sessions.isUp(node) || sessions.get(node) === undefined, signal)
    if (sessions.isUp(node)) return node
    throw new Error('it closed the connection: it may not be configured to know this node, or its mesh key differs')
  }

  async #viaHttp(signal: AbortSignal): Promise<NodeId | typeof SELF> {
    const { address } = this.#origin
    const url = address.kind === 'http' ? address.url : ''
    const { self, sessions } = this.#deps
    let identity: Identity | undefined
    try {
      identity = await this.#deps.ask(url, signal)
    } catch (error) {
      if (this.#lastGood === undefined || signal.aborted) throw error
      return this.#adopt(await reach([this.#lastGood], this.#vetted(undefined), signal))
    }
    if (identity.node === self) return SELF
    for (const member of new Set([identity.node, ...identity.members])) if (member !== self) this.#confirm(member)
    if (sessions.get(identity.node) !== undefined) return identity.node
    const addresses = candidates(url, identity, this.#lastGood)
    return this.#adopt(await reach(addresses, this.#vetted(identity), signal))
  }

  async #viaMultiaddr(signal: AbortSignal): Promise<NodeId | typeof SELF> {
    const { address } = this.#origin
    const { self, sessions, dial } = this.#deps
    if (address.kind !== 'multiaddr' || address.node === self) return SELF
    if (address.node !== undefined && sessions.get(address.node) !== undefined) return address.node
    try {
      return this.#adopt(await reach([address.multiaddr], dial, signal))
    } catch (error) {
      if (error instanceof ReachError && error.errors.some(each => each.name === 'InvalidPeerIdError')) return SELF
      throw error
    }
  }

  /**
   * Whoever answers at an address that an HTTP address told this moment belongs to it: behind a load balancer that may be
   * another sibling than the one that answered. But what is advertised can mean another node here (private networks
   * overlap), so it does not move a node that another configured address leads to; nor does a remembered address vouch
   * for a new node while HTTP does not answer.
   */
  #vetted(identity: Identity | undefined): Dial {
    return async (address, signal) => {
      const connection = await this.#deps.dial(address, signal)
      const node = nodeIdOfPeer(connection.remotePeer)
      const known = node === undefined ? undefined : this.#deps.roster.find(node)
      const moved = known !== undefined && known.rank !== this.#origin.rank
      const vouched = node !== undefined && identity?.members.includes(node)
      if (vouched || (identity === undefined ? known !== undefined : !moved)) return connection
      connection.abort(new Error('not whom this address stands for'))
      throw new Error(`leads to ${node}, for whom this address does not vouch`)
    }
  }

  #adopt({ connection, address }: Reached): NodeId {
    const node = nodeIdOfPeer(connection.remotePeer)
    if (node === undefined) throw new Error(`${address} has no Ed25519 identity`)
    this.#confirm(node)
    this.#lastGood = address
    const session = this.#deps.sessions.get(node)
    // A second way to a peer that is connected already. Closing it is ours, who dialled: the peer never does.
    if (session?.phase === 'up' && session.connection !== connection) void connection.close().catch(() => {})
    return node
  }

  #confirm(node: NodeId): void {
    this.#deps.roster.confirm(node, this.#origin)
    this.#deps.confirmed(node)
  }

  #set(change: Partial<AddressStatus>): void {
    this.#status = { ...this.#status, ...change }
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms === 0 || signal.aborted) return Promise.resolve()
    return new Promise(resolve => {
      const cancel = this.#deps.clock.after(ms, done)
      signal.addEventListener('abort', done, { once: true })
      function done(): void {
        cancel()
        signal.removeEventListener('abort', done)
        resolve()
      }
    })
  }
}
