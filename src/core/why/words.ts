const UNITS = [
  { ms: 86_400_000, name: 'd' },
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
  { ms: 1_000, name: 's' },
] as const

/** `1.5 s`, `12 min`, `3 h`: the two leading digits are enough for people. */
export const duration = (ms: number): string => {
  const unit = UNITS.find(each => ms >= each.ms) ?? { ms: 1_000, name: 's' }
  const value = ms / unit.ms
  return `${value >= 10 ? Math.round(value) : Math.round(value * 10) / 10} ${unit.name}`
}

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

export const listed = (names: Iterable<string>, empty = 'none'): string => [...names].join(', ') || empty

export const quoted = (text: string): string => `"${text}"`

/** An empty environment has no name. */
export const environmentName = (environment: string): string =>
  environment === '' ? 'the empty environment' : `environment ${environment}`

const DISTANCE_MAX = 2

/** Names that differ from `wanted` by a slip or two. */
export const similar = (wanted: string, names: Iterable<string>, max: number): string[] => {
  const found: string[] = []
  for (const name of names) {
    if (found.length >= max) break
    if (!found.includes(name) && isNear(wanted.toLowerCase(), name.toLowerCase())) found.push(name)
  }
  return found
}

const isNear = (a: string, b: string): boolean => {
  if (Math.abs(a.length - b.length) > DISTANCE_MAX) return false
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return (row[b.length] ?? Number.POSITIVE_INFINITY) <= DISTANCE_MAX
}
