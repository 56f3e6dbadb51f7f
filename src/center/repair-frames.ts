import type { Catalog } from '../core/catalog.ts'
import { CELL_BYTES, CodedSymbols, denseLayout, FIRST_LAYOUT } from '../core/coded-symbols.ts'
import { Context, type Dot } from '../core/context.ts'
import type { LivingAtPeer } from '../core/difference.ts'
import { Fingerprint } from '../core/fingerprint.ts'
import type { Epoch } from '../core/model.ts'
import { type Cursor, type Slice, without } from '../core/reconcile.ts'
import {
  deltas,
  epochBytes,
  isBytes,
  isCount,
  isEpoch,
  isEpochBytes,
  isSeq,
  LANE_FRAME_BYTES_MAX,
  type Row,
  readContext,
  readEpoch,
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

/** The fingerprint of every writer here that has living versions: `[[epoch, 16 bytes], …]`. */
export const fingerprintFields = (catalog: Catalog): Row =>
  [...catalog.writers()].map(epoch => [epochBytes(epoch), catalog.writer(epoch)?.fingerprint.bytes()])

export const readFingerprints = (rows: unknown): Map<Epoch, Fingerprint> | undefined => {
  if (!Array.isArray(rows) || rows.length > EPOCHS_PER_FRAME_MAX) return undefined
  const table = new Map<Epoch, Fingerprint>()
  for (const row of rows as unknown[]) {
    const [epoch, fingerprint] = Array.isArray(row) ? (row as unknown[]) : []
    if (!isEpochBytes(epoch) || !isFingerprint(fingerprint)) return undefined
    table.set(readEpoch(epoch, 0), Fingerprint.read(fingerprint))
  }
  return table
}

export const readEpochList = (list: unknown): Epoch[] | undefined =>
  Array.isArray(list) && list.length <= EPOCHS_PER_FRAME_MAX && list.every(isEpoch) ? list : undefined

/** Largest number of coded symbols in one frame. */
export const CELLS_MAX = 200_000
/** Listing all living sequences costs at most this per version; a difference that would cost more in cells is listed. */
const LISTED_BYTES = 3

export const isListCheaper = (catalog: Catalog, epochs: readonly Epoch[], cells: number): boolean => {
  const living = epochs.reduce((sum, epoch) => sum + (catalog.writer(epoch)?.living ?? 0), 0)
  return cells > CELLS_MAX || cells * CELL_BYTES > living * LISTED_BYTES
}

/** `[epochs, dense cells or 0 for the first layout, cells]`. */
export const cellsFields = (epochs: readonly Epoch[], symbols: CodedSymbols): Row => [
  epochs,
  symbols.layout === FIRST_LAYOUT ? 0 : symbols.layout.dense,
  symbols.bytes(),
]

export const readCells = ([list, dense, bytes]: Row): { epochs: Epoch[]; symbols: CodedSymbols } | undefined => {
  const epochs = readEpochList(list)
  if (epochs === undefined || !isCount(dense) || dense > CELLS_MAX || !isBytes(bytes)) return undefined
  const symbols = CodedSymbols.read(dense === 0 ? FIRST_LAYOUT : denseLayout(dense), bytes)
  return symbols === undefined ? undefined : { epochs, symbols }
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

/**
 * What came to a peer after it had told what it had `seen`. Of a writer it says all that it has seen; what it had before, and
 * never brings, will be joined. One of an earlier version says nothing of it.
 */
export const readSince = (row: unknown, seen: Context): Context => {
  const [since, now] = [new Context(), readContext(row) ?? new Context()]
  for (const epoch of now.epochs()) {
    const dots = without(now.intervals(epoch), seen.intervals(epoch))
    if (dots.length > 0) since.joinEpoch(epoch, dots)
  }
  return since
}
