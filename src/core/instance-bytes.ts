/**
 * Records of instances, by far the most of what there is, straight to and from their bytes: a registration encodes one, and
 * a start decodes all of them. Only the layout that `packInstance` writes is read here; any other goes the general way.
 */
import type { Interner } from './interner.ts'
import type { FirstLease, InstanceRecord } from './records.ts'
import { latin1Bytes } from './row-bytes.ts'
import { isNodeId, type Packed, packRows } from './wire.ts'

/** Of a record that replaces none: the same bytes as of its fields, in a third of the time. */
export const packInstance = ({ instance, parents, generations, lease }: InstanceRecord): Packed =>
  packRows(bytes => {
    bytes.map(4)
    bytes.text('instance')
    bytes.binaryOf(instance)
    bytes.text('parents')
    bytes.texts(parents)
    bytes.text('generations')
    bytes.texts(generations)
    bytes.text('lease')
    if (lease === undefined) return bytes.nil()
    bytes.list(4)
    bytes.number(lease.version)
    bytes.text(lease.holder)
    bytes.number(lease.leaseMs)
    bytes.number(lease.intervalMs)
  })

/** Undefined for what is laid out otherwise, which may be a record all the same. */
export const readInstanceBytes = (packed: Packed, interner?: Interner): InstanceRecord | undefined => {
  const reader = new Reader(packed)
  if (!reader.skip('\x84\xa8instance')) return undefined
  const instance = reader.binary()
  if (instance === undefined || !reader.skip('\xa7parents')) return undefined
  const parents = reader.texts()
  if (parents === undefined || !reader.skip('\xabgenerations')) return undefined
  const generations = reader.texts()
  if (generations === undefined || !reader.skip('\xa5lease')) return undefined
  const lease = reader.skip('\xc0') ? 'none' : readLease(reader, interner)
  if (lease === undefined || !reader.ended) return undefined
  return { instance: latin1Bytes(instance), parents, generations, lease: lease === 'none' ? undefined : lease }
}

const readLease = (reader: Reader, interner: Interner | undefined): FirstLease | undefined => {
  if (!reader.skip('\x94')) return undefined
  const version = reader.number()
  const holder = reader.text()
  const leaseMs = reader.number()
  const intervalMs = reader.number()
  if (version === undefined || !isNodeId(holder) || leaseMs === undefined || intervalMs === undefined) return undefined
  return { version, holder: interner?.of(holder) ?? holder, leaseMs, intervalMs }
}

/** Reads MessagePack from a string of characters 0 to 255, in the forms that short ASCII texts and counts take. */
class Reader {
  readonly #packed: string
  #at = 0

  constructor(packed: string) {
    this.#packed = packed
  }

  get ended(): boolean {
    return this.#at === this.#packed.length
  }

  skip(expected: string): boolean {
    if (!this.#packed.startsWith(expected, this.#at)) return false
    this.#at += expected.length
    return true
  }

  binary(): string | undefined {
    const code = this.#byte()
    const length = code === 0xc4 ? this.#byte() : code === 0xc5 ? this.#byte() * 0x100 + this.#byte() : Number.NaN
    return this.#take(length)
  }

  text(): string | undefined {
    const code = this.#byte()
    const text = this.#take(code >> 5 === 0b101 ? code & 0x1f : code === 0xd9 ? this.#byte() : Number.NaN)
    return text === undefined || NOT_ASCII.test(text) ? undefined : text
  }

  texts(): string[] | undefined {
    const code = this.#byte()
    if (code >> 4 !== 0b1001) return undefined
    const texts: string[] = []
    for (let left = code & 0xf; left > 0; left--) {
      const text = this.text()
      if (text === undefined) return undefined
      texts.push(text)
    }
    return texts
  }

  number(): number | undefined {
    const code = this.#byte()
    if (code < 0x80) return code
    const bytes = code === 0xcc ? 1 : code === 0xcd ? 2 : code === 0xce ? 4 : 0
    let number = 0
    for (let i = 0; i < bytes; i++) number = number * 0x100 + this.#byte()
    return bytes === 0 || Number.isNaN(number) ? undefined : number
  }

  /** NaN behind the end. */
  #byte(): number {
    return this.#packed.charCodeAt(this.#at++)
  }

  #take(length: number): string | undefined {
    const end = this.#at + length
    if (!(end <= this.#packed.length)) return undefined
    const taken = this.#packed.slice(this.#at, end)
    this.#at = end
    return taken
  }
}

const NOT_ASCII = /[^\0-\x7f]/
