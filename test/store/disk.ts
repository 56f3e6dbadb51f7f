import type { Clock } from '../../src/center/ports.ts'
import type { FileSystem, StoreFile } from '../../src/store/file-system.ts'

/** What a disk writes whole or not at all. */
const SECTOR_BYTES = 512

type Change = { readonly position: number; readonly bytes: Uint8Array } | { readonly size: number }

/** A file's bytes as programs see them, what of it would survive a power cut, and the changes between the two. */
class Inode {
  bytes: Buffer
  durable: Buffer
  changes: Change[] = []

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.durable = bytes
  }

  change(change: Change): void {
    this.bytes = applied(this.bytes, change)
    this.changes.push(change)
  }
}

type Entries = Map<string, Inode>

interface Directory {
  /** As programs see it, and as a power cut would surely leave it. */
  entries: Entries
  durable: Entries
  /** What has been done to it since, in order. */
  changes: ((entries: Entries) => void)[]
}

/**
 * A file system in memory that forgets at a power cut what was not synced: sectors of a file and changes
 * of a directory, each for itself. It can be filled up, and its syncs can be made to fail.
 */
export class Disk implements FileSystem {
  readonly #random: () => number
  readonly #clock: Clock
  readonly #directories = new Map<string, Directory>()
  /** The longest that writing or syncing takes. */
  workMsMax = 3
  /** Bytes that fit on it. */
  capacityBytes = Number.POSITIVE_INFINITY
  /** Chance that a sync fails, and with it loses part of what it was to write for good. */
  syncFailure = 0
  /** After a power cut nothing is written any more: the programs that run on it are dead. */
  dead = false

  constructor(random: () => number, clock: Clock) {
    this.#random = random
    this.#clock = clock
  }

