import type { Digests } from './transaction.ts'
import type { Write } from './wire.ts'

/**
 * A set's fingerprint: the lane-wise sum, modulo 2³², of the first 128 bits of the SHA-256 of its members (the additive
 * multiset hash of Clarke et al., ASIACRYPT 2003). Adding and removing cost one digest each, in any order.
 */
export class Fingerprint {
  readonly #lanes = new Uint32Array(LANES)
  count = 0

  add(member: string): void {
    for (let i = 0; i < LANES; i++) this.#lanes[i] = (this.#lanes[i] as number) + lane(member, i)
    this.count += 1
  }

  remove(member: string): void {
    for (let i = 0; i < LANES; i++) this.#lanes[i] = (this.#lanes[i] as number) - lane(member, i)
    this.count -= 1
  }

  merge(other: Fingerprint): void {
    for (let i = 0; i < LANES; i++) this.#lanes[i] = (this.#lanes[i] as number) + (other.#lanes[i] as number)
    this.count += other.count
  }

  /** 16 bytes, lanes big endian. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(LANES * 4)
    const view = new DataView(bytes.buffer)
    for (let i = 0; i < LANES; i++) view.setUint32(i * 4, this.#lanes[i] as number)
    return bytes
  }

  static read(bytes: Uint8Array): Fingerprint {
    const fingerprint = new Fingerprint()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let i = 0; i < LANES; i++) fingerprint.#lanes[i] = view.getUint32(i * 4)
    return fingerprint
  }

  equals(bytes: Uint8Array): boolean {
    const own = this.bytes()
    return bytes.length === own.length && own.every((byte, i) => byte === bytes[i])
  }

  hex(): string {
    return Array.from(this.#lanes, n => n.toString(16).padStart(8, '0')).join('')
  }
}

const LANES = 4

const lane = (hex: string, i: number): number => hex32(hex, i * 8)

/** Eight hex digits (0-9, a-f) from `at` on as a number below 2³²; as Number.parseInt, but with nothing cut out first. */
const hex32 = (hex: string, at: number): number => {
  let n = 0
  for (let i = at; i < at + 8; i++) {
    const code = hex.charCodeAt(i)
    n = (n << 4) | (code < CODE_A ? code - CODE_0 : code - CODE_A + 10)
  }
  return n >>> 0
}

const CODE_0 = 48
const CODE_A = 97

/** What identifies a version: key, dot and stamp. Its value follows from its dot. */
export const memberOf = (digests: Digests, write: Write): string =>
  digests.sha256(`${write.key}\n${write.epoch}${write.seq}\n${write.ms}.${write.count}`)

/** A 64-bit sum of revisions as two halves, so that an instance's share can be added and taken back. */
export class RevisionSum {
  #high = 0
  #low = 0
  /** Written once per change: readers ask far more often. */
  #hex: string | undefined

  add(revision: string): void {
    this.#hex = undefined
    this.#low = (this.#low + hex32(revision, 8)) % TWO32
    this.#high = (this.#high + hex32(revision, 0)) % TWO32
  }

  remove(revision: string): void {
    this.#hex = undefined
    this.#low = (this.#low - hex32(revision, 8) + TWO32) % TWO32
    this.#high = (this.#high - hex32(revision, 0) + TWO32) % TWO32
  }

  /** 16 hex digits. The halves do not carry into each other. */
  hex(): string {
    this.#hex ??= this.#high.toString(16).padStart(8, '0') + this.#low.toString(16).padStart(8, '0')
    return this.#hex
  }
}

const TWO32 = 2 ** 32

/** The revision of several services together: halves added without carry, so one instance keeps its own revision. */
export const sumRevisions = (revisions: readonly string[]): string => {
  if (revisions.length === 1) return revisions[0] as string
  const sum = new RevisionSum()
  for (const revision of revisions) sum.add(revision)
  return sum.hex()
}
