import type { Dot } from '../core/context.ts'
import type { Epoch } from '../core/model.ts'
import type { Cursor, LivingAtPeer, Slice } from '../core/reconcile.ts'
import {
  deltas,
  isBytes,
  isCount,
  isEpoch,
  isSeq,
  LANE_FRAME_BYTES_MAX,
  type Row,
  readIntervals,
  readWrites,
  writesRow,
} from '../core/wire.ts'

/** Keys in one slice that also have versions the peer has seen. */
const ALSO_MAX = 20_000
const EPOCHS_PER_FRAME_MAX = 65_536

export const sliceFields = ({ writes, also, next }: Slice): Row => [
  writesRow(writes),
  also.map(({ key, dots }) => [key, dots.flatMap(dot => [dot.epoch, dot.seq])]),
  next === undefined ? null : [next.epoch, next.seq, next.deletions ?? null],
]

export const readSlice = ([writesField, alsoField, nextField]: Row): Slice | undefined => {
  const writes = readWrites(writesField)
  const also = readAlso(alsoField)
  const next = nextField === null ? null : readCursor(nextField)
  if (writes === undefined || also === undefined || next === undefined) return undefined
  return { writes, also, next: next ?? undefined }
}

const readAlso = (rows: unknown): { key: string; dots: Dot[] }[] | undefined => {
  if (!Array.isArray(rows) || rows.length > ALSO_MAX) return undefined
  const also: { key: string; dots: Dot[] }[] = []
  for (const row of rows as unknown[]) {
    const [key, flat] = Array.isArray(row) ? (row as unknown[]) : []
    if (typeof key !== 'string' || !Array.isArray(flat) || flat.length % 2 === 1) return undefined
    const dots: Dot[] = []
    for (let i = 0; i < flat.length; i += 2) {
      const [epoch, seq] = [flat[i], flat[i + 1]] as unknown[]
      if (!isEpoch(epoch) || !isSeq(seq)) return undefined
      dots.push({ epoch, seq })
    }
    also.push({ key, dots })
  }
  return also
}

export const cursorFields = (cursor: Cursor): Row => [cursor.epoch, cursor.seq, cursor.deletions ?? null]

export const readCursor = (row: unknown): Cursor | undefined => {
  if (!Array.isArray(row)) return undefined
  const [epoch, seq, deletions] = row as unknown[]
  if ((epoch !== '' && !isEpoch(epoch)) || !isCount(seq)) return undefined
  if (deletions !== null && !isCount(deletions)) return undefined
  return { epoch: epoch as Epoch | '', seq, deletions: deletions ?? undefined }
}

/** Fingerprints of writers: `[[epoch, 16 bytes as hex], …]`. */
export const readFingerprints = (rows: unknown): Map<Epoch, string> | undefined => {
  if (!Array.isArray(rows) || rows.length > EPOCHS_PER_FRAME_MAX) return undefined
  const table = new Map<Epoch, string>()
  for (const row of rows as unknown[]) {
    const [epoch, fingerprint] = Array.isArray(row) ? (row as unknown[]) : []
    if (!isEpoch(epoch) || typeof fingerprint !== 'string') return undefined
    table.set(epoch, fingerprint)
  }
  return table
}

export const livingFields = (living: readonly LivingAtPeer[]): Row =>
  living.map(({ epoch, intervals }) => [epoch, deltas(intervals)])

export const readLiving = (rows: unknown): LivingAtPeer[] | undefined => {
  if (!Array.isArray(rows) || rows.length > EPOCHS_PER_FRAME_MAX) return undefined
  const living: LivingAtPeer[] = []
  for (const row of rows as unknown[]) {
    const [epoch, steps] = Array.isArray(row) ? (row as unknown[]) : []
    const intervals = readIntervals(steps, LANE_FRAME_BYTES_MAX)
    if (!isEpoch(epoch) || intervals === undefined) return undefined
    living.push({ epoch, intervals })
  }
  return living
}

export const isFingerprint = (value: unknown): value is Uint8Array => isBytes(value) && value.length === 16
