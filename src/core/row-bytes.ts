/** Of Node's buffers what this needs: a loop in JavaScript takes five times as long. */
interface NativeBytes extends Uint8Array {
  latin1Write(text: string, at: number): number
  utf8Write(text: string, at: number): number
}

declare const Buffer: {
  allocUnsafeSlow(size: number): NativeBytes
  from(bytes: Uint8Array): Uint8Array
  from(text: string, encoding: 'latin1'): Uint8Array
  readonly prototype: {
    latin1Slice(this: Uint8Array, from: number, to: number): string
    latin1Write(this: Uint8Array, text: string, at: number): number
  }
}

const START_BYTES = 64 * 1024
/** What a larger frame took is given back. */
const KEPT_BYTES_MAX = 1024 * 1024
const HEADER_BYTES_MAX = 9

/** Bytes as a string of characters 0 to 255. */
export const latin1Of = (bytes: Uint8Array): string => Buffer.prototype.latin1Slice.call(bytes, 0, bytes.length)

/** The bytes of such a string. */
export const latin1Bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** Lays the bytes of such a string out from the beginning of `target`, which is long enough. */
export const latin1Into = (target: Uint8Array, text: string): void => {
  Buffer.prototype.latin1Write.call(target, text, 0)
}

/** The same bytes in memory of their own, which small ones share. */
export const copyOf = (bytes: Uint8Array): Uint8Array => Buffer.from(bytes)

/**
 * Writes MessagePack, piece by piece: the rows of writes are by far the most of what a node encodes, and the general codec
 * takes four times as long for them. Integers and texts take the same form as there.
 */
export class RowBytes {
  #bytes = Buffer.allocUnsafeSlow(START_BYTES)
  #view = viewOf(this.#bytes)
  #at = 0

  /** Forgets what somebody began and did not end. */
  begin(): void {
    this.#at = 0
  }

  map(length: number): void {
    this.#reserve(HEADER_BYTES_MAX)
    if (length < 0x10) this.#bytes[this.#at++] = 0x80 | length
    else this.#head16(0xde, length)
  }

  list(length: number): void {
    this.#reserve(HEADER_BYTES_MAX)
    if (length < 0x10) this.#bytes[this.#at++] = 0x90 | length
    else if (length < 0x1_0000) this.#head16(0xdc, length)
    else this.#head32(0xdd, length)
  }

  /** A whole number from 0 on; above 32 bits it is a double, exact up to 2⁵³. */
  number(value: number): void {
    this.#reserve(HEADER_BYTES_MAX)
    if (value < 0x80) this.#bytes[this.#at++] = value
    else if (value < 0x100) this.#head8(0xcc, value)
    else if (value < 0x1_0000) this.#head16(0xcd, value)
    else if (value < 0x1_0000_0000) this.#head32(0xce, value)
    else {
      this.#bytes[this.#at] = 0xcb
      this.#view.setFloat64(this.#at + 1, value)
      this.#at += 9
    }
  }

  nil(): void {
    this.#reserve(1)
    this.#bytes[this.#at++] = 0xc0
  }

  text(text: string): void {
    this.#reserve(HEADER_BYTES_MAX + text.length * 3)
    const header = textHead(text.length)
    const length = this.#bytes.utf8Write(text, this.#at + header)
    const needed = textHead(length)
    if (needed !== header) this.#bytes.copyWithin(this.#at + needed, this.#at + header, this.#at + header + length)
    if (needed === 1) this.#bytes[this.#at++] = 0xa0 | length
    else if (needed === 2) this.#head8(0xd9, length)
    else if (needed === 3) this.#head16(0xda, length)
    else this.#head32(0xdb, length)
    this.#at += length
  }

  texts(texts: readonly string[]): void {
    this.list(texts.length)
    for (const text of texts) this.text(text)
  }

  /** A string of characters 0 to 255 as bytes. */
  binary(latin1: string): void {
    const { length } = latin1
    this.#reserve(HEADER_BYTES_MAX + length)
    this.#binaryHead(length)
    this.#bytes.latin1Write(latin1, this.#at)
    this.#at += length
  }

  binaryOf(bytes: Uint8Array): void {
    this.#reserve(HEADER_BYTES_MAX + bytes.length)
    this.#binaryHead(bytes.length)
    this.raw(bytes)
  }

  /** What is MessagePack already. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** What was written since it began, as bytes of their own. */
  take(): Uint8Array {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#at))
    this.#end()
    return taken
  }

  /** The same as a string of characters 0 to 255. */
  takeLatin1(): string {
    const taken = Buffer.prototype.latin1Slice.call(this.#bytes, 0, this.#at)
    this.#end()
    return taken
  }

  #end(): void {
    this.#at = 0
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#grow(START_BYTES)
  }

  #binaryHead(length: number): void {
    if (length < 0x100) this.#head8(0xc4, length)
    else if (length < 0x1_0000) this.#head16(0xc5, length)
    else this.#head32(0xc6, length)
  }

  #head8(code: number, value: number): void {
    this.#bytes[this.#at] = code
    this.#bytes[this.#at + 1] = value
    this.#at += 2
  }

  #head16(code: number, value: number): void {
    this.#bytes[this.#at] = code
    this.#view.setUint16(this.#at + 1, value)
    this.#at += 3
  }

  #head32(code: number, value: number): void {
    this.#bytes[this.#at] = code
    this.#view.setUint32(this.#at + 1, value)
    this.#at += 5
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes > this.#bytes.length) this.#grow(Math.max(this.#bytes.length * 2, this.#at + bytes))
  }

  #grow(size: number): void {
    const larger = Buffer.allocUnsafeSlow(size)
    larger.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = larger
    this.#view = viewOf(larger)
  }
}

/** Bytes before a text of this many. */
const textHead = (length: number): number => (length < 0x20 ? 1 : length < 0x100 ? 2 : length < 0x1_0000 ? 3 : 5)

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