  async makeDirectory(path: string): Promise<void> {
    if (!this.#directories.has(path))
      this.#directories.set(path, { entries: new Map(), durable: new Map(), changes: [] })
  }

  async list(path: string): Promise<string[]> {
    return [...(this.#directories.get(path)?.entries.keys() ?? [])]
  }

  async open(path: string, mode: 'create' | 'existing'): Promise<StoreFile> {
    const [directory, name] = parts(path)
    const entries = this.#entries(directory)
    if (mode === 'create') {
      if (entries.has(name)) throw ioError('EEXIST', 'file already exists')
      const inode = new Inode(Buffer.alloc(0))
      this.#change(directory, entries => entries.set(name, inode))
    }
    const inode = this.#entries(directory).get(name)
    if (inode === undefined) throw ioError('ENOENT', 'no such file')
    return this.#file(inode)
  }

  async rename(from: string, to: string): Promise<void> {
    const [directory, name] = parts(from)
    const inode = this.#entries(directory).get(name)
    if (inode === undefined) throw ioError('ENOENT', 'no such file')
    this.#change(directory, entries => {
      entries.delete(name)
      entries.set(parts(to)[1], inode)
    })
  }

  async remove(path: string): Promise<void> {
    const [directory, name] = parts(path)
    if (this.#entries(directory).has(name)) this.#change(directory, entries => entries.delete(name))
  }

  async syncDirectory(path: string): Promise<void> {
    const directory = this.#directories.get(path)
    if (directory === undefined || this.dead) return
    this.#failSometimes()
    directory.durable = new Map(directory.entries)
    directory.changes = []
  }

  /** The disk as the next start finds it. `power`: what was not synced may be gone. `kill`: the operating system has it all. */
  after(crash: 'power' | 'kill'): Disk {
    this.dead = true
    const next = new Disk(this.#random, this.#clock)
    const survivors = new Map<Inode, Inode>()
    for (const [path, directory] of this.#directories) {
      // What the system still has of a failed sync is written once more: nothing else would make it safe either.
      if (crash === 'kill')
        for (const inode of directory.entries.values()) inode.change({ position: 0, bytes: inode.bytes })
      next.#directories.set(path, crash === 'kill' ? directory : this.#directorySurvivor(directory, survivors))
    }
    return next
  }

  /** What is left of a directory: each change, or not. */
  #directorySurvivor({ durable, changes }: Directory, survivors: Map<Inode, Inode>): Directory {
    const kept = new Map(durable)
    for (const change of changes) if (this.#random() < 0.5) change(kept)
    for (const [name, inode] of kept) {
      const survivor = survivors.get(inode) ?? this.#survivor(inode)
      survivors.set(inode, survivor)
      kept.set(name, survivor)
    }
    return { entries: kept, durable: new Map(kept), changes: [] }
  }

  /** Changes bytes behind everyone's back. */
  corrupt(path: string, position: number): void {
    const [directory, name] = parts(path)
    const bytes = this.#entries(directory).get(name)?.bytes
    if (bytes === undefined || position >= bytes.byteLength)
      throw new Error(`nothing to corrupt at ${path}:${position}`)
    bytes.writeUInt8(bytes.readUInt8(position) ^ 0xff, position)
  }

  sizeOf(path: string): number {
    const [directory, name] = parts(path)
    return this.#entries(directory).get(name)?.bytes.byteLength ?? 0
  }

  get usedBytes(): number {
    let used = 0
    for (const { entries } of this.#directories.values())
      for (const { bytes } of entries.values()) used += bytes.byteLength
    return used
  }

  #file(inode: Inode): StoreFile {
    return {
      size: async () => inode.bytes.byteLength,
      read: async (target, position) => inode.bytes.copy(target, 0, position, position + target.byteLength),
      write: async (bytes, position) => {
        this.#write(inode, bytes, position)
        await this.#work()
      },
      sync: async () => {
        await this.#work()
        this.#sync(inode)
      },
      truncate: async size => {
        if (!this.dead) inode.change({ size })
      },
      close: async () => {},
    }
  }

  /** Takes a moment, in which the power may fail. */
  #work(): Promise<void> {
    return new Promise(resolve => this.#clock.after(this.#random() * this.workMsMax, resolve))
  }

  #write(inode: Inode, bytes: Uint8Array, position: number): void {
    if (this.dead) return
    const growth = Math.max(0, position + bytes.byteLength - inode.bytes.byteLength)
    const excess = this.usedBytes + growth - this.capacityBytes
    const fits = excess > 0 ? bytes.subarray(0, Math.max(0, bytes.byteLength - excess)) : bytes
    inode.change({ position, bytes: Uint8Array.from(fits) })
    if (excess > 0) throw ioError('ENOSPC', 'no space left on device')
  }

  #sync(inode: Inode): void {
    if (this.dead) return
    try {
      this.#failSometimes()
    } catch (error) {
      // The pages are marked clean all the same: no later sync brings what this one has lost.
      inode.durable = this.#survivor(inode).bytes
      inode.changes = []
      throw error
    }
    inode.durable = inode.changes.reduce(applied, inode.durable)
    inode.changes = []
  }

  #failSometimes(): void {
    if (this.#random() < this.syncFailure) throw ioError('EIO', 'i/o error')
  }

  /** What is left of a file: each sector of each change, or not. */
  #survivor(inode: Inode): Inode {
    const chance = [0, 0.5, 0.95, 1][Math.floor(this.#random() * 4)] ?? 0
    let bytes = inode.durable
    for (const change of inode.changes) {
      for (const piece of sectors(change)) if (this.#random() < chance) bytes = applied(bytes, piece)
    }
    return new Inode(bytes)
  }

  #entries(directory: string): Entries {
    const found = this.#directories.get(directory)
    if (found === undefined) throw ioError('ENOENT', `no such directory ${directory}`)
    return found.entries
  }

  #change(directory: string, change: (entries: Entries) => void): void {
    const found = this.#directories.get(directory)
    if (found === undefined || this.dead) return
    change(found.entries)
    found.changes.push(change)
  }
}

function applied(bytes: Buffer, change: Change): Buffer {
  const size = 'size' in change ? change.size : Math.max(bytes.byteLength, change.position + change.bytes.byteLength)
  const result = Buffer.alloc(size)
  bytes.copy(result)
  if ('bytes' in change) result.set(change.bytes, change.position)
  return result
}

function sectors(change: Change): Change[] {
  if ('size' in change) return [change]
  const pieces: Change[] = []
  for (let at = 0; at < change.bytes.byteLength; ) {
    const end = Math.min(change.bytes.byteLength, at + SECTOR_BYTES - ((change.position + at) % SECTOR_BYTES))
    pieces.push({ position: change.position + at, bytes: change.bytes.subarray(at, end) })
    at = end
  }
  return pieces
}

function parts(path: string): [directory: string, name: string] {
  const slash = path.lastIndexOf('/')
  return [path.slice(0, slash), path.slice(slash + 1)]
}

const ioError = (code: string, text: string): Error => Object.assign(new Error(`${code}: ${text}`), { code })
