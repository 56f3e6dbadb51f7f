/**
 * Bytes ↔ frames. Every frame is an array `[version, type, …fields]`; fields beyond those a version knows are ignored, so
 * that later versions may append. docs/protocol.md has the layouts.
 */
import { type Packed, packView, rowBytes, toPacked, unpackFrame } from './codec.ts'
import { Context, type Dot, INTERVALS_PER_EPOCH_MAX, type Intervals } from './context.ts'
import { CLUSTER_ID_LENGTH, clusterOfKey, EPOCH, KEY_LENGTH_MAX } from './keys.ts'
import type { ClusterId, Epoch, NodeId } from './model.ts'
import type { RowBytes } from './row-bytes.ts'
import { STAMP_COUNT_MAX, STAMP_MS_MAX } from './stamp.ts'

/** This node's protocol version. */
export const PROTOCOL = 1
/** It understands its own and the previous two (invariant 19), and of later ones what they append to its own. */
export const PROTOCOL_OLDEST = Math.max(0, PROTOCOL - 2)

/** Largest gossip frame. Far below the size at which gossipsub loses messages silently. */
export const GOSSIP_FRAME_BYTES_MAX = 96 * 1024
/** Largest frame on a peer's own stream: a schema of 2 MiB and its envelope. */
export const LANE_FRAME_BYTES_MAX = 4 * 1024 * 1024
/** Largest value of one record. */
export const VALUE_BYTES_MAX = 3 * 1024 * 1024
/** Records in one frame, and names in one question. */
export const WRITES_PER_FRAME_MAX = 20_000
/** Versions that one write may end: one per writer epoch that wrote the key at the same time. */
export const ENDS_PER_WRITE_MAX = 1_024

/**
 * What one write made of a key: its dot, its stamp, its value, and the dots of the versions it replaces or ends. Without a
 * value it is a deletion. A living version is a write with a value.
 */
export interface Write extends Dot {
  readonly key: string
  readonly ms: number
  readonly count: number
  readonly value: Packed | undefined
  readonly ends: readonly Dot[]
}

export const NO_ENDS: readonly Dot[] = []

export { type Packed, pack, packRows, packValue, packView, unpack, unpackValue } from './codec.ts'

export type Row = readonly unknown[]

/** Undefined unless the bytes are a frame of a version that this node understands. */
export const decodeFrame = (bytes: Uint8Array): { readonly type: string; readonly fields: Row } | undefined => {
  // A view without the methods of Node's buffers: parts of it are cheaper to make.
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const frame = unpackFrame(view)
  if (!Array.isArray(frame)) return undefined
  const [version, type, ...fields] = frame as unknown[]
  if (!isCount(version) || version < PROTOCOL_OLDEST || typeof type !== 'string') return undefined
  return { type, fields }
}

export const encodeFrame = (type: string, ...fields: readonly unknown[]): Uint8Array => {
  rowBytes.begin()
  rowBytes.list(2 + fields.length)
  rowBytes.number(PROTOCOL)
  rowBytes.text(type)
  for (const field of fields) {
    if (field instanceof WritesRow) field.writeTo(rowBytes)
    else rowBytes.raw(packView(field))
  }
  return rowBytes.take()
}

// --- writes -------------------------------------------------------------------------------------------------------------

/**
 * A field of a frame: `[epochs, rows]`: 8 bytes per epoch; a row is `[key, epoch index, seq, ms, count, value | nil,
 * [epoch index, seq, …]?]`.
 */
class WritesRow {
  readonly #writes: readonly Write[]

  constructor(writes: readonly Write[]) {
    this.#writes = writes
  }

