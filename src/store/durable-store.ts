import { join } from 'node:path'
import type { Clock, Random, Store, StoreSource } from '../center/ports.ts'
import type { FileSystem } from './file-system.ts'
import { fileName, layoutOf } from './layout.ts'
import { loadLog } from './loader.ts'
import type { FileHeader, FileKind } from './log-format.ts'
import { LogWriter, type SyncMode } from './log-writer.ts'
import { DID_NOT_KEEP, Segment } from './segment.ts'
import { writeSnapshot } from './snapshot-file.ts'
import { StoreError } from './store-error.ts'
import { Values } from './values.ts'

/** A log smaller than this is not worth a snapshot. */
export const COMPACT_BYTES_MIN = 16 * 1024 * 1024
/** Nor one that is not at least this many times the last snapshot: so a byte is rewritten once per byte appended. */
const COMPACT_RATIO = 2
const TAG_BYTES = 8

export interface StoreOptions {
  readonly sync: SyncMode
  /** Defaults to COMPACT_BYTES_MIN. */
  readonly compactBytesMin?: number
}

/** What is worth counting. Times are milliseconds. */
export interface StoreObserver {
  stored(frames: number, bytes: number, tookMs: number): void
  failed(frames: number): void
  /** Bytes of the segments that no snapshot stands for. */
  logBytes(bytes: number): void
  compacted(bytes: number, tookMs: number): void
}

export interface StoreLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface StoreDeps {
  readonly fs: FileSystem
  readonly clock: Clock
  readonly random: Random
  readonly log: StoreLog
  readonly observer?: StoreObserver
  /** Keeps other processes out; the answer lets them in again. */
  readonly lock: (directory: string) => Promise<() => Promise<void>>
}

type Snapshot = () => Iterable<Uint8Array>

