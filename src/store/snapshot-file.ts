import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../center/ports.ts'
import { Batch } from './batch.ts'
import type { FileSystem, StoreFile } from './file-system.ts'
import { fileName, UNFINISHED } from './layout.ts'
import {
  encodeFileHeader,
  FILE_HEADER_BYTES,
  type FileHeader,
  FRAME_BYTES_MAX,
  FRAME_HEADER_BYTES,
  sealFrame,
  seedOf,
} from './log-format.ts'

/** One slice: well below the 10 ms for which nothing may hold the event loop, the slowest frame included. */
const SLICE_MS = 4
const SLICE_BYTES = 256 * 1024
/** Synced in between, so that no single fsync makes the log's own wait long. */
const SYNC_BYTES = 4 * 1024 * 1024

export interface SnapshotInit {
  readonly fs: FileSystem
  readonly directory: string
  readonly header: FileHeader
  readonly clock: Clock
  /** True: give up; the store is closing. */
  readonly cancelled: () => boolean
}

/**
 * Writes the frames beside the log, slice by slice, and gives the file its name once it is whole and synced. The answer
 * is its size, or undefined when it was cancelled. When it fails nothing is left.
 */
export async function writeSnapshot(init: SnapshotInit, frames: Iterator<Uint8Array>): Promise<number | undefined> {
  const path = join(init.directory, fileName('snapshot', init.header.number))
  await init.fs.remove(path + UNFINISHED)
  const file = await init.fs.open(path + UNFINISHED, 'create')
  try {
    const size = await writeFrames(init, file, frames)
    if (size === undefined) await init.fs.remove(path + UNFINISHED)
    else await init.fs.rename(path + UNFINISHED, path)
    await init.fs.syncDirectory(init.directory)
    return size
  } catch (error) {
    await init.fs.remove(path + UNFINISHED).catch(() => {})
    throw error
  } finally {
    frames.return?.()
    await file.close().catch(() => {})
  }
}

async function writeFrames(
  init: SnapshotInit,
  file: StoreFile,
  frames: Iterator<Uint8Array>,
): Promise<number | undefined> {
  await file.write(encodeFileHeader(init.header), 0)
  let end = FILE_HEADER_BYTES
  let synced = 0
  for (let more = true; more; ) {
    if (init.cancelled()) return undefined
    const slice = new Batch(init.header)
    more = fill(slice, frames, init.clock)
    const bytes = slice.seal({ syncedBytes: synced, previousBytes: 0 })
    await file.write(bytes, end)
    end += bytes.byteLength
    if (end - synced > SYNC_BYTES) {
      await file.sync()
      synced = end
    }
    await setImmediate()
  }
  const closing = Buffer.alloc(FRAME_HEADER_BYTES)
  sealFrame(closing, 0, 'end', 0, seedOf(init.header.tag))
  await file.write(closing, end)
  await file.sync()
  return end + closing.byteLength
}

/** Takes frames until the slice is full; false once there are no more. */
function fill(slice: Batch, frames: Iterator<Uint8Array>, clock: Clock): boolean {
  const untilMs = clock.monotonicMs() + SLICE_MS
  do {
    const next = frames.next()
    if (next.done === true) return false
    checkFrame(next.value)
    slice.add(next.value)
  } while (slice.byteLength < SLICE_BYTES && clock.monotonicMs() < untilMs)
  return true
}

function checkFrame({ byteLength }: Uint8Array): void {
  if (byteLength > FRAME_BYTES_MAX) {
    throw new RangeError(
      `store: the snapshot has a frame of ${byteLength} bytes; at most ${FRAME_BYTES_MAX} are allowed`,
    )
  }
}
