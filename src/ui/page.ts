import type { DashboardOptions } from './dashboard.ts'
import type { UiFiles } from './files.ts'

/** Where a browser finds the packages that modules import by name. Relative, so that a node may stand behind a prefix. */
export const importMap = ({ imports }: UiFiles, folder: string): string =>
  JSON.stringify({
    imports: Object.fromEntries(Object.entries(imports).map(([name, path]) => [name, `./${folder}/${path}`])),
  })

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;' }

const escaped = (text: string): string => text.replace(/[&<>"]/g, character => ENTITIES[character] ?? '')

/** The one page. All modules are asked for at once instead of one after the other as they import each other. */
export function page({ files }: UiFiles, folder: string, imports: string, options: DashboardOptions): string {
  const paths = files.map(({ path }) => path)
  const modules = paths.filter(path => /\.(ts|js)$/.test(path))
  const styles = paths.filter(path => path.endsWith('.css'))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="grapevine" content="${escaped(JSON.stringify(options))}">
<title>Grapevine</title>
<link rel="icon" href="${folder}/app/icon.svg" type="image/svg+xml">
${styles.map(path => `<link rel="stylesheet" href="${folder}/${path}">`).join('\n')}
<script type="importmap">${imports}</script>
${modules.map(path => `<link rel="modulepreload" href="${folder}/${path}">`).join('\n')}
<script type="module" src="${folder}/app/main.ts"></script>
</head>
<body>
<div id="app"><p class="loading">Loading…</p></div>
<noscript><p class="loading">The dashboard needs JavaScript. The command <code>grapevine status</code> shows the same.</p></noscript>
</body>
</html>
`
}