/** The log of one data directory: `log/` (see layout.ts) and `values/`. */
export class DurableStore implements Store, StoreSource {
  readonly durable = true
  readonly #directory: string
  readonly #options: StoreOptions
  readonly #deps: StoreDeps
  readonly #values: Values
  readonly #unlock: () => Promise<void>
  #writer: LogWriter | undefined
  #snapshot: Snapshot | undefined
  #snapshotBytes = 0
  /** Bytes of the segments between the snapshot and the one that is written. */
  #earlierBytes = 0
  #number = 0
  #compactAtBytes = 0
  #compacting: Promise<void> | undefined
  #full = false
  #closed = false
  #onLoss: (error: Error) => void = () => {}
  readonly #lost = (): void => {
    this.#deps.log.error({}, `${DID_NOT_KEEP}: what was acknowledged last is in memory only until it is stored again`)
    this.#writer?.lost()
    this.#onLoss(new Error(DID_NOT_KEEP))
  }

  private constructor(
    directory: string,
    options: StoreOptions,
    deps: StoreDeps,
    values: Values,
    unlock: () => Promise<void>,
  ) {
    this.#directory = directory
    this.#options = options
    this.#deps = deps
    this.#values = values
    this.#unlock = unlock
  }

  static async open(directory: string, options: StoreOptions, deps: StoreDeps): Promise<DurableStore> {
    const { fs, clock, log } = deps
    await fs.makeDirectory(join(directory, 'log'))
    await fs.makeDirectory(join(directory, 'values'))
    const unlock = await deps.lock(directory)
    try {
      const failed = (name: string, error: Error): void => {
        log.error({ name, error: error.message }, 'a value could not be stored; it will be tried again')
      }
      await fs.syncDirectory(directory)
      const values = await Values.open({ fs, directory: join(directory, 'values'), clock, failed })
      return new DurableStore(directory, options, deps, values, unlock)
    } catch (error) {
      await unlock()
      throw error
    }
  }

  async load(apply: (frame: Uint8Array) => void): Promise<void> {
    const { fs, clock, log } = this.#deps
    const startMs = clock.monotonicMs()
    const directory = this.#logDirectory
    const layout = layoutOf(await fs.list(directory))
    // A snapshot must surely have its name before what it stands for is removed.
    await fs.syncDirectory(directory)
    for (const name of layout.leftovers) await fs.remove(join(directory, name))
    const loaded = await loadLog(fs, directory, layout, apply)
    const { last, frames, cutBytes } = loaded
    this.#snapshotBytes = loaded.snapshotBytes
    this.#earlierBytes = loaded.earlierBytes
    this.#number = last?.header.number ?? 0
    const segment = last
      ? new Segment(last.file, last.header, last.end, this.#lost)
      : await this.#createSegment(this.#header('segment'))
    this.#start(segment)
    const tookMs = Math.round(clock.monotonicMs() - startMs)
    if (cutBytes > 0)
      log.warn({ cutBytes }, 'the end of the log was torn and has been cut off; nothing acknowledged was in it')
    if (frames > 0) log.info({ frames, tookMs }, 'log loaded')
  }

  append(frame: Uint8Array, done: (error?: Error) => void): void {
    if (this.#writer === undefined) throw new StoreError('the store is not loaded yet')
    this.#writer.append(frame, done)
  }

  onLoss(listener: (error: Error) => void): void {
    this.#onLoss = listener
  }

  put(name: string, value: Uint8Array): void {
    this.#values.put(name, value)
  }

  get(name: string): Uint8Array | undefined {
    return this.#values.get(name)
  }

  compactWith(snapshot: Snapshot): void {
    this.#snapshot = snapshot
    this.#compactWhenGrown()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    try {
      await this.#compacting
      await this.#values.close()
      await this.#writer?.close()
    } finally {
      await this.#unlock()
    }
  }

  get #logDirectory(): string {
    return join(this.#directory, 'log')
  }

  get #logBytes(): number {
    return this.#earlierBytes + (this.#writer?.segmentBytes ?? 0)
  }

  #start(segment: Segment): void {
    const { clock, log, observer } = this.#deps
    this.#writer = new LogWriter(segment, this.#options.sync, clock, {
      stored: (frames, bytes, tookMs) => {
        observer?.stored(frames, bytes, tookMs)
        observer?.logBytes(this.#logBytes)
        if (this.#full) log.info({}, 'writes are stored again')
        this.#full = false
        this.#compactWhenGrown()
      },
      failed: (frames, error) => {
        observer?.failed(frames)
        // Once, not per write: a full disk would fill the log of whoever reads it.
        if (!this.#full) log.error({ error: error.message }, 'writes cannot be stored')
        this.#full = true
      },
    })
    this.#compactAtBytes = this.#threshold
  }

  get #threshold(): number {
    return Math.max(this.#options.compactBytesMin ?? COMPACT_BYTES_MIN, COMPACT_RATIO * this.#snapshotBytes)
  }

  #compactWhenGrown(): void {
    if (this.#snapshot === undefined || this.#writer === undefined || this.#closed) return
    if (this.#compacting !== undefined || this.#logBytes < this.#compactAtBytes) return
    this.#compacting = this.#compact(this.#snapshot, this.#writer)
      .catch(error => {
        // Until the log has grown by as much again: what failed now would fail at the next write too.
        this.#compactAtBytes = this.#logBytes + this.#threshold
        this.#deps.log.error({ error: (error as Error).message }, 'the log could not be compacted; it goes on growing')
      })
      .finally(() => {
        this.#compacting = undefined
      })
  }

  async #compact(snapshot: Snapshot, writer: LogWriter): Promise<void> {
    const { fs, clock, observer, log } = this.#deps
    const startMs = clock.monotonicMs()
    let frames: Iterator<Uint8Array> = [][Symbol.iterator]()
    let failure: unknown
    const create = async (previous: Segment): Promise<Segment> => this.#createSegment(this.#header('segment'), previous)
    await writer.rotate(create, () => {
      this.#earlierBytes = this.#logBytes
      try {
        frames = atOnce(snapshot())
      } catch (error) {
        failure = error
      }
    })
    if (failure !== undefined) throw failure
    const header = { ...this.#header('snapshot'), number: this.#number }
    const bytes = await writeSnapshot(
      { fs, directory: this.#logDirectory, header, clock, cancelled: () => this.#closed },
      frames,
    )
    if (bytes === undefined) return
    this.#snapshotBytes = bytes
    this.#earlierBytes = 0
    this.#compactAtBytes = this.#threshold
    const tookMs = Math.round(clock.monotonicMs() - startMs)
    observer?.compacted(bytes, tookMs)
    log.info({ bytes, tookMs }, 'log compacted')
    for (const name of layoutOf(await fs.list(this.#logDirectory)).leftovers)
      await fs.remove(join(this.#logDirectory, name))
  }

  #header(kind: FileKind): FileHeader {
    return { kind, number: this.#number + 1, tag: Buffer.from(this.#deps.random.hex(TAG_BYTES), 'hex') }
  }

  async #createSegment(header: FileHeader, previous?: Segment): Promise<Segment> {
    const { fs } = this.#deps
    // One that a crash, or a full disk, kept from being written to may stand there.
    await fs.remove(join(this.#logDirectory, fileName('segment', header.number)))
    const segment = await Segment.create(fs, this.#logDirectory, header, this.#lost, previous)
    this.#number = header.number
    return segment
  }
}

/** Asks for the first frame now: the state it belongs to is this moment's. */
function atOnce(frames: Iterable<Uint8Array>): Iterator<Uint8Array> {
  const iterator = frames[Symbol.iterator]()
  let first: IteratorResult<Uint8Array> | undefined = iterator.next()
  return {
    next() {
      const result = first ?? iterator.next()
      first = undefined
      return result
    },
    return: value => iterator.return?.(value) ?? { done: true, value },
  }
}
