const SHARDS = 256
/** Keys end with what tells them apart: a random id, a digest, a name. */
const HASHED_CHARS = 6

/**
 * A map of strings for a million keys. One `Map` that doubles itself at half a million holds the event loop for 64 ms; each of
 * these parts takes a fraction of one. Keys are in no order.
 */
export class ShardedMap<V> {
  readonly #shards: readonly Map<string, V>[] = Array.from({ length: SHARDS }, () => new Map())
  #size = 0
  /** What was asked for last: a write asks for its key five times in a row. */
  #lastKey: string | undefined
  #lastValue: V | undefined

  get size(): number {
    return this.#size
  }

  get(key: string): V | undefined {
    if (key === this.#lastKey) return this.#lastValue
    this.#lastKey = key
    this.#lastValue = this.#shardOf(key).get(key)
    return this.#lastValue
  }

  set(key: string, value: V): void {
    const shard = this.#shardOf(key)
    const before = shard.size
    shard.set(key, value)
    this.#size += shard.size - before
    this.#lastKey = key
    this.#lastValue = value
  }

  delete(key: string): void {
    if (this.#shardOf(key).delete(key)) this.#size -= 1
    this.#lastKey = undefined
    this.#lastValue = undefined
  }

  *keys(): Generator<string> {
    for (const shard of this.#shards) yield* shard.keys()
  }

  #shardOf(key: string): Map<string, V> {
    let hash = 0
    for (let i = Math.max(0, key.length - HASHED_CHARS); i < key.length; i++) {
      hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0
    }
    return this.#shards[(hash ^ (hash >>> 8)) & (SHARDS - 1)] as Map<string, V>
  }
}
