import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { Facts } from './basics.ts'

export function Properties({ of }: { readonly of: Readonly<Record<string, string>> }): VNode {
  const rows = Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1))
  if (rows.length === 0) return html`<p class="quiet">none</p>`
  return html`<${Facts} rows=${rows.map(([name, value]) => [name, html`<code>${value}</code>`])} />`
}
