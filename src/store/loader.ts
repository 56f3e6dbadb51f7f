import { join } from 'node:path'
import type { FileSystem, StoreFile } from './file-system.ts'
import { fileName, type Layout, missingSegment } from './layout.ts'
import {
  decodeBatchMark,
  decodeFileHeader,
  FILE_HEADER_BYTES,
  type FileHeader,
  type FileKind,
  type Frame,
} from './log-format.ts'
import { provesSynced, scanFrames } from './scan.ts'
import { StoreError } from './store-error.ts'

export interface Loaded {
  /** The last segment, open and cut at its last whole frame, to be written on. */
  readonly last: { readonly file: StoreFile; readonly header: FileHeader; readonly end: number } | undefined
  readonly snapshotBytes: number
  /** Bytes of the segments before the last one. */
  readonly earlierBytes: number
  readonly frames: number
  /** What was cut off the end: written when the power failed, acknowledged to nobody. */
  readonly cutBytes: number
}

interface OpenFile {
  readonly name: string
  readonly file: StoreFile
  readonly header: FileHeader
  readonly size: number
}

type Apply = (frame: Uint8Array) => void

/** Replays a log directory, oldest frame first. Damage to what had been acknowledged is an error, never skipped. */
export async function loadLog(fs: FileSystem, directory: string, layout: Layout, apply: Apply): Promise<Loaded> {
  const missing = missingSegment(layout)
  if (missing !== undefined) throw damaged(directory, fileName('segment', missing), 'is missing')
  let frames = 0
  const count: Apply = frame => {
    apply(frame)
    frames += 1
  }
  const snapshotBytes = layout.snapshot === 0 ? 0 : await loadSnapshot(fs, directory, layout.snapshot, count)
  const segments: OpenFile[] = []
  try {
    for (const number of layout.segments) segments.push(await openFile(fs, directory, 'segment', number))
    return { ...(await loadSegments(directory, segments, count)), snapshotBytes, frames }
  } catch (error) {
    await Promise.all(segments.map(segment => segment.file.close()))
    throw error
  }
}

type LoadedSegments = Pick<Loaded, 'last' | 'earlierBytes' | 'cutBytes'>

async function loadSegments(directory: string, segments: readonly OpenFile[], apply: Apply): Promise<LoadedSegments> {
  let earlierBytes = 0
  let cutBytes = 0
  let previous: number | undefined
  for (const [index, segment] of segments.entries()) {
    // Nothing is written to a segment before the one before it is whole and synced.
    const mustBeWhole = segments.slice(index + 1).some(later => later.size > FILE_HEADER_BYTES)
    const end = await loadSegment(directory, segment, mustBeWhole, previous, apply)
    cutBytes += segment.size - end
    if (index < segments.length - 1) earlierBytes += end
    previous = end
  }
  const tail = segments.at(-1)
  await Promise.all(segments.slice(0, -1).map(segment => segment.file.close()))
  const last = tail && { file: tail.file, header: tail.header, end: previous ?? FILE_HEADER_BYTES }
  return { last, earlierBytes, cutBytes }
}

async function loadSnapshot(fs: FileSystem, directory: string, number: number, apply: Apply): Promise<number> {
  const { file, header, size, name } = await openFile(fs, directory, 'snapshot', number)
  try {
    let ended = false
    const end = await scanFrames(file, size, header.tag, ({ kind, payload }) => {
      if (kind === 'data') apply(payload)
      ended = kind === 'end'
    })
    if (end !== size || !ended) throw damaged(directory, name, `is damaged at byte ${end}`)
    return size
  } finally {
    await file.close()
  }
}

/** Applies a segment and answers where its last whole frame ends, with nothing behind it any more. */
async function loadSegment(
  directory: string,
  { file, header, size, name }: OpenFile,
  mustBeWhole: boolean,
  previous: number | undefined,
  apply: Apply,
): Promise<number> {
  let first = true
  const visit = ({ kind, payload }: Frame): void => {
    if (kind === 'data') apply(payload)
    if (kind !== 'batch' || !first) return
    first = false
    const { previousBytes } = decodeBatchMark(payload)
    if (previous === undefined || previousBytes === 0 || previousBytes === previous) return
    throw damaged(
      directory,
      fileName('segment', header.number - 1),
      `has ${previous} bytes instead of ${previousBytes}`,
    )
  }
  const end = await scanFrames(file, size, header.tag, visit)
  if (end === size) {
    // A killed process leaves bytes that only the operating system has. What is served from now on must be on the disk.
    await file.sync()
    return end
  }
  if (mustBeWhole || (await provesSynced(file, size, header.tag, end))) {
    throw damaged(directory, name, `is damaged at byte ${end}, and what follows was stored later`)
  }
  await file.truncate(end)
  await file.sync()
  return end
}

async function openFile(fs: FileSystem, directory: string, kind: FileKind, number: number): Promise<OpenFile> {
  const name = fileName(kind, number)
  const file = await fs.open(join(directory, name), 'existing')
  const bytes = Buffer.alloc(FILE_HEADER_BYTES)
  await file.read(bytes, 0)
  const header = decodeFileHeader(bytes)
  if (header === undefined || header.kind !== kind || header.number !== number) {
    await file.close()
    throw damaged(directory, name, 'does not begin with the header of this file in a format known to this version')
  }
  return { name, file, header, size: await file.size() }
}

const damaged = (directory: string, name: string, what: string): StoreError =>
  new StoreError(
    `${join(directory, name)} ${what}; restore the directory from a backup, or start with an empty one: the node then gets everything from its peers`,
  )
