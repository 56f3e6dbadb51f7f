import type { Dot } from './context.ts'
import type { Entry } from './entry.ts'
import type { Holdings } from './holdings.ts'
import type { Epoch } from './model.ts'
import { isCount, isEpoch } from './wire.ts'

/** A start counts as at least this much watching, or a crash loop would keep the dead for ever. */
const START_COUNTS_MS = 5_000
/** Beats that a start may have sent after it last saved its progress: one a second, saved every five, and some luck. */
const BEATS_UNSAVED = 7

/** After a repair every peer has said within this how far it has heard this node's earlier starts. */
const TOLD_MS = 2_000

/** How far watching had come when it was last saved. */
export interface WatchProgress {
  readonly watchedMs: number
  /** Registrations heard since watching began: these begin a whole lease at the next start, the others continue. */
  readonly heard: readonly Dot[]
  /** The start that saved it, and how many beats it had sent by then. */
  readonly epoch: Epoch
  readonly beat: number
}

/**
 * After a start or a suspension a holder watches its leases for one lease before it ends any: it cannot know who was heard
 * elsewhere meanwhile (replication.md, "Leases"). Progress is saved, so that a crash loop does not begin anew each time.
 */
export class Watching {
  readonly #holdings: Holdings
  readonly #awaitPeersMs: number
  #startedAtMs = 0
  #untilMs = 0
  /** Until then leases are watched that came after watching began. */
  #cameBackUntilMs = 0
  #earlier: WatchProgress | undefined
  #earlierHeard = new Set<string>()
  /** When the first repair since watching began ended. */
  #repairedAtMs: number | undefined
  /** As how much this watching counts at least, however soon it is cut short: only a start counts so. */
  #countsMs = START_COUNTS_MS
  #begun = false

  /** `awaitPeersMs`: after a start no lease is ended before nobody has answered for so long; 0: there is nobody. */
  constructor(holdings: Holdings, awaitPeersMs: number) {
    this.#holdings = holdings
    this.#awaitPeersMs = awaitPeersMs
  }

  isOn(nowMs: number): boolean {
    return nowMs < this.#untilMs
  }

  /** Goes on where an earlier start left off. */
  get continues(): boolean {
    return this.#earlier !== undefined
  }

  /**
   * Peers have heard the start that saved the progress long after it did: this is the disk of long ago, and who was heard
   * meanwhile is not on it.
   */
  isOutdated(beatOf: (epoch: Epoch) => number | undefined): boolean {
    if (this.#earlier === undefined) return false
    return (beatOf(this.#earlier.epoch) ?? 0) > this.#earlier.beat + BEATS_UNSAVED
  }

  begin(nowMs: number, earlier?: WatchProgress): void {
    this.#startedAtMs = nowMs
    this.#cameBackUntilMs = 0
    this.#countsMs = this.#begun ? 0 : START_COUNTS_MS
    this.#begun = true
    this.#repairedAtMs = undefined
    this.#earlier = earlier
    this.#earlierHeard = new Set(earlier?.heard.map(idOf))
    this.#holdings.watchAnew(nowMs, entry => (this.#wasHeard(entry) ? 0 : (earlier?.watchedMs ?? 0)))
    this.#untilMs = nowMs + this.#holdings.longestLeaseMs()
  }

  /** What this node held before it lost its memory comes with a repair, and is watched for a lease from then on. */
  cameBack({ lease }: Entry, nowMs: number): void {
    this.#cameBackUntilMs = Math.max(this.#cameBackUntilMs, nowMs + (lease?.leaseMs ?? 0))
  }

  /** What its beats say. What came back is no part of the progress that is saved: a start watches it anew. */
  isTold(nowMs: number): boolean {
    return this.isOn(nowMs) || nowMs < this.#cameBackUntilMs
  }

  repaired(nowMs: number): void {
    this.#repairedAtMs ??= nowMs
  }

  /** A lease found lapsed is ended only after watching and, while a peer answers, one repair (invariant 11). */
  mayEnd({ lease }: Entry, nowMs: number, alone: boolean): boolean {
    const repairedMs = this.#repairedAtMs
    // What an earlier start has watched counts only when no peer says that it went on for long after that was saved.
    if (repairedMs !== undefined) return !this.continues || nowMs - repairedMs >= TOLD_MS
    return alone && nowMs - this.#startedAtMs >= Math.min(this.#awaitPeersMs, lease?.leaseMs ?? 0)
  }

  /** To be saved every few seconds while watching is on, by this start after so many beats. */
  progress(nowMs: number, start: Pick<WatchProgress, 'epoch' | 'beat'>): WatchProgress {
    const heard: Dot[] = []
    for (const entry of this.#holdings.entries()) {
      if (entry.face !== undefined && (entry.heardAtMs > this.#startedAtMs || this.#wasHeard(entry))) {
        heard.push({ epoch: entry.face.registration.epoch, seq: entry.face.registration.seq })
      }
    }
    const watchedMs = (this.#earlier?.watchedMs ?? 0) + Math.max(this.#countsMs, nowMs - this.#startedAtMs)
    return { watchedMs, heard, ...start }
  }

  #wasHeard(entry: Entry): boolean {
    // Asked for every instance at a start, and mostly of nothing.
    if (this.#earlierHeard.size === 0 || entry.face === undefined) return false
    return this.#earlierHeard.has(idOf(entry.face.registration))
  }
}

const idOf = ({ epoch, seq }: Dot): string => epoch + seq

/** `[watchedMs, [[epoch, seqs…], …], epoch, beat]` */
export const progressRow = ({ watchedMs, heard, epoch, beat }: WatchProgress): readonly unknown[] => {
  const byEpoch = new Map<Epoch, number[]>()
  for (const { epoch, seq } of heard) {
    const seqs = byEpoch.get(epoch)
    if (seqs === undefined) byEpoch.set(epoch, [seq])
    else seqs.push(seq)
  }
  return [watchedMs, [...byEpoch].map(([epoch, seqs]) => [epoch, ...seqs]), epoch, beat]
}

/** Undefined for what is no saved progress: then watching begins from nothing. */
export const readProgress = (row: unknown): WatchProgress | undefined => {
  if (!Array.isArray(row)) return undefined
  const [watchedMs, rows, epoch, beat] = row as unknown[]
  if (typeof watchedMs !== 'number' || !Array.isArray(rows) || !isEpoch(epoch) || !isCount(beat)) return undefined
  const heard = (rows as unknown[]).flatMap(each => {
    const [epoch, ...seqs] = Array.isArray(each) ? (each as unknown[]) : []
    return seqs.map(seq => ({ epoch: epoch as Epoch, seq: seq as number }))
  })
  return { watchedMs, heard, epoch, beat }
}
