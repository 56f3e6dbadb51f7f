import type { OpenApi, Operation } from './document.ts'

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --quiet: #888; --get: #2a7de1; --post: #1c8a4c; --put: #b7791f; --delete: #c53030 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin: 2rem 0 .5rem; text-transform: capitalize }
details { border: 1px solid var(--line); border-radius: 6px; margin: .4rem 0; padding: .4rem .7rem }
summary { cursor: pointer; display: flex; gap: .7rem; flex-wrap: wrap; align-items: baseline }
summary b { min-width: 4rem; font-size: .8rem }
.get b { color: var(--get) } .post b { color: var(--post) } .put b { color: var(--put) } .delete b { color: var(--delete) }
code, pre { font: 13px/1.45 ui-monospace, monospace } pre { overflow-x: auto; background: #8881; padding: .6rem; border-radius: 4px }
summary span, .quiet { color: var(--quiet) }
table { border-collapse: collapse; width: 100% } td { border-top: 1px solid var(--line); padding: .25rem .5rem; vertical-align: top }
p { white-space: pre-line }`

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;' }

const escaped = (text: string): string => text.replace(/[&<>"]/g, character => ENTITIES[character] ?? '')

/** The document for people: one page without scripts, and without anything from elsewhere. */
export function page({ info, paths, components }: OpenApi): string {
  const groups = new Map<string, string[]>()
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, one] of Object.entries(operations)) {
      const [tag = ''] = one.tags ?? []
      groups.set(tag, [...(groups.get(tag) ?? []), section(method, path, one)])
    }
  }
  const body = [...groups].map(([tag, sections]) => `<h2>${escaped(tag)}</h2>\n${sections.join('\n')}`)
  const schemas = Object.entries((components.schemas ?? {}) as Readonly<Record<string, unknown>>)
  const parts = schemas.map(([name, schema]) => folded(`<code>${escaped(name)}</code>`, shown(schema), '', name))
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(info.title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(info.title)} ${escaped(info.version)}</h1>
<p>${escaped(info.description)}</p>
<p>The same for programs: <a href="/openapi.json">/openapi.json</a></p>
${body.join('\n')}
<h2>Parts of answers</h2>
${parts.join('\n')}
</body></html>
`
}

const folded = (head: string, content: string, kind: string, id: string): string =>
  `<details class="${escaped(kind)}" id="${escaped(id)}"><summary>${head}</summary>${content}</details>`

function section(method: string, path: string, one: Operation): string {
  const head = `<b>${method.toUpperCase()}</b> <code>${escaped(path)}</code> <span>${escaped(one.summary ?? '')}</span>`
  const content = [
    one.description === undefined ? '' : `<p class="quiet">${escaped(one.description)}</p>`,
    parameters(one),
    one.requestBody === undefined ? '' : `<p>Body</p>${contentOf(one.requestBody)}`,
    ...Object.entries(one.responses).map(([status, response]) => answer(status, response)),
  ]
  return folded(head, content.join(''), method, `${method}-${path}`)
}

function parameters({ parameters: list = [] }: Operation): string {
  const rows = list.map(
    ({ name, in: place, required, description = '' }) =>
      `<tr><td><code>${escaped(name)}</code></td><td>${escaped(place)}${required ? ', required' : ''}</td>` +
      `<td>${escaped(description)}</td></tr>`,
  )
  return rows.length > 0 ? `<table>${rows.join('')}</table>` : ''
}

function answer(status: string, response: Operation['responses'][string]): string {
  if (response.content === undefined && response.description === undefined) return ''
  return `<p>${escaped(status)} <span class="quiet">${escaped(response.description ?? '')}</span></p>${contentOf(response)}`
}

const contentOf = ({ content = {} }: Partial<NonNullable<Operation['requestBody']>>): string =>
  Object.values(content)
    .map(({ schema }) => shown(schema))
    .join('')

/** References become links. */
const shown = (schema: unknown): string =>
  `<pre>${escaped(JSON.stringify(schema, null, 2)).replace(
    /#\/components\/schemas\/(\w+)/g,
    '<a href="#$1">#/components/schemas/$1</a>',
  )}</pre>`
