/**
 * One option of the process: its names in every place where it may be given, its kind, its default, its explanation.
 * `--help`, the tables of docs/operations.md and every error message come from here.
 */
export interface Option<T> {
  /** Key in a YAML file, and the name that errors use beside the flag. Dots nest. */
  readonly key: string
  /** What stands for the value in help: `HOST:PORT`. */
  readonly value: string
  readonly doc: string
  /** What is allowed, for errors: completes the sentence "allowed is …". */
  readonly allowed: string
  /** The default as text, for people; undefined: there is none. */
  readonly shown: string | undefined
  readonly fallback: T
  /** Throws an Error whose message says more than `allowed` does, or any other to leave it at that. */
  readonly parse: (text: string) => T
  /** Names that the reference gives it: keys of app.yaml or app.conf, and environment variables. */
  readonly keys: readonly string[]
  readonly envs: readonly string[]
  /** May be given several times; the values are joined with commas. */
  readonly repeatable: boolean
  /** Its value must stand in no error and no log. */
  readonly secret: boolean
}

/** A refusal by a parser that says by itself what is wrong. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

type Spec<T> = Pick<Option<T>, 'key' | 'value' | 'doc' | 'fallback' | 'parse'> &
  Partial<Pick<Option<T>, 'keys' | 'envs' | 'allowed' | 'repeatable' | 'secret'>> & {
    readonly shown?: string | undefined
  }

/** Sections of the reference's app.yaml in which options of ours have kept their place. */
const SHARED_SECTION = /^(registry|discovery|log|quota|ssl|rbac|gov)\./

/** Fills in what follows from the rest. The reference lets any YAML key be given in the environment, upper case, with underscores. */
export const option = <T>(spec: Spec<T>): Option<T> => {
  const keys = spec.keys ?? []
  const originals = [spec.key, ...keys].filter((key, index) =>
    index === 0 ? SHARED_SECTION.test(key) : key.includes('.'),
  )
  return {
    allowed: spec.value,
    repeatable: false,
    secret: false,
    ...spec,
    shown: spec.shown ?? shownDefault(spec.fallback),
    keys,
    envs: [...new Set([...(spec.envs ?? []), ...originals.map(upperCase)])],
  }
}

const shownDefault = (fallback: unknown): string | undefined =>
  typeof fallback === 'string' || typeof fallback === 'number' || typeof fallback === 'boolean'
    ? String(fallback)
    : undefined

const upperCase = (key: string): string => key.replace(/[.-]/g, '_').toUpperCase()

/** `instance.minInterval` → `--instance-min-interval` and `GRAPEVINE_INSTANCE_MIN_INTERVAL`. */
export const flagOf = (key: string): string => `--${dashed(key)}`
export const envOf = (key: string): string => `GRAPEVINE_${dashed(key).replaceAll('-', '_').toUpperCase()}`
const dashed = (key: string): string =>
  key
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replaceAll('.', '-')
    .toLowerCase()

// --- kinds of values ----------------------------------------------------------------------------------------------------

type Names = Omit<Spec<never>, 'fallback' | 'parse' | 'value' | 'allowed'>

export const text = <F extends string | undefined>(
  spec: Names & {
    readonly value: string
    readonly fallback: F
    readonly allowed?: string
    readonly parse?: (text: string) => string
  },
): Option<string | F> =>
  option<string | F>({
    parse: raw => {
      if (raw === '') throw new Refusal('it is empty; leave it out, or say what is meant')
      return raw
    },
    ...spec,
  })

export const choice = <const C extends string>(
  spec: Names & {
    readonly choices: readonly C[]
    readonly fallback: NoInfer<C>
    readonly refuse?: (text: string) => void
  },
): Option<C> => {
  const value = spec.choices.filter(each => each !== '').join(' | ')
  return option<C>({
    ...spec,
    value,
    allowed: spec.choices.includes('' as C) ? `${value} | "" (empty)` : value,
    parse: raw => {
      spec.refuse?.(raw)
      const found = spec.choices.find(each => each.toLowerCase() === raw.toLowerCase())
      if (found === undefined) throw new Error()
      return found
    },
  })
}

export const whole = (
  spec: Names & { readonly value?: string; readonly fallback: number; readonly min: number; readonly max: number },
): Option<number> =>
  option<number>({
    value: 'N',
    ...spec,
    allowed: `a whole number from ${spec.min} to ${spec.max}`,
    parse: raw => {
      const value = Number(raw)
      if (!/^\d+$/.test(raw) || value < spec.min || value > spec.max) throw new Error()
      return value
    },
  })

const TRUE = ['1', 'true', 'yes', 'on']
const FALSE = ['0', 'false', 'no', 'off']

export const flag = (spec: Names & { readonly fallback: boolean }): Option<boolean> =>
  option<boolean>({
    ...spec,
    value: 'true|false',
    allowed: 'true or false',
    parse: raw => {
      const value = raw.toLowerCase()
      if (!TRUE.includes(value) && !FALSE.includes(value)) throw new Error()
      return TRUE.includes(value)
    },
  })

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** In Go's notation, as the reference's configuration has it: `30s`, `1h30m`, `500ms`; a bare number is seconds. */
export const duration = (
  spec: Names & { readonly fallbackMs: number; readonly minMs: number; readonly maxMs: number },
): Option<number> =>
  option<number>({
    ...spec,
    value: 'DURATION',
    fallback: spec.fallbackMs,
    shown: showDuration(spec.fallbackMs),
    allowed: `a duration such as 30s or 1h30m, from ${showDuration(spec.minMs)} to ${showDuration(spec.maxMs)}`,
    parse: raw => {
      const ms = parseDuration(raw)
      if (ms === undefined || ms < spec.minMs || ms > spec.maxMs) throw new Error()
      return ms
    },
  })

const parseDuration = (raw: string): number | undefined => {
  if (/^\d+(\.\d+)?$/.test(raw)) return Number(raw) * 1_000
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(raw)) return undefined
  return [...raw.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * (UNITS_MS[unit ?? ''] ?? 0),
    0,
  )
}

export const showDuration = (ms: number): string => {
  if (ms === 0) return '0'
  for (const unit of ['h', 'm', 's'] as const) {
    const each = UNITS_MS[unit] ?? 1
    if (ms >= each && ms % each === 0) return `${ms / each}${unit}`
  }
  return `${ms}ms`
}

export const list = (
  spec: Names & { readonly value: string; readonly fallback: readonly string[] },
): Option<readonly string[]> =>
  option<readonly string[]>({
    ...spec,
    shown: spec.fallback.length > 0 ? spec.fallback.join(',') : undefined,
    repeatable: true,
    parse: raw =>
      raw
        .split(',')
        .map(each => each.trim())
        .filter(each => each !== ''),
  })
