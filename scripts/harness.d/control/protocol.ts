/** Between `scripts/harness up`, which listens, and `scripts/harness VERB`, which asks: one JSON object a line. */
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../fleet/checkout.ts'

/** A step such as `kill sc1-a`, or one of `status`, `verify`, `report`, `down`. */
export interface Request {
  readonly line: string
}

export interface Answer {
  readonly text: string
  /** What the asking process exits with. */
  readonly code: number
}

export const LINE_CHARS_MAX = 10_000

/** One harness of a checkout and user at a time, unless HARNESS_SOCKET names another path. Not inside the checkout: sockets have room for about 100 characters. */
export function socketPath(): string {
  const checkout = createHash('sha256').update(ROOT).digest('hex').slice(0, 12)
  const { HARNESS_SOCKET: given } = process.env
  return given ?? join(tmpdir(), `grapevine-harness-${process.getuid?.() ?? 0}-${checkout}.sock`)
}
