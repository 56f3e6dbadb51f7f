import { html } from 'htm/preact'
import type { VNode } from 'preact'

/** Strokes on a grid of 16. */
const PATHS = {
  overview:
    'M4 4.5a1.5 1.5 0 1 0 0-.01M12 4.5a1.5 1.5 0 1 0 0-.01M8 13a1.5 1.5 0 1 0 0-.01M5.5 4.5h5M4.8 5.8 7.3 11M11.2 5.8 8.7 11',
  services: 'M8 1.8 13.5 5v6L8 14.2 2.5 11V5zM2.7 5 8 8l5.3-3M8 8v6',
  instances: 'M2.5 3h11v3.5h-11zM2.5 9.5h11V13h-11zM5 4.8h.01M5 11.2h.01',
  events: 'M1.5 8.5H4l2-5 3.5 9 2-4h3',
  peers: 'M6.5 9.5l3-3M5 7 3.5 8.5a2.5 2.5 0 0 0 4 4L9 11M11 9l1.5-1.5a2.5 2.5 0 0 0-4-4L7 5',
  problems: 'M8 2.2 14.4 13.3H1.6zM8 6.5v3M8 11.4h.01',
  why: 'M5.8 6a2.3 2.3 0 1 1 3.3 2.1C8.3 8.500 8 9 8 9.8M8 12.200h.01M8 14.5a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13z',
  search: 'M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM10.300 10.300 14 14',
  close: 'M4 4l8 8M12 4l-8 8',
  next: 'M6 3.500 10.500 8 6 12.500',
  previous: 'M10 3.500 5.500 8 10 12.500',
  down: 'M3.500 6 8 10.500 12.500 6',
  pause: 'M5.500 3.500v9M10.500 3.500v9',
  play: 'M5 3.500v9l7.500-4.500z',
  sun: 'M8 10.800a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600zM8 1.500v1.200M8 13.300v1.200M1.500 8h1.200M13.300 8h1.200M3.400 3.400l.8.8M11.800 11.800l.8.8M3.400 12.600l.8-.8M11.800 4.200l.8-.8',
  moon: 'M13 9.500A5.500 5.500 0 0 1 6.500 3a5.500 5.500 0 1 0 6.500 6.500z',
  system: 'M2 3h12v8H2zM6 14h4M8 11v3',
  out: 'M6 2.500H3v11h3M10.500 5 13.500 8l-3 3M13 8H6.500',
  copy: 'M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3',
  check: 'M3 8.500 6.500 12 13 4.500',
  scope: 'M2.500 13.500v-11h5v11zM7.500 6h6v7.500h-6zM5 5h.01M5 8h.01M5 11h.01M10.500 9h.01M10.500 11.500h.01',
  keyboard: 'M1.500 4h13v8.500h-13zM4 6.500h.01M6.700 6.500h.01M9.300 6.500h.01M12 6.500h.01M5 10h6',
} as const

export type IconName = keyof typeof PATHS

/** Beside words, or in a control that has a name of its own. */
export const Icon = ({ name, size = 16 }: { readonly name: IconName; readonly size?: number }): VNode => html`
  <svg class="icon" width=${size} height=${size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    <path d=${PATHS[name]} />
  </svg>
`
