import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Clock } from '../center/ports.ts'
import type { FileSystem } from './file-system.ts'
import { UNFINISHED } from './layout.ts'
import { StoreError } from './store-error.ts'

export const VALUE_BYTES_MAX = 64 * 1024 * 1024
export const VALUES_MAX = 256
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/
const RETRY_MS = 1000
const CRC_BYTES = 4

export interface ValuesInit {
  readonly fs: FileSystem
  readonly directory: string
  readonly clock: Clock
  readonly failed: (name: string, error: Error) => void
}

/** Small named values, a file each: the CRC-32 of the value, then the value. Reads are from memory. */
export class Values {
  readonly #init: ValuesInit
  readonly #values: Map<string, Uint8Array>
  /** Names whose file is older than memory. However often a value is put while its file is written, it is written once more. */
  readonly #dirty = new Set<string>()
  #writing: Promise<void> | undefined
  #closing = false

  private constructor(init: ValuesInit, values: Map<string, Uint8Array>) {
    this.#init = init
    this.#values = values
  }

  static async open(init: ValuesInit): Promise<Values> {
    const values = new Map<string, Uint8Array>()
    for (const name of await init.fs.list(init.directory)) {
      if (NAME.test(name)) values.set(name, await readValue(init, name))
    }
    return new Values(init, values)
  }

  get(name: string): Uint8Array | undefined {
    return this.#values.get(name)
  }

  put(name: string, value: Uint8Array): void {
    checkValue(this.#values, name, value)
    this.#values.set(name, Uint8Array.from(value))
    this.#dirty.add(name)
    this.#writing ??= this.#writeAll()
  }

  /** Writes what is waiting, and does not try again what fails. */
  async close(): Promise<void> {
    this.#closing = true
    await this.#writing
  }

  async #writeAll(): Promise<void> {
    // Values put in the same moment are written once.
    await Promise.resolve()
    for (const name of this.#dirty) {
      this.#dirty.delete(name)
      const value = this.#values.get(name)
      if (value === undefined) continue
      try {
        await this.#write(name, value)
      } catch (error) {
        this.#init.failed(name, error as Error)
        this.#retry(name)
      }
    }
    this.#writing = undefined
  }

  #retry(name: string): void {
    if (this.#closing) return
    this.#init.clock.after(RETRY_MS, () => {
      if (this.#closing) return
      this.#dirty.add(name)
      this.#writing ??= this.#writeAll()
    })
  }

  async #write(name: string, value: Uint8Array): Promise<void> {
    const { fs, directory } = this.#init
    const path = join(directory, name)
    await fs.remove(path + UNFINISHED)
    const file = await fs.open(path + UNFINISHED, 'create')
    try {
      const crc = Buffer.alloc(CRC_BYTES)
      crc.writeUInt32LE(crc32(value))
      await file.write(Buffer.concat([crc, value]), 0)
      await file.sync()
    } finally {
      await file.close()
    }
    await fs.rename(path + UNFINISHED, path)
    await fs.syncDirectory(directory)
  }
}

/** Throws when a name or value is beyond what a store keeps: a mistake of the caller's. */
export function checkValue(values: ReadonlyMap<string, Uint8Array>, name: string, value: Uint8Array): void {
  if (!NAME.test(name)) throw new RangeError(`store: the name ${JSON.stringify(name)} does not match ${NAME.source}`)
  if (value.byteLength > VALUE_BYTES_MAX) {
    throw new RangeError(
      `store: the value of ${name} has ${value.byteLength} bytes; at most ${VALUE_BYTES_MAX} are allowed`,
    )
  }
  if (!values.has(name) && values.size >= VALUES_MAX) {
    throw new RangeError(`store: ${name} would be one more than ${VALUES_MAX} named values`)
  }
}

async function readValue({ fs, directory }: ValuesInit, name: string): Promise<Uint8Array> {
  const path = join(directory, name)
  const file = await fs.open(path, 'existing')
  try {
    const bytes = Buffer.alloc(await file.size())
    await file.read(bytes, 0)
    const value = bytes.subarray(CRC_BYTES)
    if (bytes.byteLength < CRC_BYTES || crc32(value) !== bytes.readUInt32LE(0)) {
      throw new StoreError(`${path} is damaged; restore it from a backup, or start with an empty directory`)
    }
    return value
  } finally {
    await file.close()
  }
}
