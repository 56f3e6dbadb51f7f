import { PROTOCOL, pack, unpack } from '../../../src/core/wire.ts'
import type { SeededRandom } from '../world/random.ts'

export type Dialect = (frame: Uint8Array) => Uint8Array

/** How a node of another version would say the same. */
type Rewrite = (type: string, fields: readonly unknown[]) => readonly unknown[]

const dialect =
  (version: number, rewrite: Rewrite): Dialect =>
  frame => {
    const [, type, ...fields] = unpack(frame) as [number, string, ...unknown[]]
    return pack([version, type, ...rewrite(type, fields)])
  }

/** Made up: before beats told the time, before cells followed a slice unasked, and before the past was left out. */
const OLDER_FIELDS: Readonly<Record<string, number>> = { beats: 1, compare: 3, slice: 5 }
export const older = dialect(PROTOCOL - 1, (type, fields) => fields.slice(0, OLDER_FIELDS[type]))

/** Made up: every frame says more at its end, a hello has another entry, a beat another flag. */
export const newer = dialect(PROTOCOL + 1, (type, [first, ...rest]) => {
  const said = type === 'hello' ? { ...(first as object), mood: 'fine' } : type === 'beats' ? flagged(first) : first
  return [said, ...rest, { later: [true] }]
})

const BEAT_BYTES = 21
const NEW_FLAG = 0b100

const flagged = (beats: unknown): Uint8Array => {
  const bytes = Uint8Array.from(beats as Uint8Array)
  for (let at = BEAT_BYTES - 1; at < bytes.length; at += BEAT_BYTES) bytes[at] = (bytes[at] as number) | NEW_FLAG
  return bytes
}

/** Of each three nodes one keeps to the own version. */
export const drawDialect = (random: SeededRandom): Dialect | undefined => random.pick([undefined, older, newer])
