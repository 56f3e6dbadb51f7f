/** The dashboard's files as a browser gets them. */
import { hash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'

const APP = join(import.meta.dirname, 'app')

const TYPES: Readonly<Record<string, string>> = {
  ts: 'text/javascript; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/** Packages by the names under which modules import them, with the file that a browser gets. */
const PACKAGES: Readonly<Record<string, readonly [entry: string, file: string]>> = {
  preact: ['preact', 'preact.mjs'],
  'preact/hooks': ['preact/hooks', 'hooks.mjs'],
  htm: ['htm', 'htm.mjs'],
  'htm/preact': ['htm/preact', 'index.mjs'],
  '@preact/signals': ['@preact/signals', 'signals.mjs'],
  '@preact/signals-core': ['@preact/signals-core', 'signals-core.mjs'],
}

export interface UiFile {
  /** Below the folder of assets: `app/main.ts`. */
  readonly path: string
  readonly type: string
  readonly body: Buffer
}

export interface UiFiles {
  readonly files: readonly UiFile[]
  /** Paths of packages' files by the names under which modules import them. */
  readonly imports: Readonly<Record<string, string>>
  /** Of all of them: a new version has new addresses, so that an address never changes its content. */
  readonly digest: string
}

/** Reads everything once. Types are taken out as Node itself does when it runs a module; nothing else is changed. */
export function readUiFiles(): UiFiles {
  const own = globSync('**/*.{ts,css,svg}', { cwd: APP }).sort()
  const files = [
    ...own.map(name => read(`app/${name}`, join(APP, name))).filter(hasContent),
    ...Object.entries(PACKAGES).map(([name, [entry, file]]) => read(vendorPath(name), packageFile(entry, file))),
  ]
  const imports = Object.fromEntries(Object.keys(PACKAGES).map(name => [name, vendorPath(name)]))
  const digest = hash('sha256', files.map(({ path, body }) => `${path} ${hash('sha256', body)}`).join('\n')).slice(
    0,
    16,
  )
  return { files, imports, digest }
}

/** A module of types alone is nothing to a browser. */
const hasContent = ({ path, body }: UiFile): boolean => !path.endsWith('.ts') || /^(im|ex)port\b/m.test(body.toString())

const vendorPath = (name: string): string => `vendor/${name.replaceAll(/\W/g, '-')}.js`

const packageFile = (entry: string, file: string): string =>
  join(dirname(createRequire(import.meta.url).resolve(entry)), file)

function read(path: string, from: string): UiFile {
  const text = readFileSync(from, 'utf8')
  const extension = path.slice(path.lastIndexOf('.') + 1)
  return { path, type: TYPES[extension] ?? 'text/plain', body: Buffer.from(extension === 'ts' ? stripped(text) : text) }
}

/**
 * Node marks the function that it runs every module of this project through as experimental when it is called by name;
 * the log is no place for that.
 */
function stripped(text: string): string {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}
