import { crc32 } from 'node:zlib'

/**
 * Bytes of a log file. A file is a header and frames:
 *
 *     header  magic (8) · format (u16) · kind (u16) · number (u64) · tag (8 random bytes) · CRC-32 of these (u32)
 *     frame   CRC-32 of what follows (u32) · kind and length (u32, the kind in the upper four bits) · payload
 *
 * Numbers are little-endian. The CRC of a frame starts from the file's tag, so no other file's frame is taken for one of
 * this file, and nobody who may fill a payload can forge one.
 */
export const FILE_HEADER_BYTES = 32
export const FRAME_HEADER_BYTES = 8
/** Nothing the center writes comes near; a length above it is damage and not worth reading on for. */
export const FRAME_BYTES_MAX = 16 * 1024 * 1024

const MAGIC = Buffer.from('GRAPEVNE', 'latin1')
const FORMAT = 1
const LENGTH_MASK = 0x0fffffff

export type FileKind = 'segment' | 'snapshot'
const FILE_KINDS: readonly FileKind[] = ['segment', 'snapshot']

/** `data`: what was appended. `batch`: opens what was written in one go. `end`: closes a snapshot. */
export type FrameKind = 'data' | 'batch' | 'end'
const FRAME_KINDS: readonly FrameKind[] = ['data', 'batch', 'end']

export interface FileHeader {
  readonly kind: FileKind
  readonly number: number
  readonly tag: Buffer
}

export function encodeFileHeader({ kind, number, tag }: FileHeader): Buffer {
  const bytes = Buffer.alloc(FILE_HEADER_BYTES)
  MAGIC.copy(bytes, 0)
  bytes.writeUInt16LE(FORMAT, 8)
  bytes.writeUInt16LE(FILE_KINDS.indexOf(kind), 10)
  bytes.writeBigUInt64LE(BigInt(number), 12)
  tag.copy(bytes, 20, 0, 8)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 28)), 28)
  return bytes
}

/** Undefined when these bytes are not a whole header that this version reads. */
export function decodeFileHeader(bytes: Buffer): FileHeader | undefined {
  if (bytes.byteLength < FILE_HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return undefined
  if (bytes.readUInt32LE(28) !== crc32(bytes.subarray(0, 28)) || bytes.readUInt16LE(8) !== FORMAT) return undefined
  const kind = FILE_KINDS[bytes.readUInt16LE(10)]
  if (kind === undefined) return undefined
  return { kind, number: Number(bytes.readBigUInt64LE(12)), tag: Buffer.from(bytes.subarray(20, 28)) }
}

/** What the CRC of a file's frames starts from. */
export const seedOf = (tag: Buffer): number => crc32(tag)

/** Puts a frame around `length` bytes that stand in `target` from `at + FRAME_HEADER_BYTES` on. The answer is where it ends. */
export function sealFrame(target: Buffer, at: number, kind: FrameKind, length: number, seed: number): number {
  const end = at + FRAME_HEADER_BYTES + length
  target.writeUInt32LE((FRAME_KINDS.indexOf(kind) * 0x10000000 + length) >>> 0, at + 4)
  target.writeUInt32LE(crc32(target.subarray(at + 4, end), seed), at)
  return end
}

export type Frame = { readonly kind: FrameKind; readonly payload: Buffer; readonly end: number }

/** The frame at `at`; `more` when the buffer ends within it, `bad` when no frame stands there. */
export function openFrame(buffer: Buffer, at: number, seed: number): Frame | 'more' | 'bad' {
  if (buffer.byteLength - at < FRAME_HEADER_BYTES) return 'more'
  const word = buffer.readUInt32LE(at + 4)
  const length = word & LENGTH_MASK
  const kind = FRAME_KINDS[word >>> 28]
  if (kind === undefined || length > FRAME_BYTES_MAX) return 'bad'
  const end = at + FRAME_HEADER_BYTES + length
  if (end > buffer.byteLength) return 'more'
  if (crc32(buffer.subarray(at + 4, end), seed) !== buffer.readUInt32LE(at)) return 'bad'
  return { kind, payload: buffer.subarray(at + FRAME_HEADER_BYTES, end), end }
}

/**
 * Opens every batch. It says how much was synced before the batch was written, which tells a torn tail (nobody was told
 * that it is stored) from damage to what was acknowledged.
 */
export interface BatchMark {
  /** Bytes of this file that had been synced. */
  readonly syncedBytes: number
  /** Final length of the segment before this one; 0 when there is none. */
  readonly previousBytes: number
}

/** Tag, then the two numbers. The tag is random and in nobody's hands, so a mark can be searched for in damaged bytes. */
export const BATCH_MARK_BYTES = 24

export function encodeBatchMark(target: Buffer, at: number, tag: Buffer, mark: BatchMark): void {
  tag.copy(target, at)
  target.writeBigUInt64LE(BigInt(mark.syncedBytes), at + 8)
  target.writeBigUInt64LE(BigInt(mark.previousBytes), at + 16)
}

export const decodeBatchMark = (payload: Buffer): BatchMark => ({
  syncedBytes: Number(payload.readBigUInt64LE(8)),
  previousBytes: Number(payload.readBigUInt64LE(16)),
})
