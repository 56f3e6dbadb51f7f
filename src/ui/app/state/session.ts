import { type ReadonlySignal, type Signal, signal } from '@preact/signals'

const TOKEN = 'grapevine.token'
const SCOPE = 'grapevine.scope'

/** A tenant's part of the catalog. */
export interface UiScope {
  readonly domain: string
  readonly project: string
}

/** Who looks, and at which part. The token lives as long as the tab. */
export class Session {
  readonly #store: Storage
  readonly #token: Signal<string>
  readonly #scope: Signal<UiScope>
  /** Why somebody who was signed in is not any more. */
  readonly ended = signal('')

  constructor(store: Storage) {
    this.#store = store
    this.#token = signal(store.getItem(TOKEN) ?? '')
    this.#scope = signal(readScope(store.getItem(SCOPE)))
  }

  /** Empty: nobody is signed in. */
  get token(): ReadonlySignal<string> {
    return this.#token
  }

  get scope(): ReadonlySignal<UiScope> {
    return this.#scope
  }

  signIn(token: string): void {
    this.#store.setItem(TOKEN, token)
    this.ended.value = ''
    this.#token.value = token
  }

  signOut(why = ''): void {
    this.#store.removeItem(TOKEN)
    this.ended.value = why
    this.#token.value = ''
  }

  look(scope: UiScope): void {
    this.#store.setItem(SCOPE, JSON.stringify(scope))
    this.#scope.value = scope
  }
}

function readScope(text: string | null): UiScope {
  try {
    const { domain = 'default', project = 'default' } = JSON.parse(text ?? '{}') as Partial<UiScope>
    return { domain, project }
  } catch {
    return { domain: 'default', project: 'default' }
  }
}

/** The account that a token is about: for people to read, checked by nobody here. */
export function accountOf(token: string): string {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
    const bytes = Uint8Array.from(atob(payload), character => character.charCodeAt(0))
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as { readonly account?: unknown }
    return typeof claims.account === 'string' ? claims.account : ''
  } catch {
    return ''
  }
}
