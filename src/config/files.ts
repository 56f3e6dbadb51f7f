import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { ConfigError } from './config-error.ts'

/** Values of a configuration file by their dotted key. Sequences become comma lists. */
export function readConfigFile(file: string, env: NodeJS.ProcessEnv = {}): ReadonlyMap<string, string> {
  const content = read(file)
  if (/\.ya?ml$/.test(file)) return flatten(mappingOf(file, content))
  if (/\.conf$/.test(file)) return lines(file, content, env)
  throw new ConfigError(`--config ${file}: allowed is a file that ends in .yaml, .yml or .conf`)
}

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigError(`--config ${file}: it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`)
  }
}

/** An empty file says nothing, which is allowed. */
const mappingOf = (file: string, content: string): object => {
  const tree = yamlOf(file, content) ?? {}
  if (typeof tree === 'object' && !Array.isArray(tree)) return tree
  throw new ConfigError(`--config ${file}: it is no YAML with keys; allowed are lines of the form key: value`)
}

const yamlOf = (file: string, content: string): unknown => {
  try {
    return parseYaml(content)
  } catch (error) {
    const [first] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new ConfigError(`--config ${file}: it is no YAML: ${first}`)
  }
}

const flatten = (tree: object): Map<string, string> => {
  const values = new Map<string, string>()
  const walk = (node: unknown, path: string): void => {
    if (node === null || node === undefined) return
    if (Array.isArray(node)) values.set(path, node.join(','))
    else if (typeof node !== 'object') values.set(path, String(node))
    else for (const [key, child] of Object.entries(node)) walk(child, path === '' ? key : `${path}.${key}`)
  }
  walk(tree, '')
  return values
}

/** Which section of an app.conf counts when the file does not say: the reference's own default. */
const RUN_MODE = 'dev'

/**
 * The reference's app.conf: `key = value`, comments behind `#` or `;`, values in quotes or not, with variables of the
 * environment as `${NAME}` or `${NAME||otherwise}`. Of the sections only the one that `runmode` names counts, over the rest.
 */
const lines = (file: string, content: string, env: NodeJS.ProcessEnv): Map<string, string> => {
  const sections = new Map<string, Map<string, string>>()
  let values = new Map<string, string>()
  const common = values
  for (const [i, raw] of content.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line === '' || /^[#;]/.test(line)) continue
    const [, section] = /^\[(.*)\]$/.exec(line) ?? []
    if (section !== undefined) {
      values = sections.get(section) ?? new Map()
      sections.set(section, values)
      continue
    }
    const at = line.indexOf('=')
    if (at < 1) throw new ConfigError(`--config ${file}, line ${i + 1}: "${line}" is no line of the form key = value`)
    values.set(line.slice(0, at).trim(), expand(unquote(line.slice(at + 1).trim()), env))
  }
  return new Map([...common, ...(sections.get(common.get('runmode') ?? RUN_MODE) ?? [])])
}

const unquote = (text: string): string => /^(["'])(.*)\1$/.exec(text)?.[2] ?? text

const expand = (text: string, env: NodeJS.ProcessEnv): string =>
  text.replace(/\$\{([^}|]+)(?:\|\|([^}]*))?\}/g, (_, name: string, otherwise = '') => env[name] ?? otherwise)