  writeTo(bytes: RowBytes): void {
    const table = new EpochTable()
    for (const { epoch, ends } of this.#writes) {
      table.index(epoch)
      for (const dot of ends) table.index(dot.epoch)
    }
    bytes.list(2)
    bytes.binaryOf(table.bytes())
    bytes.list(this.#writes.length)
    for (const write of this.#writes) writeRow(bytes, write, table)
  }
}

export type { WritesRow }

export const writesRow = (writes: readonly Write[]): WritesRow => new WritesRow(writes)

const writeRow = (bytes: RowBytes, { key, epoch, seq, ms, count, value, ends }: Write, table: EpochTable): void => {
  bytes.list(ends.length > 0 ? 7 : 6)
  bytes.text(key)
  bytes.number(table.index(epoch))
  bytes.number(seq)
  bytes.number(ms)
  bytes.number(count)
  if (value === undefined) bytes.nil()
  else bytes.binary(value)
  if (ends.length === 0) return
  bytes.list(ends.length * 2)
  for (const dot of ends) {
    bytes.number(table.index(dot.epoch))
    bytes.number(dot.seq)
  }
}

/** Undefined when anything in it is malformed: a frame is taken as a whole or not at all. */
export const readWrites = (row: unknown): Write[] | undefined => {
  if (!Array.isArray(row)) return undefined
  const epochs = readEpochs(row[0])
  const rows = row[1] as unknown
  if (epochs === undefined || !Array.isArray(rows) || rows.length > WRITES_PER_FRAME_MAX) return undefined
  const writes: Write[] = []
  for (const each of rows) {
    const write = readWrite(each, epochs)
    if (write === undefined) return undefined
    writes.push(write)
  }
  return writes
}

const readWrite = (row: unknown, epochs: readonly Epoch[]): Write | undefined => {
  if (!Array.isArray(row)) return undefined
  const [key, index, seq, ms, count, value, ends] = row as unknown[]
  if (typeof key !== 'string' || key.length > KEY_LENGTH_MAX || clusterOfKey(key) === undefined) return undefined
  const epoch = typeof index === 'number' ? epochs[index] : undefined
  if (epoch === undefined || !isSeq(seq)) return undefined
  if (!isCount(ms) || ms >= STAMP_MS_MAX || !isCount(count) || count > STAMP_COUNT_MAX) return undefined
  if (value !== null && value !== undefined && !isBytes(value)) return undefined
  if (isBytes(value) && value.length > VALUE_BYTES_MAX) return undefined
  const packed = isBytes(value) ? toPacked(value) : undefined
  const dots = readEnds(ends, epochs)
  if (dots === undefined) return undefined
  return { key, epoch, seq, ms, count, value: packed, ends: dots }
}

const readEnds = (ends: unknown, epochs: readonly Epoch[]): readonly Dot[] | undefined => {
  if (ends === undefined || ends === null) return NO_ENDS
  if (!Array.isArray(ends) || ends.length % 2 === 1 || ends.length > ENDS_PER_WRITE_MAX * 2) return undefined
  const dots: Dot[] = []
  for (let i = 0; i < ends.length; i += 2) {
    const epoch = typeof ends[i] === 'number' ? epochs[ends[i] as number] : undefined
    const seq = ends[i + 1] as unknown
    if (epoch === undefined || !isSeq(seq)) return undefined
    dots.push({ epoch, seq })
  }
  return dots
}

// --- contexts -----------------------------------------------------------------------------------------------------------

/** `[epochs, [intervals per epoch]]`; intervals are flat and, to stay small, each a distance from the one before. */
export const contextRow = (context: Context, epochs: Iterable<Epoch> = context.epochs()): Row => {
  const table = new EpochTable()
  const rows: number[][] = []
  for (const epoch of epochs) {
    table.index(epoch)
    rows.push(deltas(context.intervals(epoch)))
  }
  return [table.bytes(), rows]
}

export const readContext = (row: unknown): Context | undefined => {
  if (!Array.isArray(row)) return undefined
  const epochs = readEpochs(row[0])
  const rows = row[1] as unknown
  if (epochs === undefined || !Array.isArray(rows) || rows.length !== epochs.length) return undefined
  const context = new Context()
  for (const [i, epoch] of epochs.entries()) {
    const intervals = readIntervals(rows[i])
    if (intervals === undefined) return undefined
    context.joinEpoch(epoch, intervals)
  }
  return context
}

/** Sorted numbers as distances from one another; readIntervals is the inverse. */
export const deltas = (sorted: Intervals): number[] =>
  sorted.map((n, i) => n - (i === 0 ? 0 : (sorted[i - 1] as number)))

export const readIntervals = (row: unknown, lengthMax = INTERVALS_PER_EPOCH_MAX * 2): Intervals | undefined => {
  if (!Array.isArray(row) || row.length % 2 === 1 || row.length > lengthMax) return undefined
  const intervals: number[] = []
  let at = 0
  for (const [i, step] of (row as unknown[]).entries()) {
    // An interval begins at 1 or later and behind the one before; it may be a single number.
    if (!isCount(step) || (step === 0 && i % 2 === 0)) return undefined
    at += step
    if (!Number.isSafeInteger(at)) return undefined
    intervals.push(at)
  }
  return intervals
}

// --- pieces -------------------------------------------------------------------------------------------------------------

export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
export const isSeq = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1
export const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array
export const isNodeId = (value: unknown): value is NodeId =>
  typeof value === 'string' && value.length > 0 && value.length <= 128 && /^[A-Za-z0-9]+$/.test(value)
export const isClusterId = (value: unknown): value is ClusterId =>
  typeof value === 'string' && value.length === CLUSTER_ID_LENGTH && EPOCH.test(value)
export const isEpoch = (value: unknown): value is Epoch => typeof value === 'string' && EPOCH.test(value)
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !isBytes(value) &&
  Object.getPrototypeOf(value) === Object.prototype

const EPOCH_BYTES = 8
const ZERO = 48
const NINE = 57
/** `a` stands for ten. */
const BELOW_A = 97 - 10
const HEX = '0123456789abcdef'

/** Epochs of one frame, each written once. */
class EpochTable {
  readonly #index = new Map<Epoch, number>()

  index(epoch: Epoch): number {
    const known = this.#index.get(epoch)
    if (known !== undefined) return known
    this.#index.set(epoch, this.#index.size)
    return this.#index.size - 1
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#index.size * EPOCH_BYTES)
    for (const [epoch, i] of this.#index) writeEpoch(bytes, i * EPOCH_BYTES, epoch)
    return bytes
  }
}

const nibble = (hex: string, at: number): number => {
  const code = hex.charCodeAt(at)
  return code <= NINE ? code - ZERO : code - BELOW_A
}

export const writeEpoch = (bytes: Uint8Array, at: number, epoch: Epoch): void => {
  for (let i = 0; i < EPOCH_BYTES; i++) bytes[at + i] = (nibble(epoch, i * 2) << 4) | nibble(epoch, i * 2 + 1)
}

export const readEpoch = (bytes: Uint8Array, at: number): Epoch => {
  const codes: number[] = []
  for (let i = at; i < at + EPOCH_BYTES; i++) {
    const byte = bytes[i] as number
    codes.push(HEX.charCodeAt(byte >> 4), HEX.charCodeAt(byte & 15))
  }
  return String.fromCharCode(...codes) as Epoch
}

export const epochBytes = (epoch: Epoch): Uint8Array => {
  const bytes = new Uint8Array(EPOCH_BYTES)
  writeEpoch(bytes, 0, epoch)
  return bytes
}

export const isEpochBytes = (value: unknown): value is Uint8Array => isBytes(value) && value.length === EPOCH_BYTES

const readEpochs = (bytes: unknown): Epoch[] | undefined => {
  if (!isBytes(bytes) || bytes.length % EPOCH_BYTES !== 0) return undefined
  return Array.from({ length: bytes.length / EPOCH_BYTES }, (_, i) => readEpoch(bytes, i * EPOCH_BYTES))
}
