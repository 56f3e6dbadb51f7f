import { isDeepStrictEqual } from 'node:util'
import { ConfigError } from './config-error.ts'
import { envOf, flagOf, type Option, Refusal } from './option.ts'
import { isAddressed, isOriginal, nearest } from './original.ts'
import { CONFIG_OPTION, OPTIONS, type OptionName, type Values } from './table.ts'

/** Where values come from, strongest first. */
export interface Sources {
  /** Raw text by flag, such as `--cluster`. */
  readonly flags: ReadonlyMap<string, string>
  readonly env: Readonly<Record<string, string | undefined>>
  /** By dotted key, from `readConfigFile`. */
  readonly file: ReadonlyMap<string, string>
}

/** Flag beats environment beats file. */
export type Level = 'flag' | 'environment' | 'file' | 'default'
const STRENGTH: Readonly<Record<Level, number>> = { flag: 3, environment: 2, file: 1, default: 0 }

interface Given {
  readonly level: Level
  /** The name under which it was given. */
  readonly name: string
  readonly raw: string
}

export interface Resolved {
  readonly values: Values
  /** Where each value came from; the name it was given by. */
  readonly origins: ReadonlyMap<OptionName, { readonly level: Level; readonly name: string }>
  /** Keys of the file that the reference knows and that change nothing here. */
  readonly withoutEffect: readonly string[]
  /** Variables that look as if they were meant for a node and are not, a sentence each. */
  readonly slips: readonly string[]
}

/** Throws ConfigError with one sentence that names the option, the value and what is allowed. */
export function resolveOptions(sources: Sources): Resolved {
  const values: Record<string, unknown> = {}
  const origins = new Map<OptionName, Given>()
  for (const [name, option] of Object.entries(OPTIONS) as [OptionName, Option<unknown>][]) {
    const chosen = strongest(option, sources)
    if (chosen !== undefined) origins.set(name, chosen)
    values[name] = chosen === undefined ? option.fallback : chosen.value
  }
  settleHttp(values as Values, origins)
  return { values: values as Values, origins, withoutEffect: withoutEffect(sources), slips: slips(sources) }
}

/** What was given at the strongest level at which anything was. All names of that level must say the same. */
const strongest = (
  option: Option<unknown>,
  { flags, env, file }: Sources,
): (Given & { value: unknown }) | undefined => {
  const levels: readonly Given[][] = [
    [flagOf(option.key)].flatMap(name => given('flag', name, flags.get(name))),
    [envOf(option.key), ...option.envs].flatMap(name => given('environment', name, env[name])),
    [option.key, ...option.keys].flatMap(name => given('file', name, file.get(name))),
  ]
  const found = levels.find(level => level.length > 0)?.map(each => ({ ...each, value: parse(option, each) }))
  const first = found?.[0]
  const other = found?.find(each => !isDeepStrictEqual(each.value, first?.value))
  if (first !== undefined && other !== undefined) throw contradiction(option, first, other)
  return first
}

/**
 * An empty value is one that was not set, as charts and the reference's files leave them. Only a flag must say something,
 * and a quota kind may be empty, which is how the reference switches quotas off.
 */
const given = (level: Level, name: string, raw: string | undefined): Given[] => {
  const unset = raw === undefined || (raw === '' && level !== 'flag' && !(level === 'file' && isQuotaKind(name)))
  return unset ? [] : [{ level, name, raw }]
}

const isQuotaKind = (name: string): boolean => [OPTIONS.quotaKind.key, ...OPTIONS.quotaKind.keys].includes(name)

const parse = (option: Option<unknown>, { name, raw, level }: Given): unknown => {
  try {
    return option.parse(raw)
  } catch (error) {
    const ownName = level === 'flag' || name === option.key || name === envOf(option.key)
    const where = ownName ? name : `${name} (${flagOf(option.key)})`
    throw new ConfigError(`${where}: ${shown(option, raw)} is not allowed; ${reasonOf(error, option)}`)
  }
}

/** Parsers say themselves what is wrong; where they do not, or do not say what is right, the table does. */
const reasonOf = (error: unknown, option: Option<unknown>): string => {
  const said =
    error instanceof Refusal || (error instanceof Error && error.name === 'AddressError') ? error.message : ''
  return said === '' ? `allowed is ${option.allowed}` : `${said} (allowed is ${option.allowed})`
}

const shown = ({ secret }: Option<unknown>, raw: string): string => (secret ? '(hidden)' : JSON.stringify(raw))

const contradiction = (option: Option<unknown>, ...[one, other]: readonly [Given, Given]): ConfigError => {
  const [first, second] = [one, other].map(({ name, raw }) => `${name}=${shown(option, raw)}`)
  return new ConfigError(`${first} and ${second} contradict each other: allowed is one value for one option`)
}

/** A key that no option knows is a slip, unless the reference knows it. */
const withoutEffect = ({ file }: Sources): string[] => {
  const known = new Set(Object.values(OPTIONS).flatMap(({ key, keys }) => [key, ...keys]))
  const unknown = [...file.keys()].filter(key => !known.has(key))
  const slip = unknown.find(key => !isOriginal(key))
  if (slip !== undefined) {
    throw new ConfigError(`${slip} in the configuration file: there is no such option; ${meant(slip, known)}`)
  }
  return unknown
}

const slips = ({ env }: Sources): string[] => {
  const known = new Set([envOf(CONFIG_OPTION.key), ...Object.values(OPTIONS).map(({ key }) => envOf(key))])
  return Object.keys(env)
    .filter(name => isAddressed(name) && !known.has(name))
    .map(name => `${name} in the environment has no effect: ${meant(name, known)}`)
}

const meant = (name: string, known: Iterable<string>): string => {
  const found = nearest(name, known)
  return found === undefined ? 'docs/operations.md lists all' : `did you mean ${found}?`
}

/** `--http` and its two halves are one setting under three names. */
const settleHttp = (values: Values, origins: ReadonlyMap<OptionName, Given>): void => {
  const whole = origins.get('http')
  for (const half of ['httpHost', 'httpPort'] as const) {
    const part = origins.get(half)
    if (whole === undefined || part === undefined || STRENGTH[part.level] !== STRENGTH[whole.level]) continue
    const expected = half === 'httpHost' ? values.http?.host : values.http?.port
    if (values[half] !== expected) {
      throw contradiction(OPTIONS.http, whole, part)
    }
  }
}

export const DEFAULT_HTTP_HOST = '127.0.0.1'
export const DEFAULT_HTTP_PORT = 30_100

/** Where the API listens: of `--http` and its halves what was given at the stronger level counts. */
export const httpAddressOf = ({ values, origins }: Resolved): { readonly host: string; readonly port: number } => {
  const strength = (name: OptionName): number => STRENGTH[origins.get(name)?.level ?? 'default']
  const { http, httpHost, httpPort } = values
  const host = strength('httpHost') > strength('http') ? httpHost : (http?.host ?? httpHost)
  const port = strength('httpPort') > strength('http') ? httpPort : (http?.port ?? httpPort)
  return { host: host ?? DEFAULT_HTTP_HOST, port: port ?? DEFAULT_HTTP_PORT }
}
