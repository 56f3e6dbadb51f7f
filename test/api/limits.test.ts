import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { RateLimit } from '../../src/api/http/rate-limit.ts'
import { type ApiLimits, DEFAULT_LIMITS } from '../../src/api/options.ts'
import { call, errorOf, raw } from '../helpers/http.ts'
import { ManualClock } from '../helpers/manual-clock.ts'
import { startTestNode, type TestNode } from '../helpers/node.ts'
import { SecuredNodes } from '../helpers/secured.ts'

const HEALTH = '/v4/default/registry/health'
const ACTION = '/v4/default/registry/instances/action?type=query'

/** A node with some limits lowered, for one test. */
async function limited(limits: Partial<ApiLimits>, use: (node: TestNode) => Promise<void>): Promise<void> {
  const node = await startTestNode({ limits: { ...DEFAULT_LIMITS, ...limits } })
  try {
    await use(node)
  } finally {
    await node.close()
  }
}

describe('limits of the API', () => {
  it('requests of one address a second', () =>
    limited({ requestsPerSecondMax: 5 }, async node => {
      const replies = await Promise.all(Array.from({ length: 20 }, () => call(node.url, 'GET', HEALTH)))
      const refused = replies.filter(reply => reply.status === 400)
      assert.ok(refused.length >= 10, `${refused.length} refused`)
      for (const reply of refused) assert.equal(errorOf(reply).errorCode, '400100')
      assert.equal(replies.filter(reply => reply.status === 200).length + refused.length, 20)
      assert.ok(node.refused.includes('requestsPerSecondMax'))
    }))

  it('addresses whose rate is known: the one longest silent is forgotten', () => {
    const rate = new RateLimit(1, 2, new ManualClock())
    assert.deepEqual(
      ['a', 'a', 'b', 'a', 'c', 'a', 'b'].map(address => rate.admits(address)),
      // b was silent for longer than a when c came.
      [true, false, true, false, true, false, true],
    )
  })

  it('logins that wait at the same time', async () => {
    const nodes = new SecuredNodes()
    try {
      const node = await nodes.start()
      const replies = await Promise.all(Array.from({ length: 90 }, (_, i) => node.login(`nobody${i}`, 'wrong')))
      const codes = Map.groupBy(replies, reply => errorOf(reply).errorCode)
      assert.deepEqual([...codes.keys()].toSorted(), ['400100', '401202'])
      const refused = node.refused.filter(limit => limit === 'loginsWaitingMax')
      assert.equal(refused.length, codes.get('400100')?.length)
    } finally {
      await nodes.close()
    }
  }).timeout(60_000)

  it('items of a batch find', () =>
    limited({ batchFindMax: 2 }, async node => {
      const item = { service: { appId: 'a', serviceName: 'b' } }
      assert.equal((await call(node.url, 'POST', ACTION, { body: { services: [item, item] } })).status, 200)
      const reply = await call(node.url, 'POST', ACTION, { body: { services: [item, item, item] } })
      assert.match(errorOf(reply).detail ?? '', /more than 2/)
      assert.ok(node.refused.includes('batchFindMax'))
    }))

  it('bytes of a batch find’s answer', () =>
    limited({ batchBytesMax: 300 }, async node => {
      const services = '/v4/default/registry/microservices'
      const created = await call(node.url, 'POST', services, { body: { service: { serviceName: 'b', appId: 'a' } } })
      const { serviceId } = created.json as { serviceId: string }
      await call(node.url, 'POST', `${services}/${serviceId}/instances`, { body: { instance: { hostName: 'h' } } })
      const item = { service: { appId: 'a', serviceName: 'b' } }
      const reply = await call(node.url, 'POST', ACTION, { body: { services: [item, item] } })
      assert.equal(reply.status, 400)
      assert.match(errorOf(reply).detail ?? '', /larger than 300 bytes/)
      assert.deepEqual(node.refused, ['batchBytesMax'])
    }))

  it('time for headers, and for a body', () =>
    limited({ headersTimeoutMs: 100, requestTimeoutMs: 200 }, async node => {
      assert.match(await raw(node.url, 'GET / HTTP/1.1\r\nHost: x\r\n'), /^HTTP\/1\.1 408 /)
      const body = 'POST /v4/default/registry/microservices HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{'
      assert.match(await raw(node.url, body), /^HTTP\/1\.1 408 /)
      assert.deepEqual(node.refused, ['headersTimeoutMs', 'requestTimeoutMs'])
    }))

  it('headers, and targets', () =>
    limited({ headerBytesMax: 4_096, targetBytesMax: 1_024 }, async node => {
      const headers = { 'x-large': 'x'.repeat(5_000) }
      assert.equal((await call(node.url, 'GET', HEALTH, { headers })).status, 431)
      assert.equal((await call(node.url, 'GET', `${HEALTH}?a=`.padEnd(1_024, 'x'))).status, 400)
      assert.equal((await call(node.url, 'GET', `${HEALTH}?`)).status, 400, 'is no matter of length')
      assert.deepEqual(node.refused, ['headerBytesMax', 'targetBytesMax'])
    }))

  it('bodies, each by the name of its limit', async () => {
    const limits = { bodyBytesMax: 60, instanceBodyBytesMax: 40, propertiesBodyBytesMax: 20, policyBodyBytesMax: 30 }
    await limited(limits, async node => {
      const services = '/v4/default/registry/microservices'
      const rows = [
        ['POST', services, 'bodyBytesMax'],
        ['POST', `${services}/x/instances`, 'instanceBodyBytesMax'],
        ['PUT', `${services}/x/instances/y/properties`, 'propertiesBodyBytesMax'],
        ['PUT', `${services}/x/properties`, 'propertiesBodyBytesMax'],
        ['POST', '/v1/default/gov/retry', 'policyBodyBytesMax'],
      ] as const
      for (const [method, path, limit] of rows) {
        const reply = await call(node.url, method, path, { body: ' '.repeat(limits[limit] + 1) })
        assert.equal(errorOf(reply).errorCode, '400001', path)
        assert.equal(node.refused.at(-1), limit, path)
      }
      assert.equal(node.refused.length, rows.length)
    })
  })

  it('silence in the middle of an answer or before a request, and not the end of a connection that was kept', () =>
    limited({ idleTimeoutMs: 1_500, keepAliveTimeoutMs: 1 }, async node => {
      assert.equal(await raw(node.url, ''), '')
      assert.deepEqual(node.refused, ['idleTimeoutMs'])
      assert.match(await raw(node.url, `GET ${HEALTH} HTTP/1.1\r\nHost: x\r\n\r\n`), /^HTTP\/1\.1 200 /)
      assert.deepEqual(node.refused, ['idleTimeoutMs'])
    }))

  it('connections', () =>
    limited({ connectionsMax: 1 }, async node => {
      const { port } = new URL(node.url)
      const first = connect(Number(port), '127.0.0.1')
      await new Promise(resolve => first.once('connect', resolve))
      await assert.rejects(call(node.url, 'GET', HEALTH))
      first.destroy()
      assert.ok(node.refused.includes('connectionsMax'))
    }))
})
