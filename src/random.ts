import { randomFillSync } from 'node:crypto'
import type { Random } from './center/ports.ts'

/** Random bytes drawn at once: a draw costs 10 µs whatever its size, and a registration takes two. */
const POOL_BYTES = 8_192

/** The system's randomness, from a pool that is never used twice. */
export const systemRandom = (): Random => {
  const pool = Buffer.alloc(POOL_BYTES)
  let used = POOL_BYTES
  const hex = (bytes: number): string => {
    if (used + bytes > POOL_BYTES) {
      randomFillSync(pool)
      used = 0
    }
    used += bytes
    return pool.toString('hex', used - bytes, used)
  }
  return { hex, fraction: () => Math.random() }
}
