import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { ConfigError } from './config-error.ts'

/** Values of a configuration file by their dotted key. Sequences become comma lists. */
export function readConfigFile(file: string): ReadonlyMap<string, string> {
  const content = read(file)
  if (/\.ya?ml$/.test(file)) return flatten(yamlOf(file, content))
  if (/\.conf$/.test(file)) return lines(file, content)
  throw new ConfigError(`--config ${file}: allowed is a file that ends in .yaml, .yml or .conf`)
}

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigError(`--config ${file}: it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`)
  }
}

const yamlOf = (file: string, content: string): unknown => {
  try {
    return parseYaml(content)
  } catch (error) {
    const [first] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new ConfigError(`--config ${file}: it is no YAML: ${first}`)
  }
}

const flatten = (tree: unknown): Map<string, string> => {
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

/** The reference's app.conf: `key = value`, comments behind `#` or `;`, sections in brackets are passed over. */
const lines = (file: string, content: string): Map<string, string> => {
  const values = new Map<string, string>()
  for (const [i, raw] of content.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line === '' || /^[#;[]/.test(line)) continue
    const at = line.indexOf('=')
    if (at < 1) throw new ConfigError(`--config ${file}, line ${i + 1}: "${line}" is no line of the form key = value`)
    values.set(line.slice(0, at).trim(), unquote(line.slice(at + 1).trim()))
  }
  return values
}

const unquote = (text: string): string => /^(["'])(.*)\1$/.exec(text)?.[2] ?? text
