import {
  BATCH_MARK_BYTES,
  type BatchMark,
  encodeBatchMark,
  type FileHeader,
  FRAME_HEADER_BYTES,
  sealFrame,
  seedOf,
} from './log-format.ts'

export type Done = (error?: Error) => void

const EMPTY = Buffer.alloc(0)
const START_BYTES = FRAME_HEADER_BYTES + BATCH_MARK_BYTES
const INITIAL_BYTES = 8 * 1024

/** Frames of one segment that wait to be written in one go, copied so that their owners may go on. */
export class Batch {
  readonly header: FileHeader
  readonly #seed: number
  readonly #waiting: Done[] = []
  #buffer: Buffer = EMPTY
  #length = START_BYTES

  constructor(header: FileHeader) {
    this.header = header
    this.#seed = seedOf(header.tag)
  }

  /** Frames that somebody waits for. */
  get frames(): number {
    return this.#waiting.length
  }

  get byteLength(): number {
    return this.#length
  }

  add(frame: Uint8Array, done?: Done): void {
    const end = this.#length + FRAME_HEADER_BYTES + frame.byteLength
    if (end > this.#buffer.byteLength) this.#grow(end)
    this.#buffer.set(frame, this.#length + FRAME_HEADER_BYTES)
    this.#length = sealFrame(this.#buffer, this.#length, 'data', frame.byteLength, this.#seed)
    if (done !== undefined) this.#waiting.push(done)
  }

  /** The bytes to write, the mark in front. */
  seal(mark: BatchMark): Buffer {
    encodeBatchMark(this.#buffer, FRAME_HEADER_BYTES, this.header.tag, mark)
    sealFrame(this.#buffer, 0, 'batch', BATCH_MARK_BYTES, this.#seed)
    return this.#buffer.subarray(0, this.#length)
  }

  /** Tells everyone who waits, in order. */
  settle(error?: Error): void {
    for (const done of this.#waiting) done(error)
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, INITIAL_BYTES, this.#buffer.byteLength * 2))
    this.#buffer.copy(larger)
    this.#buffer = larger
  }
}
