/**
 * What two replicas exchange to become equal: contexts first, then what they show missing, by writer and sequence; then a
 * fingerprint, and only where that still differs the living sequences of each differing writer (replication.md, "Repair").
 */
import { type Catalog, isDot, type Version } from './catalog.ts'
import type { Context, Dot, Intervals } from './context.ts'
import type { Fingerprint } from './fingerprint.ts'
import { isInstanceKey, leaseKeyOf } from './keys.ts'
import type { Epoch } from './model.ts'
import type { Write } from './wire.ts'

/** Where a listing goes on: after this sequence of this epoch; epochs in text order, then the remembered deletions. */
export interface Cursor {
  readonly epoch: Epoch | ''
  readonly seq: number
  /** Remembered deletions already listed; undefined while versions are listed. */
  readonly deletions: number | undefined
}

export const START: Cursor = { epoch: '', seq: 0, deletions: undefined }

/**
 * One slice of a listing. Versions of one key travel together as far as a frame has room: `also` names the others that live,
 * so that none of them is taken for ended.
 */
export interface Slice {
  readonly writes: readonly Write[]
  readonly also: readonly { readonly key: string; readonly dots: readonly Dot[] }[]
  /** Undefined: this was the last slice. */
  readonly next: Cursor | undefined
}

/** Bytes of a record beside key and value, for filling slices. */
const RECORD_BYTES = 40
/** Epoch and sequence of a version that is named only. */
const DOT_BYTES = 27
/** Entries looked at for one slice, so that a long listing never holds the event loop. */
const LOOKS_MAX = 20_000

/**
 * What `peer` has not seen of the epochs that it mentions, from `from` on, up to about `bytesMax`. A registration brings
 * along what became of the lease that it opens: alone it would show an instance that is over. `early`: those already sent.
 */
export const listMissing = (
  catalog: Catalog,
  peer: Context,
  from: Cursor,
  bytesMax: number,
  early: Set<Write>,
): Slice => {
  const slice = new SliceBuilder(catalog, peer, bytesMax, early)
  if (from.deletions === undefined) {
    const epochs = [...peer.epochs()].filter(epoch => epoch >= from.epoch).sort()
    for (const epoch of epochs) {
      const start = epoch === from.epoch ? from.seq : 0
      for (const version of catalog.writer(epoch)?.after(Math.max(start, peer.prefix(epoch))) ?? []) {
        if (slice.isFull) return slice.end({ epoch, seq: version.seq - 1, deletions: undefined })
        slice.look(version as Version)
      }
    }
  }
  let skipped = from.deletions ?? 0
  let at = 0
  for (const deletion of catalog.remembered()) {
    at += 1
    if (at <= skipped) continue
    if (slice.isFull) return slice.end({ epoch: '', seq: 0, deletions: skipped })
    slice.lookDeletion(deletion)
    skipped = at
  }
  return slice.end(undefined)
}

class SliceBuilder {
  readonly #catalog: Catalog
  readonly #peer: Context
  readonly #bytesMax: number
  readonly #early: Set<Write>
  readonly #writes: Write[] = []
  readonly #also: { key: string; dots: Dot[] }[] = []
  readonly #several = new Set<string>()
  #bytes = 0
  #looks = 0

  constructor(catalog: Catalog, peer: Context, bytesMax: number, early: Set<Write>) {
    this.#catalog = catalog
    this.#peer = peer
    this.#bytesMax = bytesMax
    this.#early = early
  }

  get isFull(): boolean {
    return this.#bytes >= this.#bytesMax || this.#looks >= LOOKS_MAX
  }

