import type { Dot } from './context.ts'
import type { Entry } from './entry.ts'
import type { Holdings } from './holdings.ts'
import type { Epoch } from './model.ts'

/** A start counts as at least this much watching, or a crash loop would keep the dead for ever. */
const START_COUNTS_MS = 5_000

/** How far watching had come when it was last saved. */
export interface WatchProgress {
  readonly watchedMs: number
  /** Registrations heard since watching began: these begin a whole lease at the next start, the others continue. */
  readonly heard: readonly Dot[]
}

/**
 * After a start or a suspension a holder watches its leases for one lease before it ends any: it cannot know who was heard
 * elsewhere meanwhile (replication.md, "Leases"). Progress is saved, so that a crash loop does not begin anew each time.
 */
export class Watching {
  readonly #holdings: Holdings
  #startedAtMs = 0
  #untilMs = 0
  #earlierMs = 0
  #earlierHeard = new Set<string>()

  constructor(holdings: Holdings) {
    this.#holdings = holdings
  }

  isOn(nowMs: number): boolean {
    return nowMs < this.#untilMs
  }

  begin(nowMs: number, earlier?: WatchProgress): void {
    this.#startedAtMs = nowMs
    this.#earlierMs = earlier?.watchedMs ?? 0
    this.#earlierHeard = new Set(earlier?.heard.map(idOf))
    this.#holdings.watchAnew(nowMs, entry => (this.#wasHeard(entry) ? 0 : this.#earlierMs))
    this.#untilMs = nowMs + this.#holdings.longestLeaseMs()
  }

  /** To be saved every few seconds while watching is on. */
  progress(nowMs: number): WatchProgress {
    const heard: Dot[] = []
    for (const entry of this.#holdings.entries()) {
      if (entry.face !== undefined && (entry.heardAtMs > this.#startedAtMs || this.#wasHeard(entry))) {
        heard.push({ epoch: entry.face.registration.epoch, seq: entry.face.registration.seq })
      }
    }
    return { watchedMs: this.#earlierMs + Math.max(START_COUNTS_MS, nowMs - this.#startedAtMs), heard }
  }

  #wasHeard(entry: Entry): boolean {
    return entry.face !== undefined && this.#earlierHeard.has(idOf(entry.face.registration))
  }
}

const idOf = ({ epoch, seq }: Dot): string => epoch + seq

/** `[watchedMs, [[epoch, seqs…], …]]` */
export const progressRow = ({ watchedMs, heard }: WatchProgress): readonly unknown[] => {
  const byEpoch = new Map<Epoch, number[]>()
  for (const { epoch, seq } of heard) {
    const seqs = byEpoch.get(epoch)
    if (seqs === undefined) byEpoch.set(epoch, [seq])
    else seqs.push(seq)
  }
  return [watchedMs, [...byEpoch].map(([epoch, seqs]) => [epoch, ...seqs])]
}

/** Undefined for what is no saved progress: then watching begins from nothing. */
export const readProgress = (row: unknown): WatchProgress | undefined => {
  if (!Array.isArray(row)) return undefined
  const [watchedMs, rows] = row as unknown[]
  if (typeof watchedMs !== 'number' || !Array.isArray(rows)) return undefined
  const heard = (rows as unknown[]).flatMap(each => {
    const [epoch, ...seqs] = Array.isArray(each) ? (each as unknown[]) : []
    return seqs.map(seq => ({ epoch: epoch as Epoch, seq: seq as number }))
  })
  return { watchedMs, heard }
}
