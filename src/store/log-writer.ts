import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../center/ports.ts'
import { Batch, type Done } from './batch.ts'
import { FRAME_BYTES_MAX } from './log-format.ts'
import { DID_NOT_KEEP, type Segment } from './segment.ts'

/**
 * When a write counts. `group`: after the fsync that all waiting writes share. `relaxed`: once the operating system has
 * it; it is synced within RELAXED_WINDOW_MS, which a power cut may take away, a killed process not. `off`: never synced.
 */
export type SyncMode = 'group' | 'relaxed' | 'off'

/** Between two groups. A write waits for this, one running fsync and its own: short enough for 5 ms on an idle disk. */
export const GROUP_SPACING_MS = 2
/** After a group of so many the next waits longer: a group costs the processor what ten frames cost. */
const CROWD_FRAMES = 10
const CROWD_SPACING_MS = 6
/** What `relaxed` may lose when the power fails. */
export const RELAXED_WINDOW_MS = 100
/** Frames that a stuck disk may hold up; what comes on top is refused. */
export const PENDING_BYTES_MAX = 64 * 1024 * 1024

export interface WriterEvents {
  /** A group has been written and, in the mode `group`, synced. */
  stored(frames: number, bytes: number, tookMs: number): void
  failed(frames: number, error: Error): void
}

interface Rotation {
  readonly create: (previous: Segment) => Promise<Segment>
  readonly atCut: () => void
  readonly settle: (error?: Error) => void
}

/** Writes frames in groups, one group at a time, to the segment whose turn it is. */
export class LogWriter {
  readonly #mode: SyncMode
  readonly #clock: Clock
  readonly #events: WriterEvents
  #segment: Segment
  #batch: Batch
  #rotation: Rotation | undefined
  #running: Promise<void> | undefined
  #cancelSync: (() => void) | undefined
  #lastStartMs = Number.NEGATIVE_INFINITY
  #spacingMs = GROUP_SPACING_MS
  /** Frames that had been acknowledged were given up, and what waits has not been refused yet. */
  #lost = false
  #closed = false

  constructor(segment: Segment, mode: SyncMode, clock: Clock, events: WriterEvents) {
    this.#segment = segment
    this.#batch = new Batch(segment.header)
    this.#mode = mode
    this.#clock = clock
    this.#events = events
  }

  /** Bytes of the segment whose turn it is. */
  get segmentBytes(): number {
    return this.#segment.end
  }

  append(frame: Uint8Array, done: Done): void {
    const refusal = this.#refusal(frame)
    if (refusal !== undefined) {
      queueMicrotask(() => {
        if (!this.#closed) this.#events.failed(1, refusal)
        done(refusal)
      })
      return
    }
    this.#batch.add(frame, done)
    this.#wake()
  }

  /**
   * Goes over to a new segment. `atCut` runs at the moment that parts the two: everything appended before it is in the
   * old one, everything after it in the new one. It must not throw.
   * Fails when something appended before it was refused after it: then the state of that moment must not be kept.
   */
  rotate(create: (previous: Segment) => Promise<Segment>, atCut: () => void): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#rotation = { create, atCut, settle: error => (error === undefined ? resolve() : reject(error)) }
    this.#wake()
    return promise
  }

  /** To be told when a segment has given up frames that had been acknowledged. */
  lost(): void {
    this.#lost = true
    this.#wake()
  }

  /** Stores what is waiting, whatever the mode, and closes the file. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
    this.#cancelSync?.()
    await this.#segment.finish()
  }

  #refusal(frame: Uint8Array): Error | undefined {
    if (this.#closed) return new Error('not stored: the store is closed')
    if (frame.byteLength > FRAME_BYTES_MAX) {
      return new Error(`not stored: a frame of ${frame.byteLength} bytes; at most ${FRAME_BYTES_MAX} are allowed`)
    }
    if (this.#batch.byteLength + frame.byteLength > PENDING_BYTES_MAX) {
      return new Error(`not stored: ${PENDING_BYTES_MAX} bytes are waiting for the disk`)
    }
    return undefined
  }

  #wake(): void {
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    while (this.#rotation !== undefined || this.#batch.frames > 0 || this.#segment.doubtful || this.#lost) {
      // Each of these is awaited, so that nothing ends here before `#running` says that it has begun.
      if (this.#segment.doubtful || this.#lost) await this.#afterLoss()
      else if (this.#rotation !== undefined) await this.#turn(this.#rotation)
      else {
        await this.#gather()
        await this.#store(this.#take(this.#segment))
      }
    }
    // In the same step as the last look at what is waiting: what comes after it must wake the writer again.
    this.#running = undefined
  }

  /** Lets what belongs to the same moment join the group, and the disk breathe between two groups. */
  async #gather(): Promise<void> {
    const waitMs = this.#lastStartMs + this.#spacingMs - this.#clock.monotonicMs()
    if (waitMs > 0) await new Promise<void>(resolve => this.#clock.after(waitMs, resolve))
    else await setImmediate()
  }

  #take(next: Segment): Batch {
    const batch = this.#batch
    this.#batch = new Batch(next.header)
    return batch
  }

  /** The answer is what kept the batch from being stored, and with it everyone who waited has been told. */
  async #store(batch: Batch): Promise<Error | undefined> {
    const before = this.#segment.end
    this.#lastStartMs = this.#clock.monotonicMs()
    this.#spacingMs = batch.frames < CROWD_FRAMES ? GROUP_SPACING_MS : CROWD_SPACING_MS
    try {
      await this.#segment.write(batch)
      if (this.#mode === 'group') await this.#segment.sync()
    } catch (cause) {
      await this.#segment.cutTo(before)
      const error = new Error(`not stored: ${(cause as Error).message}`, { cause })
      this.#events.failed(batch.frames, error)
      batch.settle(error)
      return error
    }
    this.#events.stored(batch.frames, batch.byteLength, this.#clock.monotonicMs() - this.#lastStartMs)
    batch.settle()
    if (this.#mode === 'relaxed') this.#syncLater()
    return undefined
  }

  #syncLater(): void {
    this.#cancelSync ??= this.#clock.after(RELAXED_WINDOW_MS, () => {
      this.#cancelSync = undefined
      if (!this.#segment.behind) return
      // What is written meanwhile has a time of its own.
      this.#segment.sync().catch(error => {
        this.#events.failed(0, error)
        this.#wake()
      })
    })
  }

  /** What waited when frames were given up is refused: behind them it would be stored out of order. */
  async #afterLoss(): Promise<void> {
    this.#segment.giveUp()
    const batch = this.#batch
    const refused = this.#lost && batch.frames > 0
    this.#lost = false
    if (!refused) return
    this.#batch = new Batch(batch.header)
    const error = new Error(`not stored: ${DID_NOT_KEEP}`)
    this.#events.failed(batch.frames, error)
    batch.settle(error)
  }

  async #turn(rotation: Rotation): Promise<void> {
    this.#rotation = undefined
    let next: Segment
    try {
      next = await rotation.create(this.#segment)
    } catch (error) {
      rotation.settle(error as Error)
      return
    }
    const last = this.#take(next)
    rotation.atCut()
    const refusal = last.frames > 0 ? await this.#store(last) : undefined
    // Now, and not with the next write: that may be long in coming. What fails here is tried again there.
    await this.#segment.finish().catch(() => this.#segment.giveUp())
    this.#segment = next
    rotation.settle(refusal)
  }
}
