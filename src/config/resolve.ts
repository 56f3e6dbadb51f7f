import { ConfigError } from './config-error.ts'
import { envOf, flagOf, type Option, Refusal } from './option.ts'
import { OPTIONS, type OptionName, type Values } from './table.ts'

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
  /** Keys of the file that no option knows. */
  readonly unknown: readonly string[]
}

export function resolveOptions(sources: Sources): Resolved {
  const values: Record<string, unknown> = {}
  const origins = new Map<OptionName, Given>()
  const known = new Set<string>()
  for (const [name, option] of Object.entries(OPTIONS) as [OptionName, Option<unknown>][]) {
    for (const key of [option.key, ...option.keys]) known.add(key)
    const given = strongest(option, sources)
    if (given !== undefined) origins.set(name, given)
    values[name] = given === undefined ? option.fallback : parse(option, given)
  }
  settleHttp(values as Values, origins)
  const unknown = [...sources.file.keys()].filter(key => !known.has(key))
  return { values: values as Values, origins, unknown }
}

const strongest = (option: Option<unknown>, { flags, env, file }: Sources): Given | undefined => {
  const levels: readonly Given[][] = [
    [flagOf(option.key)].flatMap(name => given('flag', name, flags.get(name))),
    [envOf(option.key), ...option.envs].flatMap(name => given('environment', name, env[name])),
    [option.key, ...option.keys].flatMap(name => given('file', name, file.get(name))),
  ]
  for (const found of levels) {
    const [first, ...others] = found
    if (first === undefined) continue
    const other = others.find(each => each.raw !== first.raw)
    if (other !== undefined)
      throw new ConfigError(`${first.name}=${first.raw} and ${other.name}=${other.raw} contradict each other`)
    return first
  }
  return undefined
}

/** An empty environment variable is one that was not set, as charts leave them. */
const given = (level: Level, name: string, raw: string | undefined): Given[] =>
  raw === undefined || (level === 'environment' && raw === '') ? [] : [{ level, name, raw }]

const parse = (option: Option<unknown>, { name, raw, level }: Given): unknown => {
  try {
    return option.parse(raw)
  } catch (error) {
    const where = level === 'file' && name !== option.key ? `${name} (${flagOf(option.key)})` : name
    throw new ConfigError(`${where}: "${raw}" is not allowed; ${reasonOf(error, option)}`)
  }
}

const reasonOf = (error: unknown, option: Option<unknown>): string => {
  if (error instanceof Refusal) return error.message
  if (error instanceof Error && error.name === 'AddressError') return error.message
  return `allowed is ${option.allowed}`
}

/** `--http` and its two halves are one setting under three names. */
const settleHttp = (values: Values, origins: ReadonlyMap<OptionName, Given>): void => {
  const whole = origins.get('http')
  for (const half of ['httpHost', 'httpPort'] as const) {
    const part = origins.get(half)
    if (whole === undefined || part === undefined || STRENGTH[part.level] !== STRENGTH[whole.level]) continue
    const expected = half === 'httpHost' ? values.http?.host : values.http?.port
    if (values[half] !== expected) {
      throw new ConfigError(`${whole.name}=${whole.raw} and ${part.name}=${part.raw} contradict each other`)
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
