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
/** On their way while another one is applied: one alone would often be waited for. */
const CHUNKS_AHEAD = 4

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
  for await (const chunk of chunksOf(file, size)) {
    buffer = buffer.byteLength === 0 ? chunk : Buffer.concat([buffer, chunk])
    let at = 0
    let frame = openFrame(buffer, at, seed)
    while (typeof frame === 'object') {
      visit(frame)
      at = frame.end
      frame = openFrame(buffer, at, seed)
    }
    start += at
    if (frame === 'bad') return start
    buffer = buffer.subarray(at)
  }
  return start
}

async function* chunksOf(file: StoreFile, size: number): AsyncGenerator<Buffer> {
  const ahead: Promise<Buffer>[] = []
  for (let asked = FILE_HEADER_BYTES; asked < size || ahead.length > 0; ) {
    for (; asked < size && ahead.length < CHUNKS_AHEAD; asked += CHUNK_BYTES) {
      const chunk = readChunk(file, asked, size)
      // That it fails is told when its turn comes, if it comes.
      chunk.catch(() => {})
      ahead.push(chunk)
    }
    const chunk = await ahead.shift()
    if (chunk !== undefined) yield chunk
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
