import type { FileHandle as NodeFileHandle } from 'node:fs/promises'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The few file operations that the store needs. Tests hand over one that tears, reorders and drops what was not synced. */
export interface FileSystem {
  /** Creates the directory and what is missing above it. */
  makeDirectory(path: string): Promise<void>
  /** Names of the entries, in no particular order. */
  list(path: string): Promise<readonly string[]>
  /** Opens a file for reading and writing. `create` makes a new one and fails when it exists. */
  open(path: string, mode: 'create' | 'existing'): Promise<StoreFile>
  /** Replaces `to`. */
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Makes creations, renames and removals in this directory survive a power cut. */
  syncDirectory(path: string): Promise<void>
}

export interface StoreFile {
  size(): Promise<number>
  /** Reads until `target` is full or the file ends; the answer is the number of bytes read. */
  read(target: Uint8Array, position: number): Promise<number>
  /** Writes all of it or fails; after a failure any part of it may be there. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** Makes everything written so far, and the size, survive a power cut. */
  sync(): Promise<void>
  truncate(size: number): Promise<void>
  close(): Promise<void>
}

/** Files hold keys and registrations: nobody but the owner reads them. */
const DIRECTORY_MODE = 0o700
const FILE_MODE = 0o600

export const nodeFileSystem: FileSystem = {
  makeDirectory,
  list: path => readdir(path),
  async open(path, mode) {
    return new NodeFile(await open(path, mode === 'create' ? 'wx+' : 'r+', FILE_MODE))
  },
  rename,
  remove: path => rm(path, { force: true }),
  async syncDirectory(path) {
    const directory = await open(path, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  },
}

/** Node's own recursive mkdir never ends, and eats all memory, where a parent is there but takes no entries (/proc). */
async function makeDirectory(path: string): Promise<void> {
  try {
    await makeOne(path)
  } catch (error) {
    const parent = dirname(path)
    if (codeOf(error) !== 'ENOENT' || parent === path) throw error
    await makeDirectory(parent)
    await makeOne(path)
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, DIRECTORY_MODE)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

class NodeFile implements StoreFile {
  readonly #handle: NodeFileHandle

  constructor(handle: NodeFileHandle) {
    this.#handle = handle
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    let length = 0
    while (length < target.byteLength) {
      const { bytesRead } = await this.#handle.read(target, length, target.byteLength - length, position + length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return length
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let length = 0
    // A disk that fills up takes a part first and refuses the rest only when asked again.
    while (length < bytes.byteLength) {
      const { bytesWritten } = await this.#handle.write(bytes, length, bytes.byteLength - length, position + length)
      length += bytesWritten
    }
  }

  sync(): Promise<void> {
    return this.#handle.datasync()
  }

  truncate(size: number): Promise<void> {
    return this.#handle.truncate(size)
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}
