import { CatalogError, type Missing } from '../core/errors.ts'
import type { ClusterId, Epoch, NodeId, Sid } from '../core/model.ts'
import type { Origin } from '../core/origins.ts'
import type { Now } from '../core/registry.ts'
import { type Outcome, Replica, storeRefuses } from '../core/replica.ts'
import type { Command } from '../core/transaction.ts'
import type { View } from '../core/view.ts'
import { Asks } from './asks.ts'
import { Beats } from './beats.ts'
import { Counters } from './counters.ts'
import { Feed } from './feed.ts'
import { Inbox } from './inbox.ts'
import { Insight } from './insight.ts'
import { Journal, replay, snapshot } from './journal.ts'
import type { CenterOptions, CenterPorts } from './options.ts'
import { Peers } from './peers.ts'
import type { CatalogPort, CenterStatus, InstanceEvent, Lane, MeshListener, MeshPeer, StandIn } from './ports.ts'
import { Publisher } from './publisher.ts'
import { Readiness } from './readiness.ts'
import { Repair } from './repair.ts'
import { SavedState } from './saved-state.ts'
import { Self } from './self.ts'
import { describeNodes, describeSelf } from './status.ts'

/** The center is to be ticked this often. */
export const TICK_MS = 100

/**
 * Drives the replica: one clock read per call, and no rule of its own. Life cycle: construct, `restore` every frame of the
 * store, `begin`, then `tick` every TICK_MS; `leave` before the process ends.
 */
export class Center implements CatalogPort, MeshListener {
  readonly replica: Replica
  readonly counters = new Counters()
  /** What operators ask. */
  readonly insight: Insight
  readonly #options: CenterOptions
  readonly #ports: CenterPorts
  readonly #journal: Journal
  readonly #feed: Feed
  readonly #publisher: Publisher
  readonly #repair: Repair
  readonly #beats: Beats
  readonly #asks: Asks
  readonly #peers: Peers
  readonly #inbox: Inbox
  readonly #self: Self
  readonly #readiness: Readiness
  readonly #saved: SavedState
  #restored = 0

