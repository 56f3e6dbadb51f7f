import { Catalog } from './catalog.ts'
import { CatalogView } from './catalog-view.ts'
import { Chores } from './chores.ts'
import type { Dot } from './context.ts'
import { Directory, type UnreachablePolicy } from './directory.ts'
import type { Entry } from './entry.ts'
import { CatalogError } from './errors.ts'
import { Holdings } from './holdings.ts'
import { Indexer } from './indexer.ts'
import { nodeKey } from './keys.ts'
import { Leases } from './leases.ts'
import { Members } from './members.ts'
import type { ClusterId, Epoch, NodeId } from './model.ts'
import { moveCluster } from './move-cluster.ts'
import type { Outcome, Ticked } from './outcome.ts'
import { Passing } from './passing.ts'
import type { ReachabilityOptions } from './reachability.ts'
import { type LeaseRecord, type NodeRecord, nodeFields } from './records.ts'
import { type Now, Registry, type RegistryParts } from './registry.ts'
import { HybridClock } from './stamp.ts'
import type { Command, Digests } from './transaction.ts'
import { refusalOf } from './validity.ts'
import { Watching, type WatchProgress } from './watching.ts'
import type { Write } from './wire.ts'
import { Writer } from './writer.ts'

export interface ReplicaOptions {
  readonly node: NodeId
  /** Drawn anew at every start. */
  readonly epoch: Epoch
  readonly cluster: ClusterId
  readonly policy: UnreachablePolicy
  readonly reachability: ReachabilityOptions
  readonly startedAt: Now
  /** After this much silence a node is taken for gone for good (invariant 8). */
  readonly orphanAfterMs: number
  /** After a start no lease is ended before a repair, or before nobody has answered for so long; 0: there is nobody. */
  readonly awaitPeersMs: number
}

export interface ReplicaDeps {
  readonly digests: Digests
  /** `bytes` random bytes as hex. */
  readonly hex: (bytes: number) => string
}

export type { Outcome, Ticked }

export interface ExecuteOptions {
  /** Why the store takes no writes now: a command that writes is refused then, one that only hears an instance is not. */
  readonly unwritable?: string | undefined
  /** Write for this cluster instead of the own one. */
  readonly cluster?: ClusterId | undefined
}

export const storeRefuses = (why: string): CatalogError =>
  new CatalogError('STORE_UNAVAILABLE', `the store refuses writes: ${why}`)

/** A clock went on, or away from the other, this much between two ticks: this process knows nothing of what came meanwhile. */
const SUSPENDED_MS = 5_000
const SECOND_MS = 1_000

/**
 * One node's replica of the catalog. Pure: it is told the time, returns what should happen, and does none of it. The only
 * ways in are a command (from an edge of this node) and writes (from a peer or from the disk).
 */
export class Replica {
  readonly catalog: Catalog
  readonly directory: Directory
  readonly view: CatalogView
  readonly members: Members
  readonly holdings: Holdings
  readonly passing: Passing
  readonly chores: Chores
  /** Direct peers that take frames. */
  readonly peers = new Set<NodeId>()
  readonly #options: ReplicaOptions
  readonly #indexer: Indexer
  readonly #writer: Writer
  readonly #leases: Leases
  readonly #clock = new HybridClock()
  readonly #watching: Watching
  readonly #registryParts: RegistryParts
  #nowMs: number
  #ticked: Now
  #secondAtMs = 0
  #beat = 0

