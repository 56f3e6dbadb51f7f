import assert from 'node:assert/strict'
import type { WireClient } from '../../helpers/wire-client.ts'

/** Requests to the registry on either of its paths, each with the code that it must be answered with. */
export class Wire {
  readonly #client: WireClient
  /** Whether routes are asked for by their older paths, where they have one. */
  older = false

  constructor(client: WireClient) {
    this.#client = client
  }

  /** Below the registry. `code`: of the refusal; empty: 200. */
  async expect<T>(code: string, method: string, path: string, body?: unknown, consumerId = ''): Promise<T> {
    const base = this.older && !/^\/(dependencies|instances\/)/.test(path) ? '/registry/v3' : '/v4/default/registry'
    const headers = consumerId === '' ? {} : { 'X-ConsumerId': consumerId }
    return (await this.#send(code, method, base + path, body, headers)) as T
  }

  async govern<T>(path: string): Promise<T> {
    return (await this.#send('', 'GET', `/v4/default/govern${path}`, undefined, {})) as T
  }

  async #send(
    code: string,
    method: string,
    target: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    const sent = body === undefined ? undefined : JSON.stringify(body)
    const { status, text } = await this.#client.send({ method, target, headers, body: sent })
    const json: unknown = text === '' ? undefined : JSON.parse(text)
    const answered = status === 200 ? '' : (json as { errorCode: string }).errorCode
    assert.equal(answered, code, `${method} ${target} ${sent ?? ''}`)
    return json
  }
}
