import { clusterOfKey } from '../core/keys.ts'
import { type Origin, originsRow } from '../core/origins.ts'
import { encodeFrame, GOSSIP_FRAME_BYTES_MAX, type Write, writesRow } from '../core/wire.ts'
import type { Beats } from './beats.ts'
import type { Peers } from './peers.ts'
import type { Clock, Mesh } from './ports.ts'

/** The first change of a quiet time leaves at once; those that follow wait this long for company. */
const WINDOW_MS = 4
/** A gossip frame is closed at this size, well below what gossip carries. */
const FRAME_BYTES = GOSSIP_FRAME_BYTES_MAX / 2
/** Bytes of a record beside key and value. */
const RECORD_BYTES = 48
/** Records in one frame. */
const FRAME_WRITES_MAX = 1_000

export interface PublisherParts {
  readonly clock: Clock
  readonly mesh: Mesh
  readonly peers: () => Pick<Peers, 'any'>
  readonly beats: () => Pick<Beats, 'announce'>
}

/** Hands own writes to gossip, batched: a gossip message costs forty times what a record in it costs. */
export class Publisher {
  readonly #parts: PublisherParts
  #batch: Write[] = []
  /** Of writes in the batch whose request is to be followed. */
  #origins = new Map<Write, Origin>()
  #bytes = 0
  #flushedAtMs = Number.NEGATIVE_INFINITY
  #waiting: (() => void) | undefined

  constructor(parts: PublisherParts) {
    this.#parts = parts
  }

  add(writes: readonly Write[], origin?: Origin): void {
    let large = false
    for (const write of writes) {
      const bytes = write.key.length + (write.value?.length ?? 0) + write.ends.length * 8 + RECORD_BYTES
      if (bytes > FRAME_BYTES) {
        large = true
        continue
      }
      if (this.#bytes + bytes > FRAME_BYTES || this.#batch.length >= FRAME_WRITES_MAX) this.flush()
      this.#batch.push(write)
      if (origin !== undefined) this.#origins.set(write, origin)
      this.#bytes += bytes
    }
    if (this.#batch.length > 0) this.#schedule()
    // Too large for gossip: peers see the gap in the beats and pull.
    if (large) this.#parts.beats().announce()
  }

  flush(): void {
    this.#waiting?.()
    this.#waiting = undefined
    if (this.#batch.length === 0) return
    const batch = this.#batch
    const origins = this.#origins
    this.#batch = []
    if (origins.size > 0) this.#origins = new Map()
    this.#bytes = 0
    this.#flushedAtMs = this.#parts.clock.monotonicMs()
    // Nobody hears it, and whoever comes later repairs first.
    if (!this.#parts.peers().any) return
    // A frame is of one cluster, so that receivers see at once whether its author may write for it.
    for (const [cluster, writes] of Map.groupBy(batch, write => clusterOfKey(write.key))) {
      const followed = originsRow(writes, origins)
      const fields = followed === undefined ? [] : [followed]
      this.#parts.mesh.publish(encodeFrame('changes', cluster, writesRow(writes), ...fields))
    }
  }

  #schedule(): void {
    if (this.#waiting !== undefined) return
    const waitMs = Math.max(0, this.#flushedAtMs + WINDOW_MS - this.#parts.clock.monotonicMs())
    this.#waiting = this.#parts.clock.after(waitMs, () => this.flush())
  }
}
