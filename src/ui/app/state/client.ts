import { type Signal, signal } from '@preact/signals'
import type { Session } from './session.ts'

/** A node that accepts a connection and says nothing is as good as gone. Above the longest wait for events. */
const TIMEOUT_MS = 40_000
/** Pages are kept by the node for so long; after an own change they are asked for anew. */
const KEPT_MS = 6_000

export type Params = Readonly<Record<string, string | number | undefined>>

/** A node's refusal, in its own words. */
export class Refused extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }

  /** Who asks is known, and may not. */
  get isForbidden(): boolean {
    return this.status === 403
  }
}

/** `?a=1&b=` of what is given. A space is never a `+`, which some targets may not end with. */
export function search(params: Params): string {
  const given = Object.entries(params).filter(([, value]) => value !== undefined)
  return given.map(([name, value], i) => `${i === 0 ? '?' : '&'}${name}=${encodeURIComponent(String(value))}`).join('')
}

/** The node's own API, by relative addresses: nothing else is ever asked. */
export class Client {
  readonly #session: Session
  /** When the node last answered, in unix milliseconds, and whether it did so the last time. */
  readonly answered: Signal<{ readonly ok: boolean; readonly atMs: number }> = signal({ ok: true, atMs: Date.now() })
  /** Rises with every own change, so that what is shown is asked for anew. */
  readonly changes = signal(0)
  #changedAtMs = 0

  constructor(session: Session) {
    this.#session = session
  }

  /** A read below `/v4/PROJECT`. `signal` ends it early. */
  async get<T>(path: string, params: Params = {}, stop?: AbortSignal): Promise<T> {
    const fresh = Date.now() - this.#changedAtMs < KEPT_MS ? this.changes.value : undefined
    const text = await this.#send('GET', this.#v4(path) + search({ ...params, fresh }), undefined, stop)
    return JSON.parse(text) as T
  }

  /** A change below `/v4/PROJECT`. */
  async change(method: 'PUT' | 'POST' | 'DELETE', path: string, params: Params = {}, body?: object): Promise<void> {
    await this.#send(method, this.#v4(path) + search(params), body)
    this.#changedAtMs = Date.now()
    this.changes.value += 1
  }

  /** Answers a token. */
  async logIn(name: string, password: string): Promise<string> {
    const text = await this.#send('POST', 'v4/token', { name, password })
    return (JSON.parse(text) as { readonly token: string }).token
  }

  /** What the account may do. */
  async permissions(stop?: AbortSignal): Promise<readonly UiPermission[]> {
    const text = await this.#send('GET', 'v4/self-perms', undefined, stop)
    return (JSON.parse(text) as { readonly perms?: readonly UiPermission[] }).perms ?? []
  }

  #v4(path: string): string {
    return `v4/${encodeURIComponent(this.#session.scope.value.project)}${path}`
  }

  async #send(method: string, url: string, body: object | undefined, stop?: AbortSignal): Promise<string> {
    const { token, scope } = this.#session
    const sentWith = token.value
    const headers: Record<string, string> = {}
    if (sentWith !== '') headers.authorization = `Bearer ${sentWith}`
    if (scope.value.domain !== 'default') headers['x-domain-name'] = scope.value.domain
    const limit = AbortSignal.timeout(TIMEOUT_MS)
    const signal = stop === undefined ? limit : AbortSignal.any([stop, limit])
    const init: RequestInit = { method, headers, signal }
    if (body !== undefined) init.body = JSON.stringify(body)
    const answer = await fetch(url, init).catch((error: unknown) => {
      if (stop?.aborted !== true) this.answered.value = { ...this.answered.value, ok: false }
      throw error
    })
    const text = await answer.text()
    this.answered.value = { ok: true, atMs: Date.now() }
    if (answer.ok) return text
    const refused = refusalOf(answer.status, text)
    if (answer.status === 401 && sentWith !== '' && token.value === sentWith) {
      this.#session.signOut('Your session has ended. Sign in again.')
    }
    throw refused
  }
}

export interface UiPermission {
  readonly resources: readonly { readonly type: string; readonly labels?: Readonly<Record<string, string>> }[]
  readonly verbs: readonly string[]
}

function refusalOf(status: number, text: string): Refused {
  try {
    const { errorCode = '', errorMessage = '', detail = '' } = JSON.parse(text) as Readonly<Record<string, string>>
    return new Refused(status, String(errorCode), detail === '' ? errorMessage : detail)
  } catch {
    return new Refused(status, '', text.trim() === '' ? `the node answered ${status}` : text.trim().slice(0, 200))
  }
}
