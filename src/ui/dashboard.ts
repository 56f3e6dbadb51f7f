import { hash } from 'node:crypto'
import { readUiFiles, type UiFiles } from './files.ts'
import { importMap, page } from './page.ts'

/** A finished answer to a browser. */
export interface StaticFile {
  readonly type: string
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/** What the page has to know before it asks anything. */
export interface DashboardOptions {
  readonly version: string
  /** Whether requests need a token. */
  readonly rbac: boolean
}

/** The files below `/ui`, by path; undefined where there is none. They are read when the first is asked for. */
export function createDashboard(options: DashboardOptions): (path: string) => StaticFile | undefined {
  let table: ReadonlyMap<string, StaticFile> | undefined
  return path => {
    table ??= tableOf(readUiFiles(), options)
    return table.get(path)
  }
}

const NO_SNIFFING = { 'x-content-type-options': 'nosniff' }

function tableOf(ui: UiFiles, options: DashboardOptions): ReadonlyMap<string, StaticFile> {
  const folder = `ui/assets/${ui.digest}`
  const forever = { ...NO_SNIFFING, 'cache-control': 'public, max-age=31536000, immutable' }
  const table = new Map<string, StaticFile>()
  for (const { path, type, body } of ui.files) table.set(`/${folder}/${path}`, { type, body, headers: forever })
  const imports = importMap(ui, folder)
  table.set('/ui', {
    type: 'text/html; charset=utf-8',
    body: Buffer.from(page(ui, folder, imports, options)),
    headers: { ...NO_SNIFFING, ...pageHeaders(imports) },
  })
  return table
}

/** Scripts and styles of this node alone, no frames, no plugins, and no text that becomes markup. */
const pageHeaders = (imports: string): Readonly<Record<string, string>> => ({
  'cache-control': 'no-cache',
  'content-security-policy': [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash('sha256', imports, 'base64')}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
})
