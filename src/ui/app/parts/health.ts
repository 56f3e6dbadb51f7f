import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { count } from './format.ts'

/** How many are up, as a bar and in words. `up` may count stale ones, too. */
export function Health({
  up,
  stale,
  all,
}: {
  readonly up: number
  readonly stale: number
  readonly all: number
}): VNode {
  if (all === 0) return html`<span class="quiet">no instance</span>`
  const fresh = Math.max(0, up - stale)
  const width = (part: number) => ({ width: `${(part / all) * 100}%` })
  const words = [`${count(up)} up`, all > up && `${count(all - up)} not up`, stale > 0 && `${count(stale)} stale`]
  return html`
    <span class="health">
      <span class="health-bar" aria-hidden="true"><i class="good" style=${width(fresh)}></i><i class="warn" style=${width(up - fresh)}></i></span>
      <span>${words.filter(Boolean).join(', ')}</span>
    </span>
  `
}
