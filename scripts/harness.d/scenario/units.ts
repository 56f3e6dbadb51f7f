/** What people write in scenarios: `2s`, `30%`, `100KB`, `4/s`. Every reader throws a TypeError that says what is allowed. */

const DURATION_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const SIZE_BYTES: Readonly<Record<string, number>> = { B: 1, KB: 1_000, MB: 1_000_000, GB: 1_000_000_000 }

/** Milliseconds. */
export function parseDuration(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? []
  const factor = DURATION_MS[unit]
  if (number === undefined || factor === undefined)
    throw new TypeError(`"${text}" is no duration such as 500ms, 2s or 1h`)
  return Number(number) * factor
}

/** Bytes. */
export function parseSize(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(B|KB|MB|GB)$/.exec(text) ?? []
  const factor = SIZE_BYTES[unit]
  if (number === undefined || factor === undefined) throw new TypeError(`"${text}" is no size such as 64KB or 8MB`)
  return Number(number) * factor
}

/** 0 to 1. */
export function parseRatio(text: string): number {
  const [, number] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? []
  if (number === undefined || Number(number) > 100) throw new TypeError(`"${text}" is no share such as 30%`)
  return Number(number) / 100
}

/** Times a second. */
export function parseRate(text: string): number {
  const [, number] = /^(\d+(?:\.\d+)?)\/s$/.exec(text) ?? []
  if (number === undefined) throw new TypeError(`"${text}" is no rate such as 4/s`)
  return Number(number)
}

export const seconds = (ms: number, digits = 1): string => `${(ms / 1000).toFixed(digits)} s`

/** `1.2 MB`, `340 KB`. */
export function bytesText(bytes: number): string {
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`
  return bytes >= 1e3 ? `${(bytes / 1e3).toFixed(1)} KB` : `${Math.round(bytes)} B`
}
