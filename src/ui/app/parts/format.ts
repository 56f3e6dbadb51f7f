/** Numbers, times and sizes as people read them. */

const COUNT = new Intl.NumberFormat('en')
const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const DATE_TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

export const count = (value: number): string => COUNT.format(value)

/** `1 instance`, `2 instances`. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const

/** At most two units: `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  const parts: string[] = []
  let rest = ms
  for (const [size, unit] of UNITS) {
    const whole = Math.floor(rest / size)
    rest -= whole * size
    if (whole > 0) parts.push(`${whole} ${unit}`)
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return parts.join(' ')
}

export const time = (unixMs: number): string => TIME.format(unixMs)

export const dateTime = (unixMs: number): string => (Number.isFinite(unixMs) ? DATE_TIME.format(unixMs) : 'unknown')

/** Of Service Center's times: unix seconds as text. */
export const secondsText = (seconds: string): string => dateTime(Number(seconds) * 1_000)

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'] as const

export function bytes(value: number): string {
  let rest = value
  let unit = 0
  while (rest >= 1_000 && unit < SIZES.length - 1) {
    rest /= 1_000
    unit += 1
  }
  return `${rest >= 100 || unit === 0 ? Math.round(rest) : rest.toFixed(1)} ${SIZES[unit]}`
}

/** Identities are long, and differ at their ends. */
export const short = (id: string, length = 12): string => (id.length <= length ? id : `…${id.slice(-length + 1)}`)

/** An environment without a name has this one for people. */
export const environmentText = (environment: string): string => (environment === '' ? 'no environment' : environment)
