import type { Dot } from './context.ts'
import type { Epoch, NodeId } from './model.ts'
import { isBytes, isCount, isNodeId, isSeq, type Row, readEpoch, writeEpoch } from './wire.ts'

/** Ages travel in tenths of a second. */
const AGE_UNIT_MS = 100
const ITEMS_MAX = 8_192
const EPOCH_BYTES = 8

/** An instance is named by the dot of its registration: a byte or two for the epoch, three to five for the sequence. */
export class Heartbeats {
  readonly #epochs = new Map<Epoch, number>()
  readonly #items: number[] = []

  add(registration: Dot, ageMs: number): void {
    const { epoch, seq } = registration
    const index = this.#epochs.get(epoch) ?? this.#epochs.size
    this.#epochs.set(epoch, index)
    this.#items.push(index, seq, Math.max(0, Math.round(ageMs / AGE_UNIT_MS)))
  }

  fields(): Row {
    const epochs = new Uint8Array(this.#epochs.size * EPOCH_BYTES)
    for (const [epoch, i] of this.#epochs) writeEpoch(epochs, i * EPOCH_BYTES, epoch)
    return [epochs, this.#items]
  }
}

export interface HeartbeatBatch {
  readonly id: number
  readonly origin: NodeId
  readonly to: NodeId
  readonly hops: number
  readonly items: readonly (Dot & { readonly ageMs: number })[]
}

export const readHeartbeats = ([id, origin, to, hops, epochs, flat]: Row): HeartbeatBatch | undefined => {
  if (!isCount(id) || !isNodeId(origin) || !isNodeId(to) || !isCount(hops)) return undefined
  if (!isBytes(epochs) || epochs.length % EPOCH_BYTES !== 0) return undefined
  if (!Array.isArray(flat) || flat.length % 3 !== 0 || flat.length > ITEMS_MAX * 3) return undefined
  const items: (Dot & { ageMs: number })[] = []
  for (let i = 0; i < flat.length; i += 3) {
    const [index, seq, age] = flat.slice(i, i + 3) as unknown[]
    if (!isCount(index) || index * EPOCH_BYTES >= epochs.length || !isSeq(seq) || !isCount(age)) return undefined
    items.push({ epoch: readEpoch(epochs, index * EPOCH_BYTES), seq, ageMs: age * AGE_UNIT_MS })
  }
  return { id, origin, to, hops, items }
}

export interface HeardAnswer {
  readonly id: number
  readonly to: NodeId
  readonly hops: number
  /** By index in the batch: the holder to turn to, or null when nobody is known. What is not listed was heard. */
  readonly refused: ReadonlyMap<number, NodeId | null>
}

export const readHeard = ([id, to, hops, flat]: Row): HeardAnswer | undefined => {
  if (!isCount(id) || !isNodeId(to) || !isCount(hops)) return undefined
  if (!Array.isArray(flat) || flat.length % 2 !== 0 || flat.length > ITEMS_MAX * 2) return undefined
  const refused = new Map<number, NodeId | null>()
  for (let i = 0; i < flat.length; i += 2) {
    const [index, holder] = flat.slice(i, i + 2) as unknown[]
    if (!isCount(index) || (holder !== null && !isNodeId(holder))) return undefined
    refused.set(index, holder)
  }
  return { id, to, hops, refused }
}
