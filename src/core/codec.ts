/** Values ↔ MessagePack. The library is used here alone; rows of writes are written by `RowBytes`. */
import { Packr, Unpackr } from 'msgpackr/pack'
import { copyOf, latin1Into, latin1Of, RowBytes } from './row-bytes.ts'

/**
 * MessagePack bytes as a string of characters 0 to 255. A short typed array costs some 300 bytes beside its content, such a
 * string 20.
 */
export type Packed = string & { readonly packed: unique symbol }

const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true })
const UNPACKING = { useRecords: false, mapsAsObjects: true, int64AsType: 'number' } as const
const unpackr = new Unpackr({ ...UNPACKING, copyBuffers: true })
/** For frames, which nobody changes: bytes within are views of them. */
const frameUnpackr = new Unpackr({ ...UNPACKING, copyBuffers: false })

export const pack = (value: unknown): Uint8Array => copyOf(packr.pack(value))

/** A view of the codec's own memory, for what is not kept: bytes are never written twice, but a short view holds many. */
export const packView = (value: unknown): Uint8Array => packr.pack(value)

/** Undefined for bytes that are not one whole MessagePack value. */
export const unpack = (bytes: Uint8Array): unknown => unpackWith(unpackr, bytes, bytes.length)

/** The same for frames, without copying what is in them. */
export const unpackFrame = (bytes: Uint8Array): unknown => unpackWith(frameUnpackr, bytes, bytes.length)

const unpackWith = (codec: Unpackr, bytes: Uint8Array, length: number): unknown => {
  try {
    return codec.unpack(bytes, length)
  } catch {
    return undefined
  }
}

export const packValue = (value: unknown): Packed => toPacked(packr.pack(value))

/** Written piece by piece and taken within one step, by whoever needs it: one for all. */
export const rowBytes = new RowBytes()

/** A value that `write` writes, in less time than it takes to look at an object of it. */
export const packRows = (write: (bytes: RowBytes) => void): Packed => {
  rowBytes.begin()
  write(rowBytes)
  return rowBytes.takeLatin1() as Packed
}

/** A short value is laid out here to be decoded: an array of its own for each would cost more than the decoding. */
const scratch = new Uint8Array(4_096)

export const unpackValue = (packed: Packed): unknown => {
  const bytes = packed.length <= scratch.length ? scratch : new Uint8Array(packed.length)
  latin1Into(bytes, packed)
  return unpackWith(unpackr, bytes, packed.length)
}

export const toPacked = (bytes: Uint8Array): Packed => latin1Of(bytes) as Packed
