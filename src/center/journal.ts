import type { Catalog } from '../core/catalog.ts'
import type { Context } from '../core/context.ts'
import type { Epoch } from '../core/model.ts'
import type { Now } from '../core/registry.ts'
import type { Outcome, Replica } from '../core/replica.ts'
import {
  contextRow,
  decodeFrame,
  encodeFrame,
  isEpoch,
  isSeq,
  readContext,
  readWrites,
  type Write,
  writesRow,
} from '../core/wire.ts'
import type { Clock, Store } from './ports.ts'

/** Records in one frame of a snapshot, and bytes of their values from which on it takes no more: few enough for one step. */
const SNAPSHOT_BATCH = 256
const SNAPSHOT_BYTES = 256 * 1024
/** After the store refused a frame, an empty one is tried this often. */
const PROBE_MS = 1_000

/**
 * What the replica did, as frames of the durable log. A context is never ahead of its records: what covers a dot is
 * appended behind the version, or the end, that it stands for (invariant 20).
 */
export class Journal {
  readonly #store: Store
  readonly #clock: Clock
  readonly #catalog: Catalog
  #failure: string | undefined
  #probing: (() => void) | undefined
  /** Frames were lost, and the catalog has not been written whole since. */
  #incomplete = false
  /** How often: what is lost while the catalog is being written may be missing from that, too. */
  #losses = 0
  /** Frames that the store refused: held in memory only until the store takes the whole catalog again. */
  lost = 0

  constructor(store: Store, clock: Clock, catalog: Catalog) {
    this.#store = store
    this.#clock = clock
    this.#catalog = catalog
    store.onLoss(error => this.#refused(error))
  }

  /** Why writes are refused now; undefined while the store takes them. */
  get failure(): string | undefined {
    return this.#failure
  }

  /** `done` runs when the outcome is as durable as the store promises. */
  append(outcome: Pick<Outcome, 'writes' | 'ended'>, done: (error?: Error) => void = ignore): void {
    if (outcome.writes.length === 0 && outcome.ended.length === 0) return done()
    const ended = outcome.ended.map(({ key, epoch, seq }) => [key, epoch, seq])
    this.#append(encodeFrame('writes', writesRow(outcome.writes), ended), done)
  }

  /**
   * Covers dots whose versions and ends have been appended before. Not while any of those is missing from the log: after a
   * crash a context ahead of its records would read as deletions.
   */
  appendJoin(context: Context): void {
    if (!this.#incomplete) this.#append(encodeFrame('join', contextRow(context)), ignore)
  }

  #append(frame: Uint8Array, done: (error?: Error) => void): void {
    this.#store.append(frame, error => {
      if (error !== undefined) {
        this.lost += 1
        this.#refused(error)
      }
      done(error)
    })
  }

  /** The log lacks something until the whole catalog has been written again. */
  #refused({ message }: Error): void {
    this.#incomplete = true
    this.#losses += 1
    this.#failure = message
    this.#probe()
  }

  #probe(): void {
    this.#probing ??= this.#clock.after(PROBE_MS, () => {
      this.#probing = undefined
      this.#writeWhole(snapshot(this.#catalog), this.#losses)
    })
  }

  /** Once the store takes frames again it is given everything, one frame after another. */
  #writeWhole(frames: Iterator<Uint8Array>, losses: number): void {
    const { done, value } = frames.next()
    if (done === true) {
      if (losses === this.#losses) this.#incomplete = false
      return
    }
    this.#store.append(value, error => {
      if (error !== undefined) return this.#probe()
      this.#failure = undefined
      this.#writeWhole(frames, losses)
    })
  }

  close(): void {
    this.#probing?.()
  }
}

const ignore = (): void => {}

/** Applies one frame of the log. Frames it does not know are of a later version, and an error: silence would lose data. */
export const replay = (replica: Replica, frame: Uint8Array, now: Now): void =>
  replica.catalog.context.unlimited(() => apply(replica, frame, now))

const apply = (replica: Replica, frame: Uint8Array, now: Now): void => {
  const decoded = decodeFrame(frame)
  if (decoded?.type === 'writes') {
    const writes = readWrites(decoded.fields[0])
    const ended = readEnded(decoded.fields[1])
    if (writes === undefined || ended === undefined) throw new Error('the log holds a malformed frame of writes')
    replica.restore(writes, now)
    if (ended.length > 0) replica.endCovered(ended, now)
  } else if (decoded?.type === 'join') {
    const context = readContext(decoded.fields[0])
    if (context === undefined) throw new Error('the log holds a malformed context')
    replica.catalog.context.join(context)
  } else {
    throw new Error(`the log holds a frame of unknown type ${decoded?.type ?? '(not a frame)'}`)
  }
}

const readEnded = (rows: unknown): { key: string; epoch: Epoch; seq: number }[] | undefined => {
  if (!Array.isArray(rows)) return undefined
  const ended: { key: string; epoch: Epoch; seq: number }[] = []
  for (const row of rows as unknown[]) {
    if (!Array.isArray(row)) return undefined
    const [key, epoch, seq] = row as unknown[]
    if (typeof key !== 'string' || !isEpoch(epoch) || !isSeq(seq)) return undefined
    ended.push({ key, epoch, seq })
  }
  return ended
}

/**
 * Frames that rebuild the catalog, each writer's versions in order: so a start reads them as fast as they were written. The
 * context is the one of the beginning and comes last; what changes meanwhile is in the log behind the snapshot.
 */
export function* snapshot(catalog: Catalog): Generator<Uint8Array> {
  const context = catalog.context.copy()
  let batch: Write[] = []
  for (const epoch of [...catalog.writers()]) {
    for (let last: number | undefined = 0; last !== undefined; ) {
      last = fill(batch, catalog.writer(epoch)?.after(last) ?? [])
      if (last === undefined) continue
      yield encodeFrame('writes', writesRow(batch), [])
      batch = []
    }
  }
  yield encodeFrame('writes', writesRow([...batch, ...catalog.remembered()]), [])
  yield encodeFrame('join', contextRow(context))
}

/** The sequence at which the batch was full; undefined: it has room for more. */
const fill = (batch: Write[], writes: Iterable<Write>): number | undefined => {
  let bytes = batch.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
  for (const write of writes) {
    bytes += write.value?.length ?? 0
    if (batch.push(write) >= SNAPSHOT_BATCH || bytes >= SNAPSHOT_BYTES) return write.seq
  }
  return undefined
}
