import type { Applied, Catalog, Version } from './catalog.ts'
import { later } from './catalog.ts'
import { CatalogError } from './errors.ts'
import { rewrite } from './fields.ts'
import type { Indexer, Written } from './indexer.ts'
import { packInstance } from './instance-bytes.ts'
import { KEY_LENGTH_MAX } from './keys.ts'
import type { Epoch } from './model.ts'
import { type InstanceRecord, instanceFields } from './records.ts'
import { compareStamps, type HybridClock, type Stamp, stampAbove } from './stamp.ts'
import { NO_ENDS, type Packed, type Row, VALUE_BYTES_MAX, type Write } from './wire.ts'

/** What a writer may not do without: the start's epoch and who applies its writes. */
export interface WriterParts {
  readonly catalog: Catalog
  readonly indexer: Indexer
  readonly clock: HybridClock
  readonly epoch: Epoch
}

interface Manner {
  readonly written?: Written | undefined
  /** Stamped as of then, not of now. */
  readonly asOf?: Stamp | undefined
}

const NOTHING: readonly Version[] = []

/** Makes this node's own writes: draws dots and stamps, names what each replaces, and can take a refused batch back. */
export class Writer {
  readonly #parts: WriterParts
  #seq = 0
  #batch: Applied[] = []
  #wallMs = 0

  constructor(parts: WriterParts) {
    this.#parts = parts
  }

  get epoch(): Epoch {
    return this.#parts.epoch
  }

  /** The last sequence drawn. */
  get seq(): number {
    return this.#seq
  }

  /** Whether the batch has written anything. */
  get wrote(): boolean {
    return this.#batch.length > 0
  }

  /** Begins a batch: its writes are kept or taken back together. */
  begin(wallMs: number): void {
    this.#wallMs = wallMs
    this.#batch = []
  }

  /** Ends the batch and hands over its writes. */
  commit(): readonly Write[] {
    const writes = this.#batch.map(applied => applied.write)
    this.#batch = []
    return writes
  }

  /** Takes the batch back, newest first, as if it had never been. */
  rollback(): void {
    for (const applied of this.#batch.toReversed()) {
      this.#parts.catalog.revert(applied)
      this.#seq -= 1
      this.#parts.indexer.update(applied.write.key)
    }
    this.#batch = []
  }

  /**
   * Writes a key, replacing every version of it that this node holds. Unknown fields of the replaced one live on. Throws
   * INVALID_PARAMS for what no other node would take: it would refuse the whole frame that the write is in. `written`: the
   * record that the fields were made of. `held`: replaces these only.
   */
  put(
    key: string,
    fields: Readonly<Record<string, unknown>> | Row,
    written?: Written,
    held = this.#parts.catalog.versions(key),
  ): Version {
    const latest = held.length === 0 ? undefined : held.reduce(later)
    return this.#put(key, held, rewrite(fields, latest?.value), written)
  }

  putInstance(key: string, instance: InstanceRecord): Version {
    const held = this.#parts.catalog.versions(key)
    if (held.length > 0) return this.put(key, instanceFields(instance), { instance })
    return this.#put(key, held, packInstance(instance), { instance })
  }

  #put(key: string, held: readonly Version[], value: Packed, written: Written | undefined): Version {
    refuseAbove(key.length, KEY_LENGTH_MAX, 'names of domain, project and what is in them take', 'characters encoded')
    refuseAbove(value.length, VALUE_BYTES_MAX, 'content takes', 'bytes')
    return this.#write(key, held, value, { written }) as Version
  }

  /** The same as of an earlier time, at which another version said it: what was written since is seen before it. */
  putAsOf(stamp: Stamp, key: string, fields: Readonly<Record<string, unknown>>): void {
    const held = this.#parts.catalog.versions(key)
    this.#write(key, held, rewrite(fields, held.length === 0 ? undefined : held.reduce(later).value), { asOf: stamp })
  }

  /**
   * Says under this key what a version says under another, as of then, and ends nothing: whoever wrote here meanwhile knew of
   * none of it. Nothing is written where the same, or something later, is said already.
   */
  restate(key: string, version: Version): void {
    if (this.#parts.catalog.versions(key).some(held => compareStamps(held, version) >= 0)) return
    this.#write(key, NOTHING, version.value, { asOf: version })
  }

  /** Ends every version of a key that this node holds, or these; nothing when it holds none. */
  end(key: string, held = this.#parts.catalog.versions(key)): void {
    if (held.length > 0) this.#write(key, held, undefined)
  }

  #write(key: string, held: readonly Version[], value: Packed | undefined, { written, asOf }: Manner = {}): Write {
    const above =
      held.length === 0 ? undefined : held.reduce<Stamp>((a, b) => (stampAfter(a, b) ? a : b), held[0] as Stamp)
    const { ms, count } = asOf === undefined ? this.#parts.clock.next(this.#wallMs, above) : stampAbove(above, asOf)
    const { epoch } = this.#parts
    this.#seq += 1
    const ends = held.length === 0 ? NO_ENDS : held.map(({ epoch, seq }) => ({ epoch, seq }))
    const write: Write = { key, epoch, seq: this.#seq, ms, count, value, ends }
    const applied = this.#parts.catalog.apply(write)
    if (applied === undefined) throw new Error(`own dot ${epoch}:${write.seq} was already seen`)
    this.#batch.push(applied)
    this.#parts.indexer.update(key, written && { ...written, value })
    return write
  }
}

const stampAfter = (a: Stamp, b: Stamp): boolean => a.ms > b.ms || (a.ms === b.ms && a.count > b.count)

function refuseAbove(size: number, limit: number, what: string, unit: string): void {
  if (size > limit) throw new CatalogError('INVALID_PARAMS', `${what} ${size} ${unit}, ${limit} at most`)
}
