import assert from 'node:assert/strict'
import { generatePrivateKey, readPrivateKey } from '../../src/api/rbac/keys.ts'
import { DEFAULT_RBAC } from '../../src/api/rbac/options.ts'
import { call } from '../helpers/http.ts'
import { silentLog, startTestNode, type TestNode } from '../helpers/node.ts'
import { REGISTRY, ROOT } from '../helpers/secured.ts'

describe('the audit', () => {
  let node: TestNode | undefined
  afterEach(() => node?.close())

  const start = async (enabled: boolean) => {
    const lines: Readonly<Record<string, unknown>>[] = []
    const log = {
      ...silentLog,
      info: (fields: Readonly<Record<string, unknown>>, message: string) => {
        if (message === 'audit') lines.push(fields)
      },
    }
    const rbac = { ...DEFAULT_RBAC, enabled, rootPassword: ROOT }
    node = await startTestNode({ rbac }, { log, signingKey: readPrivateKey(generatePrivateKey()) })
    return { url: node.url, lines }
  }

  it('has one line for each write: who, what, from where, and the answer; no secrets', async () => {
    const { url, lines } = await start(true)
    const login = await call(url, 'POST', '/v4/token', { body: { name: 'root', password: ROOT } })
    const headers = { authorization: `Bearer ${(login.json as { token: string }).token}` }
    const body = { service: { serviceName: 'a' } }
    const created = await call(url, 'POST', `${REGISTRY}/microservices`, { headers, body })
    const { serviceId } = created.json as { serviceId: string }
    await call(url, 'GET', `${REGISTRY}/microservices/${serviceId}`, { headers })
    await call(url, 'DELETE', `${REGISTRY}/microservices/${serviceId}?force=1`, {})
    assert.deepEqual(
      lines.map(({ account, method, path, address, status }) => [account, method, path, address, status]),
      [
        ['', 'POST', '/v4/token', '127.0.0.1', 200],
        ['root', 'POST', `${REGISTRY}/microservices`, '127.0.0.1', 200],
        ['', 'DELETE', `${REGISTRY}/microservices/${serviceId}`, '127.0.0.1', 401],
      ],
    )
    assert.ok(!JSON.stringify(lines).includes(ROOT))
  })

  it('is silent without RBAC', async () => {
    const { url, lines } = await start(false)
    await call(url, 'POST', `${REGISTRY}/microservices`, { body: { service: { serviceName: 'a' } } })
    assert.deepEqual(lines, [])
  })
})
