const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
}

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/gy

/** A duration as Go writes it, such as `1h30m`, in milliseconds. Undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  let totalMs = 0
  let end = 0
  for (const [part, number, unit = ''] of text.matchAll(PART)) {
    totalMs += Number(number) * (UNIT_MS[unit] ?? Number.NaN)
    end += part.length
  }
  return text !== '' && end === text.length ? totalMs : undefined
}
