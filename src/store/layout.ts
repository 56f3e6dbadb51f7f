import type { FileKind } from './log-format.ts'

/**
 * Names in a data directory: `log/0000000007.segment` and `log/0000000007.snapshot`, which stands for every segment with a lower
 * number. Numbers count up and are never used again. `….tmp` is a file that nobody had finished.
 */
const DIGITS = 10
const NAME = /^(\d{10})\.(segment|snapshot)$/

export const UNFINISHED = '.tmp'

export const fileName = (kind: FileKind, number: number): string => `${String(number).padStart(DIGITS, '0')}.${kind}`

export interface Layout {
  /** The newest snapshot's number, 0 when there is none: then everything is in segments from 1 on. */
  readonly snapshot: number
  /** Segments that the snapshot does not stand for, in order. */
  readonly segments: readonly number[]
  /** File names that a crash left over. */
  readonly leftovers: readonly string[]
}

/** Sorts a log directory's names. Names that are none of ours are left alone. */
export function layoutOf(names: readonly string[]): Layout {
  const files = names.flatMap(name => {
    const [, digits, kind] = NAME.exec(name) ?? []
    return digits === undefined ? [] : [{ name, number: Number(digits), kind }]
  })
  const snapshot = Math.max(0, ...files.filter(file => file.kind === 'snapshot').map(file => file.number))
  const segments = files.filter(file => file.kind === 'segment' && file.number >= snapshot).map(file => file.number)
  const old = files.filter(file => file.number < snapshot).map(file => file.name)
  const unfinished = names.filter(name => name.endsWith(UNFINISHED))
  return { snapshot, segments: segments.sort((a, b) => a - b), leftovers: [...old, ...unfinished] }
}

/** The number of the segment whose turn it is and that is not there, or undefined when none is missing. */
export function missingSegment({ snapshot, segments }: Layout): number | undefined {
  if (snapshot === 0 && segments.length === 0) return undefined
  const first = Math.max(snapshot, 1)
  for (const [index, number] of segments.entries()) {
    if (number !== first + index) return first + index
  }
  return segments.length === 0 ? first : undefined
}
