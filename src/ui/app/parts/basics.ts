import { html } from 'htm/preact'
import type { ComponentChildren, VNode } from 'preact'
import { useState } from 'preact/hooks'
import { useApp } from '../state/app.ts'
import { Refused } from '../state/client.ts'
import type { Live } from '../state/live.ts'
import { duration } from './format.ts'
import { Icon, type IconName } from './icons.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'quiet'

export const Badge = ({ tone, children }: { readonly tone: Tone; readonly children?: ComponentChildren }): VNode =>
  html`<span class=${`badge ${tone}`}>${children}</span>`

const HUES = 8

/** The same colour for the same name, everywhere and at every node. */
export function hueOf(name: string): string {
  let hash = 0
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  return `hue-${hash % HUES}`
}

export const Cluster = ({ name }: { readonly name: string }): VNode =>
  html`<span class="cluster"><i class=${`dot ${hueOf(name)}`}></i>${name}</span>`

export const Clusters = ({ names }: { readonly names: readonly string[] }): VNode =>
  html`<span class="clusters">${names.map(name => html`<${Cluster} key=${name} name=${name} />`)}</span>`

/** Nothing to show, said in words, with what to do about it. */
export const Empty = (props: {
  readonly icon?: IconName
  readonly title: string
  readonly children?: ComponentChildren
}): VNode => html`
  <div class="empty">
    <${Icon} name=${props.icon ?? 'search'} size=${28} />
    <p class="empty-title">${props.title}</p>
    ${props.children !== undefined && html`<div class="empty-text">${props.children}</div>`}
  </div>
`

/** Shows what is there; says when there is nothing yet, or that the node cannot or will not answer. */
export function Shown<T>(props: { readonly live: Live<T>; readonly children: (data: T) => ComponentChildren }): VNode {
  const { data, error, isOld } = props.live
  if (data === undefined) return error === undefined ? html`<${Loading} />` : html`<${Failure} error=${error} />`
  const isGone = error instanceof Refused
  return html`
    ${isGone && html`<${Failure} error=${error} />`}
    <div class=${isOld ? 'is-old' : ''} aria-busy=${isOld}>${!isGone && props.children(data)}</div>
  `
}

export const Loading = (): VNode => html`<p class="loading" role="status">Loading…</p>`

export function Failure({ error }: { readonly error: Error }): VNode {
  if (error instanceof Refused && error.isForbidden) {
    return html`<${Empty} icon="problems" title="Your roles do not cover this">
      <p>${error.message}. An administrator can add it to one of your roles.</p>
    <//>`
  }
  const title = error instanceof Refused ? 'The node refused this' : 'This node does not answer'
  const text = error instanceof Refused ? error.message : 'It is asked again every few seconds.'
  return html`<${Empty} icon="problems" title=${title}><p>${text}</p><//>`
}

/** How long ago, and counting. */
export function Ago({ atMs }: { readonly atMs: number }): VNode {
  const { now } = useApp()
  return html`<span>${duration(Math.max(0, now.value - atMs))} ago</span>`
}

const COPIED_MS = 1_500

/** An id in full for whoever needs it, short for everybody else. Over plain HTTP browsers have no clipboard to offer. */
export function Copy({ text, shown }: { readonly text: string; readonly shown?: string }): VNode {
  const clipboard: Clipboard | undefined = navigator.clipboard
  const [copied, setCopied] = useState(false)
  const copy = async (): Promise<void> => {
    await clipboard?.writeText(text).then(
      () => setCopied(true),
      () => undefined,
    )
    setTimeout(() => setCopied(false), COPIED_MS)
  }
  return html`
    <span class="copy">
      <code title=${text}>${shown ?? text}</code>
      ${
        clipboard !== undefined &&
        html`<button type="button" class="bare" onClick=${copy} aria-label=${`Copy ${text}`} title="Copy">
          <${Icon} name=${copied ? 'check' : 'copy'} size=${13} />
        </button>`
      }
    </span>
  `
}

/** Names and values, each pair a row. */
export const Facts = ({ rows }: { readonly rows: readonly (readonly [string, ComponentChildren])[] }): VNode => html`
  <dl class="facts">
    ${rows.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>
`

/** Wide content scrolls within itself, also by keyboard. */
export const Scroll = (props: { readonly label: string; readonly children?: ComponentChildren }): VNode => html`
  <div class="scroll" role="region" aria-label=${props.label} tabindex="0">${props.children}</div>
`
