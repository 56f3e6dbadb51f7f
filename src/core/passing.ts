import type { Catalog } from './catalog.ts'
import type { Directory } from './directory.ts'
import type { Entry } from './entry.ts'
import { Heartbeats, readHeard, readHeartbeats } from './heartbeats.ts'
import type { Holdings } from './holdings.ts'
import { parseKey } from './keys.ts'
import type { Members } from './members.ts'
import type { Epoch, NodeId, Sid } from './model.ts'
import type { LeaseRecord } from './records.ts'
import type { Row } from './wire.ts'
import { encodeFrame } from './wire.ts'

/** Heartbeats heard for others are passed on once a second, each with its age. */
const BATCH_MS = 1_000
/** Unacknowledged after this long: the holder does not hear us. */
const ACKNOWLEDGE_MS = 2_000
/** Heartbeats in one frame. */
const BATCH_MAX = 4_000
/** Batches that wait for an answer. */
const PENDING_MAX = 1_024
/** Nodes a batch may pass through on its way: more than the longest chain of nodes, so that only what goes round is dropped. */
const HOPS_MAX = 16
/** Takeovers in one tick of 100 ms: 1,000 a second. */
const TAKEOVERS_PER_TICK = 100

export interface Send {
  readonly to: NodeId
  readonly frame: Uint8Array
}

export interface PassingParts {
  readonly self: NodeId
  readonly catalog: Catalog
  readonly directory: Directory
  readonly members: Members
  readonly holdings: Holdings
  /** Direct peers. */
  readonly peers: ReadonlySet<NodeId>
}

interface Pending {
  readonly entries: readonly Entry[]
  readonly sentAtMs: number
  /** Not heard just now, only told of: nothing follows when nobody answers. */
  readonly told: boolean
}

/**
 * Heartbeats of instances that another node holds: answered here at once, passed on to the holder, and taken over where
 * the holder cannot be reached (replication.md, "Leases").
 */
export class Passing {
  readonly #parts: PassingParts
  readonly #outbox = new Set<Entry>()
  /** Leases that moved away, whose new holder does not know when they were last heard here. */
  readonly #tells = new Set<Entry>()
  readonly #redirects = new Map<Entry, NodeId>()
  readonly #pending = new Map<number, Pending>()
  readonly #takeovers = new Set<Entry>()
  /** Heartbeats that were not passed on because too many batches wait for an answer. */
  shed = 0
  #batchId = 0
  #flushedAtMs = 0

  constructor(parts: PassingParts) {
    this.#parts = parts
  }

  /** Heartbeats to be passed on, and instances to be taken over. */
  get waiting(): number {
    return this.#outbox.size + this.#takeovers.size
  }

