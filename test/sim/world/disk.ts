import type { Store } from '../../../src/center/ports.ts'
import type { Epoch } from '../../../src/core/model.ts'
import type { Process } from './process.ts'
import type { SeededRandom } from './random.ts'

/** The group commit of the durable store: what is appended within this time shares one sync. */
const SYNC_AFTER_MS = 4
const SYNC_TAKES_MS = 1

export interface DiskImage {
  /** The start during which it was taken, and the beats that this had sent. */
  readonly takenIn?: { readonly epoch: Epoch; readonly beat: number }
  readonly frames: readonly Uint8Array[]
  readonly values: ReadonlyMap<string, Uint8Array>
}

interface Unsynced {
  readonly frame: Uint8Array
  readonly done: (error?: Error) => void
}

/** What of a node outlives its process. A crash keeps what was synced and some, all or nothing of what was not. */
export class Disk {
  frames: Uint8Array[] = []
  values = new Map<string, Uint8Array>()
  full = false
  /** True time at which it was last full. */
  fullUntilMs = Number.NEGATIVE_INFINITY
  /** A snapshot is being written. */
  compacting = false
  readonly #unsynced: Unsynced[] = []
  readonly #unsyncedValues = new Map<string, Uint8Array>()
  #syncing: (() => void) | undefined

  /** The port for one process. */
  open(process: Process): Store {
    return {
      durable: true,
      append: (frame, done) => {
        if (this.full) {
          process.after(0, () => done(new Error('no space left on device')))
          return
        }
        this.#unsynced.push({ frame: frame.slice(), done })
        this.#schedule(process)
      },
      onLoss: () => {},
      put: (name, value) => {
        this.#unsyncedValues.set(name, value.slice())
        this.#schedule(process)
      },
      get: name => this.#unsyncedValues.get(name) ?? this.values.get(name),
    }
  }

  image(): DiskImage {
    return { frames: [...this.frames], values: new Map(this.values) }
  }

  /** Puts an earlier image back: an old snapshot was restored. */
  restore(image: DiskImage): void {
    this.frames = [...image.frames]
    this.values = new Map(image.values)
  }

  /** Replaces the log by a snapshot taken from now on; what is synced meanwhile is kept behind it. */
  compact(): { readonly add: (frame: Uint8Array) => void; readonly finish: () => void } {
    this.compacting = true
    const from = this.frames.length
    const snapshot: Uint8Array[] = []
    return {
      add: frame => snapshot.push(frame.slice()),
      finish: () => {
        this.compacting = false
        this.frames = [...snapshot, ...this.frames.slice(from)]
      },
    }
  }

  /** The process died. Of the unsynced tail a drawn prefix had reached the disk; values are old or new, never torn. */
  crash(random: SeededRandom): { readonly lostFrames: number } {
    this.#syncing?.()
    this.#syncing = undefined
    this.compacting = false
    const kept = random.int(0, this.#unsynced.length)
    const lostFrames = this.#unsynced.length - kept
    for (const { frame } of this.#unsynced.splice(0, kept)) this.frames.push(frame)
    this.#unsynced.length = 0
    for (const [name, value] of this.#unsyncedValues) if (random.chance(0.5)) this.values.set(name, value)
    this.#unsyncedValues.clear()
    return { lostFrames }
  }

  /** An orderly end: everything is synced. */
  flush(): void {
    this.#syncing?.()
    this.#syncing = undefined
    for (const { frame } of this.#unsynced.splice(0)) this.frames.push(frame)
    for (const [name, value] of this.#unsyncedValues) this.values.set(name, value)
    this.#unsyncedValues.clear()
  }

  #schedule(process: Process): void {
    this.#syncing ??= process.after(SYNC_AFTER_MS, () => {
      const count = this.#unsynced.length
      this.#syncing = process.after(SYNC_TAKES_MS, () => this.#synced(process, count))
    })
  }

  #synced(process: Process, count: number): void {
    this.#syncing = undefined
    const batch = this.#unsynced.splice(0, count)
    for (const { frame } of batch) this.frames.push(frame)
    for (const [name, value] of this.#unsyncedValues) this.values.set(name, value)
    this.#unsyncedValues.clear()
    if (this.#unsynced.length > 0) this.#schedule(process)
    for (const { done } of batch) done()
  }
}

/** No disk at all: a supported mode. */
export const noDisk = (process: Process): Store => ({
  durable: false,
  append: (_frame, done) => {
    process.after(0, () => done())
  },
  onLoss: () => {},
  put: () => {},
  get: () => undefined,
})
