import { type Signal, signal } from '@preact/signals'

export type Query = Readonly<Record<string, string>>

/** Where the reader is: `#/services/ID/contracts?text=a`. */
export interface Route {
  readonly path: readonly string[]
  readonly query: Query
}

/** An address within the page. Empty values are left out. */
export function href(path: readonly string[], query: Query = {}): string {
  const parts = Object.entries(query).filter(([, value]) => value !== '')
  const search = parts.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  return `#/${path.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`
}

export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#?\/?/, '').split('?', 2)
  const parts = path.split('/').filter(part => part !== '')
  return { path: parts.map(readable), query: Object.fromEntries(new URLSearchParams(search.replaceAll('+', '%2B'))) }
}

/** An address that somebody has cut off is better shown as it is than not at all. */
function readable(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

export class Router {
  readonly route: Signal<Route>
  readonly #window: Window

  constructor(window: Window) {
    this.#window = window
    this.route = signal(parseRoute(window.location.hash))
    window.addEventListener('hashchange', () => {
      this.route.value = parseRoute(window.location.hash)
    })
  }

  go(address: string): void {
    this.#window.location.hash = address
  }

  /** Changes the query where the reader is, without a step in the history: filters are typed. */
  refine(changes: Query): void {
    const { path, query } = this.route.value
    this.#window.history.replaceState(null, '', href(path, { ...query, ...changes }))
    this.route.value = parseRoute(this.#window.location.hash)
  }
}
