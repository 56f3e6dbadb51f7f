import { join } from 'node:path'
import type { Batch } from './batch.ts'
import type { FileSystem, StoreFile } from './file-system.ts'
import { fileName, UNFINISHED } from './layout.ts'
import { encodeFileHeader, FILE_HEADER_BYTES, type FileHeader } from './log-format.ts'

export type Lost = () => void

/** Why frames are refused that came when a sync had failed. */
export const DID_NOT_KEEP = 'the disk did not keep what had been written before'

/** The segment before this one, which must be whole and synced before a byte is written here. */
export interface Predecessor {
  /** Mends, syncs and closes it; the answer is its final length. Fails, and may be asked again, while the disk refuses. */
  finish(): Promise<number>
  giveUp(): boolean
}

/** One append-only file of the log, and how far it is whole and synced. */
export class Segment implements Predecessor {
  readonly header: FileHeader
  readonly #file: StoreFile
  #previous: Predecessor | undefined
  #previousBytes = 0
  #end: number
  #synced: number
  /** Bytes of a write that failed may stand behind the end. */
  #torn = false
  /** A sync failed: nobody knows what of the unsynced is there, and no later sync will tell. */
  #doubtful = false
  #finished = false
  readonly #lost: Lost

  /** `lost`: told when frames that had been acknowledged were given up. */
  constructor(file: StoreFile, header: FileHeader, end: number, lost: Lost, previous?: Predecessor) {
    this.#file = file
    this.header = header
    this.#end = end
    this.#synced = end
    this.#lost = lost
    this.#previous = previous
  }

  /** Makes an empty segment that survives a power cut: under its name it is never there without its header. */
  static async create(
    fs: FileSystem,
    directory: string,
    header: FileHeader,
    lost: Lost,
    previous?: Predecessor,
  ): Promise<Segment> {
    const path = join(directory, fileName('segment', header.number))
    await fs.remove(path + UNFINISHED)
    const file = await fs.open(path + UNFINISHED, 'create')
    try {
      await file.write(encodeFileHeader(header), 0)
      await file.sync()
      await fs.rename(path + UNFINISHED, path)
      await fs.syncDirectory(directory)
      return new Segment(file, header, FILE_HEADER_BYTES, lost, previous)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** Where the last whole frame ends. */
  get end(): number {
    return this.#end
  }

  /** Something acknowledged has still to be synced. */
  get behind(): boolean {
    return this.#synced < this.#end
  }

  get doubtful(): boolean {
    return this.#doubtful
  }

  /** Writes a batch behind the end. When it fails, nothing of it counts; `cutTo` takes it off the disk. */
  async write(batch: Batch): Promise<void> {
    if (this.#previous !== undefined) {
      this.#previousBytes = await this.#previous.finish()
      this.#previous = undefined
    }
    await this.#mend()
    const bytes = batch.seal({ syncedBytes: this.#synced, previousBytes: this.#previousBytes })
    await this.#file.write(bytes, this.#end)
    this.#end += bytes.byteLength
  }

  async sync(): Promise<void> {
    const end = this.#end
    try {
      await this.#file.sync()
    } catch (error) {
      this.#doubtful = true
      throw error
    }
    if (!this.#doubtful) this.#synced = Math.max(this.#synced, end)
  }

  /** Takes back what was written behind `end`. While the disk refuses even that, every later write tries it first. */
  async cutTo(end: number): Promise<void> {
    this.#end = Math.min(this.#end, end)
    this.#torn = true
    await this.#mend().catch(() => {})
  }

  /**
   * Gives up what a failed sync has left in doubt: the system takes it for written, and a later sync would say so. True when
   * something of it had been acknowledged.
   */
  giveUp(): boolean {
    const before = this.#previous?.giveUp() ?? false
    const lost = this.#doubtful && this.behind
    this.#doubtful = false
    if (!lost) return before
    this.#end = this.#synced
    this.#torn = true
    this.#lost()
    return true
  }

  async finish(): Promise<number> {
    if (!this.#finished) {
      if (this.#previous !== undefined) this.#previousBytes = await this.#previous.finish()
      this.#previous = undefined
      await this.#mend()
      if (this.behind) await this.sync()
      // One that was under way already may have failed meanwhile.
      await this.#mend()
      await this.#file.close()
      this.#finished = true
    }
    return this.#end
  }

  /** Fails where something acknowledged had to be given up: nothing may be stored behind it before that is known. */
  async #mend(): Promise<void> {
    if (this.giveUp()) throw new Error(DID_NOT_KEEP)
    if (!this.#torn) return
    await this.#file.truncate(this.#end)
    await this.sync()
    this.#torn = false
  }
}
