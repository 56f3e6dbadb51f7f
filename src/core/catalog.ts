import { Context, type Dot } from './context.ts'
import { Fingerprint, memberOf } from './fingerprint.ts'
import { Interner } from './interner.ts'
import type { Epoch } from './model.ts'
import { ShardedMap } from './sharded-map.ts'
import { compareStamps } from './stamp.ts'
import type { Digests } from './transaction.ts'
import type { Packed, Write } from './wire.ts'
import { WriterLog } from './writer-log.ts'

/** A write that lives: it has a value and nobody has ended it. */
export type Version = Write & { readonly value: Packed }

/** What applying a write changed; the inverse of `Catalog.revert`. */
export interface Applied {
  readonly write: Write
  readonly removed: readonly Version[]
}

/** Bytes of deletions remembered to make repair cheap. No deletion is needed to be right (invariant 15). */
export const REMEMBERED_BYTES_MAX = 1024 * 1024
/** What remembering one deletion costs beside its key: dot, stamp, the ended dots. */
const REMEMBERED_BYTES = 160

/**
 * Records by key, and the context that says which dots this replica has seen. Merging is a join of causal contexts: a
 * version ends when a write names its dot, or when a replica whose context covers it does not hold it.
 */
export class Catalog {
  readonly context = new Context()
  readonly #records = new ShardedMap<Version | Version[]>()
  readonly #writers = new Map<Epoch, WriterLog>()
  readonly #deletions = new Map<string, Write>()
  #deletionBytes = 0
  /** Deletions that were no longer remembered because others came. */
  deletionsForgotten = 0
  readonly #digests: Digests
  readonly #interner = new Interner()

  constructor(digests: Digests) {
    this.#digests = digests
  }

  get size(): number {
    return this.#records.size
  }

  /** Living versions of a key: nearly always one. */
  versions(key: string): readonly Version[] {
    const held = this.#records.get(key)
    return held === undefined ? NONE : Array.isArray(held) ? held : [held]
  }

  /** The version readers see: the one with the highest stamp. */
  winner(key: string): Version | undefined {
    const held = this.#records.get(key)
    return Array.isArray(held) ? held.reduce(later) : held
  }

  holds(key: string, dot: Dot): Version | undefined {
    return this.versions(key).find(version => isDot(version, dot))
  }

  /** In no order. */
  keys(): IterableIterator<string> {
    return this.#records.keys()
  }

  writers(): IterableIterator<Epoch> {
    return this.#writers.keys()
  }

  writer(epoch: Epoch): WriterLog | undefined {
    return this.#writers.get(epoch)
  }

  /** What remembering deletions costs now. */
  get rememberedBytes(): number {
    return this.#deletionBytes
  }

  remembered(): IterableIterator<Write> {
    return this.#deletions.values()
  }

  /** Applies one write, from here or elsewhere. Undefined when it changes nothing visible. */
  apply(arrived: Write): Applied | undefined {
    const write = this.#frugal(arrived)
    const known = this.context.covers(write.epoch, write.seq)
    const removed: Version[] = []
    for (const dot of write.ends) {
      const version = this.#remove(write.key, dot)
      if (version !== undefined) removed.push(version)
      this.context.add(dot.epoch, dot.seq)
    }
    if (!known) {
      // A dot that no longer fits into the context is not covered: the write comes again with a later repair.
      if (!this.context.add(write.epoch, write.seq)) return removed.length > 0 ? { write, removed } : undefined
      if (write.value === undefined) this.#remember(write)
      else this.#insert(write as Version)
    }
    return known && removed.length === 0 ? undefined : { write, removed }
  }

  /** Ends a version because a peer that has seen its dot does not hold it. */
  end(key: string, dot: Dot): Version | undefined {
    return this.#remove(key, dot)
  }

  /** Takes back a write of this node's own current epoch, the newest one: the undo of a refused command. */
  revert({ write, removed }: Applied): void {
    this.#remove(write.key, write)
    this.#forget(write)
    this.context.retract(write.epoch, write.seq)
    for (const version of removed) this.#insert(version)
  }

  /** What identifies a version in fingerprints. */
  memberOf(write: Write): string {
    return memberOf(this.#digests, write)
  }

  /** Of all living versions; equal at replicas that hold the same. */
  fingerprint(): Fingerprint {
    const root = new Fingerprint()
    for (const writer of this.#writers.values()) root.merge(writer.fingerprint)
    return root
  }

  /**
   * The same write in less memory: its epoch is shared, and its key with the version held. Each field is written out, so
   * that V8 keeps all of them within the object.
   */
  #frugal({ key, epoch, seq, ms, count, value, ends }: Write): Write {
    return { key: this.winner(key)?.key ?? key, epoch: this.#interner.of(epoch), seq, ms, count, value, ends }
  }

  #insert(version: Version): void {
    const held = this.#records.get(version.key)
    if (held === undefined) this.#records.set(version.key, version)
    else this.#records.set(version.key, [...(Array.isArray(held) ? held : [held]), version])
    let writer = this.#writers.get(version.epoch)
    if (writer === undefined) {
      writer = new WriterLog()
      this.#writers.set(version.epoch, writer)
    }
    writer.insert(version)
    writer.fingerprint.add(this.memberOf(version))
  }

  #remove(key: string, dot: Dot): Version | undefined {
    const held = this.#records.get(key)
    if (held === undefined) return undefined
    const version = Array.isArray(held) ? held.find(each => isDot(each, dot)) : isDot(held, dot) ? held : undefined
    if (version === undefined) return undefined
    const rest = Array.isArray(held) ? held.filter(each => each !== version) : []
    if (rest.length === 0) this.#records.delete(key)
    else this.#records.set(key, rest.length === 1 ? (rest[0] as Version) : rest)
    const writer = this.#writers.get(version.epoch)
    writer?.remove(version)
    writer?.fingerprint.remove(this.memberOf(version))
    if (writer?.living === 0) this.#writers.delete(version.epoch)
    return version
  }

  #remember(write: Write): void {
    this.#deletions.set(write.epoch + write.seq, write)
    this.#deletionBytes += write.key.length + REMEMBERED_BYTES
    while (this.#deletionBytes > REMEMBERED_BYTES_MAX) {
      const oldest = this.#deletions.values().next().value
      if (oldest === undefined) break
      this.#forget(oldest)
      this.deletionsForgotten += 1
    }
  }

  #forget(write: Write): void {
    if (this.#deletions.delete(write.epoch + write.seq)) this.#deletionBytes -= write.key.length + REMEMBERED_BYTES
  }
}

const NONE: readonly Version[] = []

export const isDot = (a: Dot, b: Dot): boolean => a.seq === b.seq && a.epoch === b.epoch

/** The higher stamp; equal ones by epoch, then sequence, so that every replica chooses alike. */
export const later = <T extends Write>(a: T, b: T): T => {
  const order = compareStamps(a, b) || (a.epoch < b.epoch ? -1 : a.epoch > b.epoch ? 1 : a.seq - b.seq)
  return order >= 0 ? a : b
}
