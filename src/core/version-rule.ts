/**
 * Versions and the rules that older clients send with find: `latest`, `1.0.0+`, `1.0.0-2.0.0`, or one exact version.
 * Components compare as numbers, so 1.10.0 is above 1.9.0, and missing ones count as zero. Identity is another matter:
 * as keys, `1.0` and `1.0.0` stay different services.
 */

/** Components of a version are 16-bit signed integers in the reference. */
const COMPONENT_MAX = 32_767
const VERSION = /^\d+(\.\d+){0,3}$/

export type VersionRule =
  | { readonly kind: 'latest' }
  | { readonly kind: 'exact'; readonly version: string }
  | { readonly kind: 'from'; readonly start: string }
  /** From `start` up to, but not including, `end`. */
  | { readonly kind: 'range'; readonly start: string; readonly end: string }

/** `n(.n){0,3}` with each component at most 32,767. */
export const isVersion = (text: string): boolean =>
  VERSION.test(text) && text.split('.').every(component => Number(component) <= COMPONENT_MAX)

/** Negative when `a` is the lower version, zero when they are of the same height. Both must be versions. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.')
  const right = b.split('.')
  for (let i = 0; i < 4; i++) {
    const difference = Number(left[i] ?? 0) - Number(right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Undefined when the text is neither a version nor a rule. A range whose ends are swapped is put in order. */
export function parseVersionRule(text: string): VersionRule | undefined {
  if (text === 'latest') return { kind: 'latest' }
  if (isVersion(text)) return { kind: 'exact', version: text }
  if (text.endsWith('+')) {
    const start = text.slice(0, -1)
    return isVersion(start) ? { kind: 'from', start } : undefined
  }
  const [first = '', second = '', ...rest] = text.split('-')
  if (rest.length > 0 || !isVersion(first) || !isVersion(second)) return undefined
  const [start, end] = compareVersions(first, second) <= 0 ? [first, second] : [second, first]
  return { kind: 'range', start, end }
}

/** What the rule selects, each item by its version. `latest` selects one; an exact version is compared as text. */
export function selectVersions<T>(
  rule: VersionRule,
  items: readonly T[],
  versionOf: (item: T) => string,
): readonly T[] {
  switch (rule.kind) {
    case 'exact':
      return items.filter(item => versionOf(item) === rule.version)
    case 'from':
      return items.filter(item => compareVersions(versionOf(item), rule.start) >= 0)
    case 'range':
      return items.filter(
        item => compareVersions(versionOf(item), rule.start) >= 0 && compareVersions(versionOf(item), rule.end) < 0,
      )
    case 'latest': {
      const latest = items.reduce<T | undefined>(
        (best, item) => (best === undefined || compareVersions(versionOf(item), versionOf(best)) > 0 ? item : best),
        undefined,
      )
      return latest === undefined ? [] : [latest]
    }
  }
}
