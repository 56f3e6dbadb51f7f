import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { count } from '../../parts/format.ts'

/** More would make the browser slow, and is read elsewhere. */
const LINES_MAX = 5_000

const KEY = /^(\s*(?:- )?)("?[\w$./{}@ -]+"?)(:)(?=\s|$)/

/** A YAML or JSON text with its keys told from its values. */
export function Source({ text }: { readonly text: string }): VNode {
  const lines = readable(text).split('\n')
  return html`
    <pre class="source" tabindex="0" aria-label="Text of the contract">${lines.slice(0, LINES_MAX).map((line, i) => html`<${Line} key=${i} text=${line} />`)}</pre>
    ${lines.length > LINES_MAX && html`<p class="quiet">${count(lines.length - LINES_MAX)} more lines</p>`}
  `
}

function Line({ text }: { readonly text: string }): VNode {
  const [all = '', indent = '', name = '', colon = ''] = KEY.exec(text) ?? []
  if (all === '') return html`<span>${text}${'\n'}</span>`
  return html`<span>${indent}<b>${name}</b>${colon}${text.slice(all.length)}${'\n'}</span>`
}

/** JSON often comes in one line. */
function readable(text: string): string {
  if (!text.trimStart().startsWith('{') || text.trimEnd().includes('\n')) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
