import type { FileSystem } from '../../src/store/file-system.ts'
import { openStore, type SyncMode } from '../../src/store/store.ts'
import { loaded, type OpenStore } from '../contracts/store.ts'
import { Disk } from './disk.ts'
import { JumpingClock, Lines, random, seeded } from './world.ts'

const COMPACT_BYTES_MIN = 1_000_000

interface Counting {
  readonly fs: FileSystem
  readonly writes: number
  readonly syncs: number
}

/** A store on a disk that forgets, in virtual time. */
export class Bench {
  readonly clock = new JumpingClock()
  readonly log = new Lines()
  disk = new Disk(seeded(7), this.clock)

  open(sync: SyncMode = 'group', compactBytesMin = COMPACT_BYTES_MIN, fs: FileSystem = this.disk): Promise<OpenStore> {
    const { clock, log } = this
    return openStore('/data', { sync, compactBytesMin }, { clock, random, log, fs, lock: async () => async () => {} })
  }

  wait(ms: number): Promise<void> {
    return new Promise(resolve => this.clock.after(ms, resolve))
  }

  /** As `wait`, in steps: where nobody else waits for time, all of it would pass at once. */
  async pass(ms: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += 1) await this.wait(1)
  }

  async logged(text: string): Promise<void> {
    while (!this.log.lines.some(line => line.includes(text))) await this.wait(1)
  }

  /** What the next process finds after the power has failed. */
  async found(): Promise<string[]> {
    this.disk = this.disk.after('power')
    return loaded(await this.open())
  }

  /** The disk, counting what is asked of it. */
  counting(): Counting {
    const { disk } = this
    const counts = { writes: 0, syncs: 0 }
    const fs: FileSystem = {
      makeDirectory: path => disk.makeDirectory(path),
      list: path => disk.list(path),
      rename: (from, to) => disk.rename(from, to),
      remove: path => disk.remove(path),
      syncDirectory: path => disk.syncDirectory(path),
      async open(path, mode) {
        const file = await disk.open(path, mode)
        return {
          ...file,
          write: (bytes, position) => {
            counts.writes += 1
            return file.write(bytes, position)
          },
          sync: () => {
            counts.syncs += 1
            return file.sync()
          },
        }
      },
    }
    return Object.assign(counts, { fs })
  }
}
