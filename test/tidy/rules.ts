import { posix } from 'node:path'
import type { SourceFile } from './files.ts'
import { LAYERS, type Layer } from './layers.ts'

/** What a rule finds wrong with a file, a sentence each. */
export type Rule = (file: SourceFile) => readonly string[]

const LINES_MAX = 300

const isCode = ({ path }: SourceFile): boolean => /\.(ts|mts|cts)$/.test(path)
const isTest = (file: SourceFile): boolean => isCode(file) && file.path.startsWith('test/')
const isSource = (file: SourceFile): boolean => isCode(file) && file.path.startsWith('src/')

const STATEMENT = /^(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"]([^'"]+)['"]/gm
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

const importsOf = ({ text }: SourceFile): readonly string[] =>
  [...text.matchAll(STATEMENT), ...text.matchAll(DYNAMIC)].map(([, name = '']) => name)

const isRelative = (name: string): boolean => name.startsWith('.')
const isPackage = (name: string): boolean => !isRelative(name) && !name.startsWith('node:')

const layerOf = (path: string): Layer | undefined =>
  Object.values(LAYERS).find(({ paths }) => paths.some(prefix => path.startsWith(prefix)))

/** Every part of src imports what the table of layers lets it. */
export const layers: Rule = file => {
  const layer = isSource(file) ? layerOf(file.path) : undefined
  if (layer === undefined) return []
  return importsOf(file).flatMap(name => {
    if (isRelative(name)) {
      const target = posix.join(posix.dirname(file.path), name)
      const allowed = [...layer.paths, ...layer.imports].some(prefix => target.startsWith(prefix))
      return allowed ? [] : [`imports ${target}, which its layer may not`]
    }
    const allowed = !isPackage(name) || layer.packages.some(each => isPartOf(name, each))
    return allowed ? [] : [`imports the package ${name}, which its layer may not`]
  })
}

const isPartOf = (name: string, allowed: string): boolean =>
  allowed.endsWith('/') ? name.startsWith(allowed) : name === allowed || name.startsWith(`${allowed}/`)

/** src runs on what package.json lists as dependencies, so that an installation without the others is whole. */
export const dependencies =
  (listed: ReadonlySet<string>): Rule =>
  file => {
    if (!isSource(file)) return []
    const names = importsOf(file).filter(isPackage).map(packageOf)
    return names
      .filter(name => !listed.has(name))
      .map(name => `imports ${name}, which is no dependency in package.json`)
  }

const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')

export const length: Rule = file => {
  const lines = file.text.split('\n').length - 1
  return isCode(file) && lines > LINES_MAX ? [`has ${lines} lines; at most ${LINES_MAX} are allowed`] : []
}

/** A rule that looks for what must not stand in a file. */
const without =
  (applies: (file: SourceFile) => boolean, pattern: RegExp, say: string): Rule =>
  file =>
    applies(file)
      ? file.text
          .split('\n')
          .flatMap((line, index) => (pattern.test(line) ? [`line ${index + 1}: ${say}: ${line.trim()}`] : []))
      : []

const isOwnCode = (file: SourceFile): boolean => isCode(file) || /\.(mjs|js|sh|yaml|yml)$/.test(file.path)

export const unfinished: Rule = without(isOwnCode, /\b(TO[D]O|FIX[M]E|X[X]X)\b/, 'is unfinished')

export const chance: Rule = without(
  file => /^src\/(core|center)\//.test(file.path),
  /\b(Math\.random|crypto\.|Date\.now|new Date\b|performance\.|setTimeout|setInterval)/,
  'time and chance are handed in',
)

export const focus: Rule = without(
  isTest,
  /\b(describe|context|it|specify|suite|test)\.(only|skip)\(|\bx(describe|it)\(/,
  'runs only a part',
)

/** `until` is the one place that pauses: between two looks at a condition with a deadline. */
export const sleep: Rule = without(
  file => isTest(file) && file.path !== 'test/helpers/until.ts',
  /Promise\b.*=>\s*set(Timeout|Immediate)\(\s*\w+\s*,|node:timers\/promises'|Atomics\.wait\(/,
  'sleeps; wait for an event or a condition',
)

export const machine: Rule = without(
  () => true,
  /(^|[\s'"=(:])\/(work|root|Users)\/\w|\/home\/(?!node\b)\w|registry\.npmjs\.org|registry\.yarnpkg\.com|"resolved":\s*"http/,
  'names a machine or a registry',
)
