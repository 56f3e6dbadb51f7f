/**
 * Frames on a lane: four bytes of length (big endian, of what follows), one byte that says whose frame it is, then the
 * frame itself.
 */
import { LANE_FRAME_BYTES_MAX } from '../core/wire.ts'

/** `center`: opaque to the mesh. `links`: who is connected to whom, from mesh to mesh (links.ts). */
export const FRAME_KIND = { center: 0, links: 1 } as const

const HEADER_BYTES = 5

export function encodeFrame(kind: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length)
  new DataView(bytes.buffer).setUint32(0, payload.length + 1)
  bytes[4] = kind
  bytes.set(payload, HEADER_BYTES)
  return bytes
}

/** The peer broke the framing: nothing after it can be understood. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** Cuts a stream of bytes into frames. Holds no more than one frame; a frame within one chunk is not copied. */
export class FrameReader {
  readonly #onFrame: (kind: number, payload: Uint8Array) => void
  readonly #header = new Uint8Array(HEADER_BYTES)
  #headerBytes = 0
  #parts: Uint8Array[] = []
  #missing = 0

  constructor(onFrame: (kind: number, payload: Uint8Array) => void) {
    this.#onFrame = onFrame
  }

  /** Throws FrameError on a length out of range. */
  push(chunk: Uint8Array): void {
    let offset = 0
    while (offset < chunk.length) {
      if (this.#headerBytes < HEADER_BYTES) {
        offset += this.#readHeader(chunk, offset)
        if (this.#headerBytes < HEADER_BYTES) return
        if (this.#missing > 0) continue
      } else {
        const part = chunk.subarray(offset, offset + this.#missing)
        this.#parts.push(part)
        this.#missing -= part.length
        offset += part.length
      }
      if (this.#missing === 0) this.#finish()
    }
  }

  #readHeader(chunk: Uint8Array, offset: number): number {
    const part = chunk.subarray(offset, offset + HEADER_BYTES - this.#headerBytes)
    this.#header.set(part, this.#headerBytes)
    this.#headerBytes += part.length
    if (this.#headerBytes === HEADER_BYTES) {
      const length = new DataView(this.#header.buffer).getUint32(0)
      if (length < 1 || length - 1 > LANE_FRAME_BYTES_MAX) {
        throw new FrameError(`frame of ${length - 1} bytes, at most ${LANE_FRAME_BYTES_MAX} are allowed`)
      }
      this.#missing = length - 1
    }
    return part.length
  }

  #finish(): void {
    const [first = new Uint8Array(0), ...more] = this.#parts
    const payload = more.length === 0 ? first : new Uint8Array(Buffer.concat(this.#parts))
    this.#parts = []
    this.#headerBytes = 0
    this.#onFrame(this.#header[4] ?? 0, payload)
  }
}
