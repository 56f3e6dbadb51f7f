import assert from 'node:assert/strict'
import { generatePrivateKey, readPrivateKey } from '../../src/api/rbac/keys.ts'
import { DEFAULT_RBAC, type RbacOptions } from '../../src/api/rbac/options.ts'
import { call, type Reply } from './http.ts'
import { ManualClock } from './manual-clock.ts'
import { startTestNode, type TestNode } from './node.ts'

export const ROOT = 'Complicated_password1'
export const PASSWORD = 'Str0ng_pw-1'
export const REGISTRY = '/v4/default/registry'

export interface Secured extends TestNode {
  readonly clock: ManualClock
  send(method: string, path: string, token?: string, body?: unknown): Promise<Reply>
  login(name: string, password: string, life?: string): Promise<Reply>
  token(name?: string, password?: string): Promise<string>
}

async function secured(rbac: Partial<RbacOptions> = {}, label = 'sc1', federated = true): Promise<Secured> {
  const clock = new ManualClock()
  const options = { federated, rbac: { ...DEFAULT_RBAC, enabled: true, rootPassword: ROOT, ...rbac } }
  const node = await startTestNode(options, { clock, signingKey: readPrivateKey(generatePrivateKey()) }, { label })
  const send = (method: string, path: string, token?: string, body?: unknown) =>
    call(node.url, method, path, {
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      ...(body === undefined ? {} : { body }),
    })
  const login = (name: string, password: string, tokenExpirationTime?: string) =>
    send('POST', '/v4/token', undefined, { name, password, tokenExpirationTime })
  const token = async (name = 'root', password = ROOT) => {
    const reply = await login(name, password)
    assert.equal(reply.status, 200, reply.text)
    return (reply.json as { token: string }).token
  }
  return { ...node, clock, send, login, token }
}

/** The nodes of one test file, each with RBAC; they are closed after each test. */
export class SecuredNodes {
  readonly #nodes: Secured[] = []

  readonly start = async (rbac: Partial<RbacOptions> = {}, label?: string, federated?: boolean): Promise<Secured> => {
    const node = await secured(rbac, label, federated)
    this.#nodes.push(node)
    return node
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map(node => node.close()))
  }
}

/** Creates an account and answers its token. */
export async function createAccount(
  node: Secured,
  root: string,
  name: string,
  roles: readonly string[] = ['developer'],
): Promise<string> {
  const reply = await node.send('POST', '/v4/accounts', root, { name, password: PASSWORD, roles })
  assert.equal(reply.status, 200, reply.text)
  return node.token(name, PASSWORD)
}