  constructor(options: ReplicaOptions, { digests, hex }: ReplicaDeps) {
    const { node, epoch, cluster, startedAt } = options
    this.#options = options
    this.#nowMs = startedAt.monotonicMs
    this.#ticked = startedAt
    this.catalog = new Catalog(digests)
    this.directory = new Directory(this.catalog, cluster)
    this.directory.policy = options.policy
    this.view = new CatalogView(this.directory, digests)
    this.members = new Members(this.directory)
    this.holdings = new Holdings(node)
    const { catalog, directory, members, holdings, view } = this
    this.#watching = new Watching(holdings, options.awaitPeersMs)
    this.passing = new Passing({ self: node, catalog, directory, members, holdings, peers: this.peers })
    this.#indexer = new Indexer(catalog, directory, digests)
    this.#writer = new Writer({ catalog, indexer: this.#indexer, clock: this.#clock, epoch })
    const writer = this.#writer
    const leases = new Leases({ node, catalog, directory, writer })
    this.#leases = leases
    const { reachability, orphanAfterMs } = options
    this.chores = new Chores(
      { self: node, catalog, directory, members, holdings, leases, writer },
      { reachability, orphanAfterMs, startedAtMs: this.#nowMs },
    )
    this.#registryParts = { node, view, directory, writer, holdings, leases, passing: this.passing, digests, hex }
    this.directory.leases = { leaseChanged: (entry, before) => this.#leaseChanged(entry, before) }
  }

  get node(): NodeId {
    return this.#options.node
  }

  get epoch(): Epoch {
    return this.#options.epoch
  }

  get watching(): boolean {
    return this.#watching.isOn(this.#nowMs)
  }

  /** Runs a command in one step. When it throws, nothing has happened. */
  execute<R>(
    command: Command<R>,
    now: Now,
    { unwritable, cluster }: ExecuteOptions = {},
  ): { readonly reply: R; readonly outcome: Outcome } {
    this.#nowMs = now.monotonicMs
    this.#writer.begin(now.wallMs)
    const registry = new Registry(this.#registryParts, now, cluster)
    let reply: R
    try {
      reply = command(registry)
      if (unwritable !== undefined && this.#writer.wrote) throw storeRefuses(unwritable)
    } catch (error) {
      registry.undo()
      this.#writer.rollback()
      this.directory.changes.flush()
      throw error
    }
    return { reply, outcome: this.#outcome(this.#writer.commit()) }
  }

  /** Takes writes of others, or of the disk. Each is validated before it is applied; a refused one is not covered. */
  merge(writes: readonly Write[], now: Now, permits: (write: Write) => boolean = () => true): Outcome {
    this.#nowMs = now.monotonicMs
    const applied: Write[] = []
    const refused: { write: Write; reason: string }[] = []
    for (const write of writes) {
      const reason = permits(write) ? refusalOf(write, this.#options.epoch, this.catalog) : 'not its to write'
      if (reason !== undefined) {
        refused.push({ write, reason })
        continue
      }
      if (this.#apply(write, now)) applied.push(write)
    }
    return this.#outcome(applied, [], refused)
  }

  /** Takes writes of the own disk: checked when they were written, and nobody watches yet. */
  restore(writes: readonly Write[], now: Now): void {
    this.#nowMs = now.monotonicMs
    for (const write of writes) this.#apply(write, now)
    this.directory.changes.flush()
  }

  /** Ends versions that a peer has seen and no longer holds. */
  endCovered(dots: readonly (Dot & { readonly key: string })[], now: Now): Outcome {
    this.#nowMs = now.monotonicMs
    return this.#outcome(
      [],
      dots.filter(dot => this.#end(dot)),
    )
  }

  /** Writes this node's own record, once its cluster is known. */
  introduce(record: Omit<NodeRecord, 'epoch'>, now: Now): Outcome {
    const key = nodeKey(this.directory.cluster, this.node)
    this.#writer.begin(now.wallMs)
    // The first write of a start: those that follow extend the interval that it begins.
    this.catalog.context.unlimited(() => this.#writer.put(key, nodeFields({ ...record, epoch: this.epoch })))
    return this.#outcome(this.#writer.commit())
  }

  /** Writes what this node answers for under another cluster id: its siblings' (invariant 17). */
  moveTo(cluster: ClusterId, now: Now): Outcome {
    this.#nowMs = now.monotonicMs
    this.#writer.begin(now.wallMs)
    moveCluster(this.#registryParts, this.catalog, cluster)
    return this.#outcome(this.#writer.commit())
  }

  /** This node leaves for good or for long: its record goes, so nobody waits for its beats. */
  leave(now: Now): Outcome {
    this.#writer.begin(now.wallMs)
    this.#writer.end(nodeKey(this.directory.cluster, this.node))
    return this.#outcome(this.#writer.commit())
  }

  /** Begins to watch every held lease anew: after a start, where an earlier one left off, or after a suspension. */
  watchAnew(nowMs: number, earlier?: WatchProgress): void {
    this.#nowMs = nowMs
    this.#watching.begin(nowMs, earlier)
  }

  /** To be saved while watching goes on. */
  watchProgress(): WatchProgress {
    return this.#watching.progress(this.#nowMs, { epoch: this.epoch, beat: this.#beat })
  }

  /** A repair with a peer has ended: its ends are known here. */
  repaired(peer: NodeId, begunAtMs: number, nowMs: number): void {
    this.members.repaired(peer, begunAtMs)
    this.#watching.repaired(nowMs)
  }

  /** Every 100 ms. */
  tick(now: Now): Ticked {
    const nowMs = now.monotonicMs
    this.#nowMs = nowMs
    const stoodStill = this.#stoodStill(now)
    if (stoodStill) {
      this.passing.forget()
      this.watchAnew(nowMs)
    }
    this.#ticked = now
    this.#writer.begin(now.wallMs)
    const isSecond = nowMs - this.#secondAtMs >= SECOND_MS
    const dues = isSecond ? this.#everySecond(now) : []
    this.#endLapsed(now)
    for (const entry of this.passing.takeovers()) this.#leases.takeOver(entry)
    const ended = dues.filter(due => this.#end(due))
    const outcome = this.#outcome(this.#writer.commit(), ended)
    const repairs = isSecond ? [...this.chores.reachability.awaited] : []
    return { outcome, sends: this.passing.tick(nowMs), repairs, stoodStill }
  }

  /** Suspended with its machine, a process sees its monotonic clock go on as if nothing had been; the wall clock tells. */
  #stoodStill({ wallMs, monotonicMs }: Now): boolean {
    const passedMs = monotonicMs - this.#ticked.monotonicMs
    return passedMs > SUSPENDED_MS || Math.abs(wallMs - this.#ticked.wallMs - passedMs) > SUSPENDED_MS
  }

  #everySecond(now: Now): Outcome['ended'] {
    const nowMs = now.monotonicMs
    this.#secondAtMs = nowMs
    this.#beat += 1
    const { epoch } = this
    const [seq, watching] = [this.catalog.context.prefix(epoch), this.#watching.isTold(nowMs)]
    this.members.hear({ epoch, beat: this.#beat, seq, watching, heardAtMs: nowMs, via: undefined })
    this.members.tick(nowMs)
    this.#doubtProgress(nowMs)
    return this.chores.tick(now)
  }

  #endLapsed({ wallMs, monotonicMs: nowMs }: Now): void {
    for (const entry of this.holdings.lapsed(nowMs)) {
      if (this.#watching.mayEnd(entry, nowMs, this.peers.size === 0)) this.#leases.end(entry, wallMs)
      else this.holdings.retry(entry, nowMs)
    }
  }

  /** An old disk was restored in the midst of watching. */
  #doubtProgress(nowMs: number): void {
    if (!this.#watching.continues) return
    const isOld = this.#watching.isOutdated(epoch => this.members.get(epoch)?.beat)
    if (isOld || this.chores.hasFormerSelves()) this.watchAnew(nowMs)
  }

  #end({ key, epoch, seq }: Dot & { readonly key: string }): boolean {
    if (this.catalog.end(key, { epoch, seq }) === undefined) return false
    this.#indexer.update(key)
    return true
  }

  #apply(write: Write, now: Now): boolean {
    if (this.catalog.apply(write) === undefined) return false
    this.#clock.observe(write, now.wallMs)
    this.#indexer.update(write.key)
    return true
  }

  #leaseChanged(entry: Entry, before: LeaseRecord | undefined): void {
    const begins = this.holdings.leaseChanged(entry, this.#nowMs)
    if (begins && entry.lease?.epoch !== this.epoch) this.#watching.cameBack(entry, this.#nowMs)
    this.passing.leaseChanged(entry, before, this.#nowMs)
    this.chores.reachability.leaseChanged(entry, before, this.#nowMs)
  }

  #outcome(writes: readonly Write[], ended: Outcome['ended'] = [], refused: Outcome['refused'] = []): Outcome {
    return { writes, ended, changes: this.directory.changes.flush(), refused }
  }
}