  /** False: nobody answers for it, so the client has to register again. */
  heartbeat(entry: Entry, nowMs: number): boolean {
    const { holdings } = this.#parts
    if (holdings.holds(entry)) {
      if (!this.#answersFor(entry)) return false
      holdings.hear(entry, nowMs)
      return true
    }
    if (entry.openLease() === undefined) return false
    entry.hear(nowMs)
    if (this.#targetOf(entry, nowMs) !== undefined) {
      this.#outbox.add(entry)
      return !entry.unanswered
    }
    if (!entry.local) return false
    this.#takeovers.add(entry)
    return true
  }

  /**
   * Another node's end of a lease that was heard here within it is contested. A lease that moved from here to another node:
   * that one is told when the instance was last heard, or loses it again when it is silent. One that has only just started
   * has taken it because it heard the instance itself.
   */
  leaseChanged(entry: Entry, before: LeaseRecord | undefined, nowMs: number): void {
    const { lease } = entry
    const { self, holdings, members } = this.#parts
    entry.unanswered = false
    if (lease === undefined || lease.holder === self || !entry.local || !holdings.hasHeard(entry, nowMs)) return
    const movedAway = before?.open === true && before.holder === self
    if (!lease.open || (movedAway && members.isSilent(lease.holder, nowMs))) this.#takeovers.add(entry)
    else if (movedAway && members.isSteady(lease.holder, nowMs)) this.#tells.add(entry)
  }

  /** After a suspension: what was to be passed on is old, and answers may wait that nobody has read. */
  forget(): void {
    this.#outbox.clear()
    this.#tells.clear()
    this.#redirects.clear()
    this.#pending.clear()
    this.#takeovers.clear()
  }

  /** Instances to take over now. */
  takeovers(): Entry[] {
    const due: Entry[] = []
    for (const entry of this.#takeovers) {
      if (due.length >= TAKEOVERS_PER_TICK) break
      this.#takeovers.delete(entry)
      if (entry.face !== undefined && entry.lease !== undefined && !this.#parts.holdings.holds(entry)) due.push(entry)
    }
    return due
  }

  tick(nowMs: number): Send[] {
    if (nowMs - this.#flushedAtMs < BATCH_MS) return []
    this.#flushedAtMs = nowMs
    this.#expire(nowMs)
    const heard = this.#sendAll(this.#outbox, false, nowMs)
    const told = this.#sendAll(this.#tells, true, nowMs)
    this.#redirects.clear()
    return [...heard, ...told]
  }

  /** In one batch, or a few, for each node. */
  #sendAll(queue: Set<Entry>, told: boolean, nowMs: number): Send[] {
    const batches = new Map<NodeId, Entry[]>()
    for (const entry of queue) {
      const to = this.#targetOf(entry, nowMs)
      const batch = to === undefined ? undefined : batches.get(to)
      if (batch !== undefined) batch.push(entry)
      else if (to !== undefined) batches.set(to, [entry])
      else if (!told) this.#abandon([entry])
    }
    queue.clear()
    return [...batches].flatMap(([to, entries]) => this.#send(to, entries, told, nowMs))
  }

  /** Heartbeats that another node heard: for us, or to be passed on. Undefined: malformed. */
  receiveHeartbeats(fields: Row, nowMs: number): Send[] | undefined {
    const batch = readHeartbeats(fields)
    if (batch === undefined) return undefined
    const { self } = this.#parts
    if (batch.to !== self) return batch.hops < HOPS_MAX ? this.#relay(batch.to, 'heartbeats', bumpHops(fields, 3)) : []
    const refused: (number | NodeId | null)[] = []
    for (const [i, { epoch, seq, ageMs }] of batch.items.entries()) {
      const entry = this.#entryOf(epoch, seq)
      const holder = entry === undefined ? null : this.#hearFor(entry, nowMs - ageMs, nowMs)
      if (holder !== self) refused.push(i, holder)
    }
    return this.#relay(batch.origin, 'heard', [batch.id, batch.origin, 0, refused])
  }

  /** Undefined: malformed. */
  receiveHeard(fields: Row): Send[] | undefined {
    const answer = readHeard(fields)
    if (answer === undefined) return undefined
    if (answer.to !== this.#parts.self)
      return answer.hops < HOPS_MAX ? this.#relay(answer.to, 'heard', bumpHops(fields, 2)) : []
    const pending = this.#pending.get(answer.id)
    this.#pending.delete(answer.id)
    if (pending === undefined || pending.told) return []
    for (const [i, entry] of pending.entries.entries()) {
      const holder = answer.refused.get(i)
      if (holder === undefined) entry.unanswered = false
      else if (holder === null) this.#abandon([entry])
      else if (holder !== this.#parts.self) {
        this.#redirects.set(entry, holder)
        this.#outbox.add(entry)
      }
    }
    return []
  }

  /**
   * A node that lost its disk, and its cluster id with it, may be named as holder by what is left of the old cluster. Clients
   * are to register again, in the cluster of which it is now.
   */
  #answersFor(entry: Entry): boolean {
    const { directory, self } = this.#parts
    return directory.writesFor(self, entry.clusterId)
  }

  /** Who answers for an instance heard elsewhere: this node (heard, or to be taken over), another holder, or nobody. */
  #hearFor(entry: Entry, heardAtMs: number, nowMs: number): NodeId | null {
    const { self, holdings, members } = this.#parts
    const lease = entry.openLease()
    if (lease === undefined) return null
    if (holdings.holds(entry)) {
      if (!this.#answersFor(entry)) return null
      holdings.hear(entry, heardAtMs)
      return self
    }
    const isOld = nowMs - heardAtMs >= lease.leaseMs
    if (!entry.local || isOld || members.isSteady(lease.holder, nowMs)) return lease.holder
    entry.hear(heardAtMs)
    this.#takeovers.add(entry)
    return self
  }

  #send(to: NodeId, entries: readonly Entry[], told: boolean, nowMs: number): Send[] {
    const sends: Send[] = []
    for (let at = 0; at < entries.length; at += BATCH_MAX) {
      if (this.#pending.size >= PENDING_MAX) {
        this.shed += entries.length - at
        break
      }
      const batch = entries.slice(at, at + BATCH_MAX)
      this.#batchId += 1
      this.#pending.set(this.#batchId, { entries: batch, sentAtMs: nowMs, told })
      const heartbeats = new Heartbeats()
      for (const { face, heardAtMs } of batch)
        if (face !== undefined) heartbeats.add(face.registration, nowMs - heardAtMs)
      sends.push(...this.#relay(to, 'heartbeats', [this.#batchId, this.#parts.self, to, 0, ...heartbeats.fields()]))
    }
    return sends
  }

  #relay(to: NodeId, type: string, fields: Row): Send[] {
    const next = this.#nextHop(to)
    return next === undefined ? [] : [{ to: next, frame: encodeFrame(type, ...fields) }]
  }

  /** The direct stream, otherwise the peer through which the last beat came. */
  #nextHop(to: NodeId): NodeId | undefined {
    const { peers, members } = this.#parts
    if (peers.has(to)) return to
    const via = members.beatOf(to)?.via
    return via !== undefined && peers.has(via) ? via : undefined
  }

  /** The holder; when that is silent, or may be in a crash loop, in another cluster: any sibling of it that is not. */
  #targetOf(entry: Entry, nowMs: number): NodeId | undefined {
    const { members, directory } = this.#parts
    const reaches = (node: NodeId): boolean => members.isSteady(node, nowMs) && this.#nextHop(node) !== undefined
    const holder = this.#redirects.get(entry) ?? entry.lease?.holder
    if (holder !== undefined && reaches(holder)) return holder
    if (entry.local) return undefined
    for (const [node, known] of directory.nodes) if (known.clusterId === entry.clusterId && reaches(node)) return node
    const answers = holder !== undefined && !members.isSilent(holder, nowMs) && this.#nextHop(holder) !== undefined
    return answers ? holder : undefined
  }

  #expire(nowMs: number): void {
    for (const [id, pending] of this.#pending) {
      if (nowMs - pending.sentAtMs < ACKNOWLEDGE_MS) continue
      this.#pending.delete(id)
      if (!pending.told) this.#abandon(pending.entries)
    }
  }

  #abandon(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.local) this.#takeovers.add(entry)
      else entry.unanswered = true
    }
  }

  #entryOf(epoch: Epoch, seq: number): Entry | undefined {
    const { catalog, directory } = this.#parts
    const write = catalog.writer(epoch)?.find(seq)
    const key = write === undefined ? undefined : parseKey(write.key)
    return key === undefined || key.kind !== 'instance' ? undefined : directory.entry(key.a as Sid, key.cluster, key.b)
  }
}

const bumpHops = (fields: Row, at: number): Row => fields.map((field, i) => (i === at ? (field as number) + 1 : field))