  constructor(options: CenterOptions, ports: CenterPorts) {
    const { clock, random, mesh, store, digests } = ports
    this.#options = options
    this.#ports = ports
    this.#saved = new SavedState(store)
    const { cluster } = this.#saved
    this.replica = new Replica(
      {
        node: options.node,
        epoch: random.hex(8) as Epoch,
        cluster: cluster ?? (random.hex(8) as ClusterId),
        policy: options.unreachable,
        reachability: { silentNode: options.silentNode, hideAfterMs: options.hideAfterMs },
        startedAt: this.#now(),
        orphanAfterMs: options.orphanAfterMs,
        awaitPeersMs: options.peersConfigured ? options.startAloneMs : 0,
      },
      { digests, hex: bytes => random.hex(bytes) },
    )
    const { replica } = this
    this.#journal = new Journal(store, clock, replica.catalog)
    this.#feed = new Feed(replica.view)
    this.#publisher = new Publisher({ clock, mesh, peers: () => this.#peers, beats: () => this.#beats })
    this.#self = new Self({
      replica,
      saved: this.#saved,
      options,
      diskless: !store.durable,
      now: () => this.#now(),
      own: outcome => this.#own(outcome),
      moved: outcome => this.#moved(outcome),
    })
    this.#readiness = new Readiness(options, clock, () => replica.peers.size, this.#saved)
    this.#repair = new Repair({
      replica,
      mesh,
      clock,
      random,
      digests,
      sliceBytes: options.sliceBytes,
      now: () => this.#now(),
      commit: (outcome, done) => this.#take(outcome, done),
      joined: context => this.#journal.appendJoin(context),
      ended: (node, news) => this.#repairEnded(node, news),
    })
    this.#beats = new Beats({ replica, mesh, clock, repair: this.#repair })
    this.#peers = new Peers({
      label: options.label ?? '',
      replica,
      mesh,
      saved: this.#saved,
      established: () => this.#readiness.established,
      adopt: cluster => this.#self.moveTo(cluster),
      log: ports.log,
      met: node => {
        this.#beats.connected(node)
        this.#repair.connected(node)
        this.insight.met(node)
      },
      compare: node => this.#repair.begin(node),
    })
    this.insight = new Insight({
      replica,
      peers: this.#peers,
      beats: this.#beats,
      repair: this.#repair,
      options,
      ports,
      status: () => this.status(),
      execute: command => this.execute(command),
      own: outcome => this.#own(outcome),
    })
    this.#asks = new Asks({ replica, mesh, clock, siblings: () => this.#peers.siblings() })
    this.#inbox = new Inbox({
      replica,
      mesh,
      peers: this.#peers,
      beats: this.#beats,
      repair: this.#repair,
      asks: this.#asks,
      counters: this.counters,
      now: () => this.#now(),
      take: outcome => this.#take(outcome),
      arrived: ports.arrived,
    })
  }

  // --- life cycle -------------------------------------------------------------------------------------------------------

  restore(frame: Uint8Array): void {
    this.#restored += 1
    replay(this.replica, frame, this.#now())
  }

  /** After the last frame. Frames for a compaction of the store come from `snapshot`. */
  begin(): void {
    this.#self.begin()
    this.#readiness.begin(this.#ports.store.durable && this.#restored > 0)
  }

  snapshot(): Iterable<Uint8Array> {
    return snapshot(this.replica.catalog)
  }

  tick(): void {
    const { outcome, sends, repairs, stoodStill } = this.replica.tick(this.#now())
    // As after a restart: what waits in old connections was said to a process that did not listen.
    if (stoodStill) for (const node of [...this.replica.peers]) this.#ports.mesh.drop(node, 'this process stood still')
    this.#own(outcome)
    for (const { to, frame } of sends) this.#ports.mesh.send(to, 'peer', frame)
    this.#beats.tick()
    for (const node of repairs) this.#repair.begin(node)
    this.#repair.tick(node => this.#beats.gapRemains(node))
    this.#readiness.tick()
    this.#self.tick()
    this.insight.tick()
  }

  /** Says goodbye: what is written goes out at once, and peers are told that this node is gone. */
  leave(): void {
    if (!this.#ports.store.durable) this.#own(this.replica.leave(this.#now()))
    this.#publisher.flush()
    this.#journal.close()
  }

  // --- the catalog port -------------------------------------------------------------------------------------------------

  execute<R>(command: Command<R>, options: { readonly cluster?: ClusterId } = {}): Promise<R> {
    if (options.cluster !== undefined) this.#self.standInFor(options.cluster)
    try {
      return this.#run(command, options.cluster)
    } catch (error) {
      this.insight.refused(error)
      const asked = this.#ask(error, false)
      if (asked === undefined) return Promise.reject(error)
      return asked.then(() => this.#run(command, options.cluster))
    }
  }

  read<R>(query: (view: View) => R): R {
    return query(this.replica.view)
  }

  lookup<R>(query: (view: View) => R): R | Promise<R> {
    try {
      return query(this.replica.view)
    } catch (error) {
      const asked = this.#ask(error, true)
      if (asked === undefined) throw error
      return asked.then(() => query(this.replica.view))
    }
  }

  watch(consumer: Sid | '*', listener: (event: InstanceEvent) => void): () => void {
    return this.#feed.watch(consumer, listener)
  }

  /** Frames that the store refused since the start. */
  get framesLost(): number {
    return this.#journal.lost
  }

  standIn(cluster: ClusterId, state: StandIn | undefined): void {
    this.#self.standIn(cluster, state)
  }

  status(): CenterStatus {
    const { replica } = this
    const nodes = describeNodes(replica, this.#peers, this.#now().monotonicMs)
    const writable = this.#journal.failure === undefined
    return { ...describeSelf(replica, this.#options), ready: this.#readiness.ready, nodes, writable }
  }

  // --- what the mesh tells ----------------------------------------------------------------------------------------------

  connected(peer: MeshPeer): void {
    this.#inbox.connected(peer)
  }

  disconnected(node: NodeId): void {
    this.insight.left(node)
    this.#inbox.disconnected(node)
  }

  gossip(author: NodeId, via: NodeId, frame: Uint8Array): 'accept' | 'ignore' | 'reject' {
    return this.#inbox.gossip(author, via, frame)
  }

  message(node: NodeId, lane: Lane, frame: Uint8Array): void {
    this.#inbox.message(node, lane, frame)
  }

  #run<R>(command: Command<R>, cluster: ClusterId | undefined): Promise<R> {
    const { reply, outcome } = this.replica.execute(command, this.#now(), {
      unwritable: this.#journal.failure,
      cluster,
    })
    if (outcome.writes.length === 0) return Promise.resolve(reply)
    return new Promise((resolve, reject) => {
      const done = (error?: Error): void => (error === undefined ? resolve(reply) : reject(storeRefuses(error.message)))
      this.#own(outcome, done, this.#ports.origin?.())
    })
  }

  /** Own writes: stored, published, shown. */
  #own(outcome: Outcome, done?: (error?: Error) => void, origin?: Origin): void {
    this.#journal.append(outcome, done)
    this.#publisher.add(outcome.writes, origin)
    this.insight.note(outcome, false)
    this.#feed.emit(outcome.changes)
  }

  #moved(outcome: Outcome): void {
    this.#take(outcome)
    this.#beats.announce()
  }

  /** Writes of others: stored and shown. */
  #take(outcome: Outcome, done?: () => void): void {
    for (const { reason } of outcome.refused) this.counters.count(`refused-${reason.replaceAll(' ', '-')}`)
    this.#journal.append(outcome, done)
    this.insight.note(outcome, true)
    this.#feed.emit(outcome.changes)
  }

  #repairEnded(node: NodeId, news: ReadonlySet<Epoch>): void {
    this.#readiness.repaired()
    this.#peers.repaired(node)
    if (this.#peers.isSibling(node)) this.#asks.forgetMisses()
    if (news.size > 0) this.#beats.sendAll(news)
  }

  #ask(error: unknown, rememberMisses: boolean): Promise<void> | undefined {
    const missing: readonly Missing[] = error instanceof CatalogError ? error.missing : []
    return missing.length === 0 ? undefined : this.#asks.ask(missing, rememberMisses)
  }

  #now(): Now {
    const { clock } = this.#ports
    return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() }
  }
}

export type { CenterOptions, CenterPorts }

export const createCenter = (options: CenterOptions, ports: CenterPorts): Center => new Center(options, ports)