  look(version: Version): void {
    this.#looks += 1
    if (this.#has(version)) return
    if (isInstanceKey(version.key)) {
      for (const lease of this.#catalog.versions(leaseKeyOf(version.key))) {
        if (this.#has(lease)) continue
        this.#bring(lease)
        this.#early.add(lease)
      }
    }
    this.#bring(version)
  }

  #has(version: Version): boolean {
    return this.#peer.covers(version.epoch, version.seq) || this.#early.has(version)
  }

  /** Of other versions of its key those that find room; `also` names the rest, whose turn comes. */
  #bring(version: Version): void {
    const living = this.#catalog.versions(version.key)
    if (living.length <= 1) return this.#add(version)
    if (this.#several.has(version.key)) return
    this.#several.add(version.key)
    this.#add(version)
    const dots: Dot[] = []
    for (const each of living) {
      if (each === version) continue
      if (!this.#has(each) && !this.isFull) this.#add(each)
      else dots.push({ epoch: each.epoch, seq: each.seq })
    }
    if (dots.length === 0) return
    this.#also.push({ key: version.key, dots })
    this.#bytes += version.key.length + dots.length * DOT_BYTES
  }

  lookDeletion(write: Write): void {
    this.#looks += 1
    if (this.#peer.mentions(write.epoch) && !this.#peer.covers(write.epoch, write.seq)) this.#add(write)
  }

  end(next: Cursor | undefined): Slice {
    return { writes: this.#writes, also: this.#also, next }
  }

  #add(write: Write): void {
    this.#writes.push(write)
    this.#bytes += write.key.length + (write.value?.length ?? 0) + RECORD_BYTES
  }
}

/**
 * Of the keys in a slice, the versions held here that the peer has seen and no longer holds. `seen` is the context the peer
 * had before it listed anything: a version it received later would read as ended.
 */
export const endedBySlice = (
  catalog: Catalog,
  slice: Pick<Slice, 'writes' | 'also'>,
  seen: Context,
): (Dot & { key: string })[] => {
  const living = new Map<string, Dot[]>()
  for (const { key, dots } of slice.also) living.set(key, [...dots])
  for (const write of slice.writes) {
    if (write.value === undefined) continue
    const dots = living.get(write.key)
    if (dots === undefined) living.set(write.key, [write])
    else dots.push(write)
  }
  const ended: (Dot & { key: string })[] = []
  for (const [key, dots] of living) {
    for (const held of catalog.versions(key)) {
      if (!seen.covers(held.epoch, held.seq) || dots.some(dot => isDot(dot, held))) continue
      ended.push({ key, epoch: held.epoch, seq: held.seq })
    }
  }
  return ended
}

/** How many numbers flat closed intervals hold. */
export const countOf = (intervals: Intervals): number => {
  let count = 0
  for (let i = 0; i + 1 < intervals.length; i += 2) {
    count += (intervals[i + 1] as number) - (intervals[i] as number) + 1
  }
  return count
}

/** `intervals` without `minus`; both sorted, flat and closed. */
export const without = (intervals: Intervals, minus: Intervals): Intervals => {
  if (minus.length === 0) return intervals
  const left: number[] = []
  let k = 0
  for (let i = 0; i + 1 < intervals.length; i += 2) {
    let from = intervals[i] as number
    const to = intervals[i + 1] as number
    while (k < minus.length && (minus[k + 1] as number) < from) k += 2
    for (let m = k; m < minus.length && (minus[m] as number) <= to; m += 2) {
      if ((minus[m] as number) > from) left.push(from, (minus[m] as number) - 1)
      from = (minus[m + 1] as number) + 1
    }
    if (from <= to) left.push(from, to)
  }
  return left
}

/** The writers whose fingerprints differ from the peer's, told by the peer's table; those unknown to either count. */
export const differingWriters = (catalog: Catalog, peer: ReadonlyMap<Epoch, Fingerprint>): Epoch[] => {
  const differing: Epoch[] = []
  for (const epoch of catalog.writers()) {
    if (catalog.writer(epoch)?.fingerprint.hex() !== peer.get(epoch)?.hex()) differing.push(epoch)
  }
  for (const epoch of peer.keys()) if (catalog.writer(epoch) === undefined) differing.push(epoch)
  return differing
}
