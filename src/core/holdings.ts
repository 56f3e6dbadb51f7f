import type { Entry } from './entry.ts'
import type { Group } from './group.ts'
import type { NodeId } from './model.ts'

/** Leases are looked at in buckets of this width, so that a lapse is found at most this late. */
export const BUCKET_MS = 200
/** Self-preservation needs more than this many silent instances of one service… */
const PRESERVE_ABOVE = 5
/** …that are at least this share of those the holder holds for it (invariant 12). */
const PRESERVE_SHARE = 0.8
const PRESERVE_SLACK_MS = 1_000

/**
 * The leases this node holds, in memory: when each instance was last heard and which have lapsed. A heartbeat moves a
 * number and nothing else; deadlines are looked up again only when the old one comes.
 */
export class Holdings {
  readonly #self: NodeId
  readonly #buckets = new Map<number, Entry[]>()
  readonly #bucketOf = new Map<Entry, number>()
  /** Instances whose lease this node has ended: their registrations stay, hidden, for a while. */
  readonly ended = new Set<Entry>()
  #watchingSinceMs = 0
  #looked = 0

  constructor(self: NodeId) {
    this.#self = self
  }

  get size(): number {
    return this.#bucketOf.size
  }

  holds(entry: Entry): boolean {
    return entry.lease?.open === true && entry.lease.holder === this.#self
  }

  /** To be told of every change of an entry's lease; begins to watch what is now held here, and then it is true. */
  leaseChanged(entry: Entry, nowMs: number): boolean {
    if (entry.lease?.open === false && entry.lease.holder === this.#self) this.ended.add(entry)
    else this.ended.delete(entry)
    if (!this.holds(entry)) {
      this.#bucketOf.delete(entry)
      entry.graceUntilMs = 0
      return false
    }
    const before = this.#bucketOf.get(entry)
    // Also what was heard here only before this node stood still.
    const begins = before === undefined && entry.heardAtMs < this.#watchingSinceMs
    if (begins) entry.heardAtMs = nowMs
    const bucket = bucketFor(dueMs(entry))
    if (before === undefined || bucket < before) this.#schedule(entry, bucket)
    return begins
  }

  /** Heard, within its lease and since this node last began to watch: what it knows from before may be out of date. */
  hasHeard(entry: Entry, nowMs: number): boolean {
    return entry.heard && entry.heardAtMs >= this.#watchingSinceMs && nowMs - entry.heardAtMs < leaseOf(entry)
  }

  hear(entry: Entry, atMs: number): void {
    entry.hear(atMs)
    if (entry.lease !== undefined && atMs + entry.lease.leaseMs > entry.graceUntilMs) entry.graceUntilMs = 0
  }

  /**
   * Begins a lease anew for everything held: after a start, a suspension or a stopped event loop (invariant 10).
   * `watchedMs`: how much of it an instance has been watched for already.
   */
  watchAnew(nowMs: number, watchedMs: (entry: Entry) => number): void {
    this.#watchingSinceMs = nowMs
    for (const entry of this.#bucketOf.keys()) {
      entry.heardAtMs = nowMs - Math.min(watchedMs(entry), leaseOf(entry))
      entry.heard = false
      entry.graceUntilMs = 0
      this.#schedule(entry, bucketFor(dueMs(entry)))
    }
  }

  /** The longest lease held, in milliseconds: how long watching lasts. */
  longestLeaseMs(): number {
    let longest = 0
    for (const entry of this.#bucketOf.keys()) longest = Math.max(longest, entry.lease?.leaseMs ?? 0)
    return longest
  }

  entries(): IterableIterator<Entry> {
    return this.#bucketOf.keys()
  }

  /** Held leases that have lapsed and that self-preservation does not keep. */
  lapsed(nowMs: number): Entry[] {
    const due = this.#due(nowMs)
    const fresh = new Set(due.filter(entry => entry.graceUntilMs === 0).map(entry => entry.group))
    for (const group of fresh) this.#preserve(group, nowMs)
    return due.filter(entry => {
      if (dueMs(entry) <= nowMs) return true
      this.#schedule(entry, bucketFor(dueMs(entry)))
      return false
    })
  }

  /** An end that could not be written now is looked at again in the next bucket. */
  retry(entry: Entry, nowMs: number): void {
    this.#schedule(entry, bucketFor(nowMs) + 1)
  }

  #due(nowMs: number): Entry[] {
    const due: Entry[] = []
    const now = Math.floor(nowMs / BUCKET_MS)
    if (this.#looked === 0) this.#looked = Math.min(now, ...this.#buckets.keys())
    for (let bucket = this.#looked; bucket <= now; bucket++) {
      for (const entry of this.#buckets.get(bucket) ?? []) {
        if (this.#bucketOf.get(entry) !== bucket) continue
        this.#bucketOf.delete(entry)
        if (dueMs(entry) <= nowMs) due.push(entry)
        else this.#schedule(entry, bucketFor(dueMs(entry)))
      }
      this.#buckets.delete(bucket)
    }
    this.#looked = now + 1
    return due
  }

  /** Keeps the silent instances of a service for one more lease when nearly all of them fell silent together. */
  #preserve(group: Group, nowMs: number): void {
    let held = 0
    const silent: Entry[] = []
    for (const head of group.entries.values()) {
      for (let entry: Entry | undefined = head; entry !== undefined; entry = entry.next) {
        if (!this.holds(entry)) continue
        held += 1
        if (nowMs - entry.heardAtMs >= silenceMs(entry)) silent.push(entry)
      }
    }
    if (silent.length <= PRESERVE_ABOVE || silent.length < held * PRESERVE_SHARE) return
    for (const entry of silent) {
      if (entry.graceUntilMs === 0) entry.graceUntilMs = entry.heardAtMs + 2 * leaseOf(entry)
    }
  }

  #schedule(entry: Entry, bucket: number): void {
    const at = Math.max(bucket, this.#looked)
    this.#bucketOf.set(entry, at)
    const entries = this.#buckets.get(at)
    if (entries === undefined) this.#buckets.set(at, [entry])
    else entries.push(entry)
  }
}

const leaseOf = (entry: Entry): number => entry.lease?.leaseMs ?? 0
const dueMs = (entry: Entry): number => (entry.graceUntilMs > 0 ? entry.graceUntilMs : entry.heardAtMs + leaseOf(entry))
const silenceMs = (entry: Entry): number => leaseOf(entry) - (entry.lease?.intervalMs ?? 0) - PRESERVE_SLACK_MS
const bucketFor = (dueAtMs: number): number => Math.ceil(dueAtMs / BUCKET_MS)
