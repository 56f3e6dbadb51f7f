import type { StoreFile } from './file-system.ts'
import {
  BATCH_MARK_BYTES,
  decodeBatchMark,
  FILE_HEADER_BYTES,
  FRAME_HEADER_BYTES,
  type Frame,
  openFrame,
  seedOf,
} from './log-format.ts'

/**
 * Read at a time, and free again before the young generation is full: larger chunks outlive it, and a node that has read
 * 70 MB of log then keeps them all until the next full collection.
 */
const CHUNK_BYTES = 64 * 1024

/**
 * Visits the frames of a file in order and answers where the last whole one ends: the file's size when all is well. A
 * visited payload is a view of a chunk that is never written again.
 */
export async function scanFrames(
  file: StoreFile,
  size: number,
  tag: Buffer,
  visit: (frame: Frame) => void,
): Promise<number> {
  const seed = seedOf(tag)
  let buffer: Buffer = Buffer.alloc(0)
  /** Where in the file the buffer starts. */
  let start = FILE_HEADER_BYTES
  let readTo = FILE_HEADER_BYTES
  let ahead = readChunk(file, readTo, size)
  for (;;) {
    let at = 0
    let frame = openFrame(buffer, at, seed)
    while (typeof frame === 'object') {
      visit(frame)
      at = frame.end
      frame = openFrame(buffer, at, seed)
    }
    const chunk = await ahead
    if (frame === 'bad' || chunk.byteLength === 0) return start + at
    readTo += chunk.byteLength
    // The next chunk is on its way while this one is applied.
    ahead = readChunk(file, readTo, size)
    buffer = at === buffer.byteLength ? chunk : Buffer.concat([buffer.subarray(at), chunk])
    start += at
  }
}

async function readChunk(file: StoreFile, position: number, size: number): Promise<Buffer> {
  const chunk = Buffer.allocUnsafe(Math.max(0, Math.min(CHUNK_BYTES, size - position)))
  return chunk.subarray(0, await file.read(chunk, position))
}

/**
 * Whether bytes behind `from`, where no frame could be read, prove that what stood there had been synced: then it was
 * acknowledged, and cutting it off would lose it silently. Marks are found by the file's random tag.
 */
export async function provesSynced(file: StoreFile, size: number, tag: Buffer, from: number): Promise<boolean> {
  const seed = seedOf(tag)
  const frameBytes = FRAME_HEADER_BYTES + BATCH_MARK_BYTES
  let tail: Buffer = Buffer.alloc(0)
  for (let position = from; position < size; ) {
    const chunk = await readChunk(file, position, size)
    if (chunk.byteLength === 0) return false
    position += chunk.byteLength
    const bytes = Buffer.concat([tail, chunk])
    for (let at = bytes.indexOf(tag); at >= 0; at = bytes.indexOf(tag, at + 1)) {
      const frame = at < FRAME_HEADER_BYTES ? 'bad' : openFrame(bytes, at - FRAME_HEADER_BYTES, seed)
      if (typeof frame === 'object' && frame.kind === 'batch' && decodeBatchMark(frame.payload).syncedBytes > from)
        return true
    }
    tail = bytes.subarray(-(frameBytes - 1))
  }
  return false
}
