import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { addressOf } from '../../src/api/http/address.ts'
import { DEFAULT_LIMITS } from '../../src/api/options.ts'
import { call, errorOf, type Reply, raw } from '../helpers/http.ts'
import { startTestNode, type TestNode } from '../helpers/node.ts'

const SERVICES = '/v4/default/registry/microservices'
const HEALTH = '/v4/default/registry/health'

describe('the edge of the API', () => {
  let node: TestNode

  before(async () => {
    node = await startTestNode()
  })

  after(() => node.close())

  const send = (method: string, path: string, options = {}): Promise<Reply> => call(node.url, method, path, options)

  describe('targets', () => {
    const padded = (bytes: number) => `${HEALTH}?a=`.padEnd(bytes, 'x')
    const rows: readonly (readonly [string, string, number, string?])[] = [
      ['2,047 bytes', padded(2_047), 200],
      ['2,048 bytes', padded(2_048), 400, `Invalid Request URI ${padded(2_048)}`],
      ['ends with a question mark', `${HEALTH}?`, 400],
      ['ends with an ampersand', `${HEALTH}?a=1&`, 400],
      ['ends with a semicolon', `${HEALTH};`, 400],
      ['ends with a plus sign', `${HEALTH}?a=+`, 400],
      ['ends with an at sign', `${HEALTH}?a=@`, 400],
      ['two slashes in the query', `${HEALTH}?a=http://x`, 400, `Invalid Request URI ${HEALTH}?a=http://x`],
      ['an encoded slash separates', `${SERVICES}%2fx%2Ftags`, 400],
      ['an encoded slash makes a path unknown', `${SERVICES}/a%2Fb%2Fc`, 404],
      ['a malformed escape', `${SERVICES}/%zz`, 400, '400 Bad Request'],
      ['a NUL in the project', '/v4/a%00b/registry/microservices', 400],
      ['a NUL in an id', `${SERVICES}/a%00b`, 400],
      ['a trailing slash', `${HEALTH}/`, 404, '404 page not found\n'],
      ['the root', '/', 404],
      ['other cases', HEALTH.toUpperCase(), 404],
    ]
    for (const [name, path, status, text] of rows) {
      it(`${name}: ${status}`, async () => {
        const reply = await send('GET', path)
        assert.equal(reply.status, status, reply.text)
        if (text !== undefined) assert.equal(reply.text, text)
      })
    }

    it('with empty or dotted segments are sent to the clean path', async () => {
      for (const path of [
        '//v4/default//registry/health',
        '/v4/./default/x/../registry/health',
        '/v4/default%2F/registry/health',
      ]) {
        const reply = await send('GET', `${path}?a=1`)
        assert.equal(reply.status, 301, path)
        assert.equal(reply.headers.location, `${HEALTH}?a=1`)
      }
    })

    it('take the first of several values, plus as a space, and nothing malformed', async () => {
      const path = '/v4/default/registry/existence?type=microservice&appId=a+b&appId=c&serviceName=%zz&version=1.0.0'
      assert.match(errorOf(await send('GET', path)).detail ?? '', /AppId' invalid value 'a b'/)
    })
  })

  describe('methods', () => {
    const rows: readonly (readonly [string, string, number, string?])[] = [
      ['HEAD', SERVICES, 405, 'DELETE, GET, POST'],
      ['PATCH', SERVICES, 405, 'DELETE, GET, POST'],
      ['TRACE', SERVICES, 405, 'DELETE, GET, POST'],
      ['POST', HEALTH, 405, 'GET'],
      ['PUT', '/registry/v3/microservices/x/instances/y', 405, 'DELETE, GET'],
      ['GET', '/registry/v3/microservices/x/instances/y/heartbeat', 405, 'PUT'],
      ['GET', '/v4/default/registry/instances/action', 405, 'POST'],
      ['POST', '/registry/v3/instances/action', 404],
      ['PUT', '/registry/v3/instances/status', 404],
      ['HEAD', '/nowhere', 404],
    ]
    for (const [method, path, status, allow] of rows) {
      it(`${method} ${path}: ${status}`, async () => {
        const reply = await send(method, path)
        assert.equal(reply.status, status)
        assert.equal(reply.headers.allow, allow)
      })
    }
  })

  describe('browsers', () => {
    const origin = 'https://console.example'

    it('on other sites may read', async () => {
      const reply = await send('GET', HEALTH, { headers: { origin } })
      assert.equal(reply.headers['access-control-allow-origin'], '*')
    })

    it('ask first, anywhere', async () => {
      const headers = {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'content-type, x-consumerid',
      }
      const reply = await send('OPTIONS', '/anywhere', { headers })
      assert.equal(reply.status, 200)
      assert.equal(reply.text, '')
      assert.equal(reply.headers['access-control-allow-methods'], 'PUT')
      assert.equal(reply.headers['access-control-allow-headers'], 'content-type, x-consumerid')
    })

    it('may not use other methods or headers', async () => {
      const asked = [
        { 'access-control-request-method': 'PATCH' },
        { 'access-control-request-method': 'GET', 'access-control-request-headers': 'x-other' },
      ]
      for (const headers of asked) {
        const reply = await send('OPTIONS', SERVICES, { headers: { origin, ...headers } })
        assert.equal(reply.status, 200)
        assert.equal(reply.headers['access-control-allow-origin'], undefined)
      }
    })
  })

  describe('bodies', () => {
    const service = (description: string) => ({ service: { serviceName: 'body', description } })

    it('are JSON whatever their type says', async () => {
      for (const type of ['text/plain', 'garbage', 'application/x-www-form-urlencoded', 'a/b/c; d']) {
        const reply = await send('POST', SERVICES, { headers: { 'content-type': type }, body: service('x') })
        assert.equal(reply.status, 200, type)
      }
    })

    const limits = [
      ['POST', `${SERVICES}/x/instances`, 'instanceBodyBytesMax'],
      ['PUT', `${SERVICES}/x/properties`, 'propertiesBodyBytesMax'],
      ['PUT', `${SERVICES}/x/instances/y/properties`, 'propertiesBodyBytesMax'],
      ['POST', SERVICES, 'bodyBytesMax'],
    ] as const
    for (const [method, path, limit] of limits) {
      const bytes = DEFAULT_LIMITS[limit]
      it(`${method} ${path} takes ${bytes} bytes and no more`, async () => {
        const fits = await send(method, path, { body: '{}'.padEnd(bytes) })
        assert.doesNotMatch(fits.text, /too large/)
        const tooMuch = await send(method, path, { body: '{}'.padEnd(bytes + 1) })
        assert.equal(tooMuch.status, 400)
        assert.equal(errorOf(tooMuch).detail, 'http: request body too large')
        assert.equal(node.refused.at(-1), limit)
      })
    }

    it('may not hold a NUL in an id that a client chooses', async () => {
      const reply = await send('POST', SERVICES, { body: { service: { serviceName: 'nul', serviceId: 'a\0b' } } })
      assert.match(errorOf(reply).detail ?? '', /ServiceId/)
    })

    it('may come in chunks, and are limited all the same', async () => {
      const head = `POST ${SERVICES}/x/instances HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`
      const chunk = `1000\r\n${' '.repeat(0x1000)}\r\n`
      assert.match(await raw(node.url, `${head}${chunk}${chunk}0\r\n\r\n`), /request body too large/)
    })
  })

  describe('compression', () => {
    const long = { service: { serviceName: 'long', properties: { text: 'x'.repeat(2_000) } } }

    it('is for bodies from 1,400 bytes on, and for those who want it', async () => {
      const { serviceId } = (await send('POST', SERVICES, { body: long })).json as { serviceId: string }
      const path = `${SERVICES}/${serviceId}`
      const plain = await send('GET', path)
      assert.equal(plain.headers['content-encoding'], undefined)
      for (const accepted of ['gzip', 'deflate, gzip;q=0.5', '*', 'GZIP']) {
        const packed = await send('GET', path, { headers: { 'accept-encoding': accepted } })
        assert.equal(packed.headers['content-encoding'], 'gzip', accepted)
        assert.equal(gunzipSync(packed.bytes).toString(), plain.text)
      }
      for (const accepted of ['identity', 'gzip;q=0', 'br']) {
        const reply = await send('GET', path, { headers: { 'accept-encoding': accepted } })
        assert.equal(reply.headers['content-encoding'], undefined, accepted)
      }
      const short = await send('GET', HEALTH, { headers: { 'accept-encoding': 'gzip' } })
      assert.equal(short.headers['content-encoding'], undefined)
    })
  })

  it('says who it is in every answer', async () => {
    for (const path of [HEALTH, '/', `${HEALTH}?`, '//x', `${SERVICES}/nobody`, '/metrics', '/grapevine/v1/identity']) {
      assert.equal((await send('GET', path)).headers.server, 'SERVICECENTER/0.0.0-test', path)
    }
  })

  it('knows a client by one address, whether it listens for IPv4 alone or for both', () => {
    const rows = [
      ['::ffff:10.1.2.3', '10.1.2.3'],
      ['10.1.2.3', '10.1.2.3'],
      ['::1', '::1'],
      ['::ffff:a', '::ffff:a'],
    ]
    for (const [remoteAddress, address] of rows) {
      assert.equal(addressOf({ socket: { remoteAddress } as unknown as Socket }), address)
    }
  })

  it('tells probes whether it serves', async () => {
    const { status, json } = await send('GET', '/grapevine/v1/ready')
    assert.deepEqual({ status, json }, { status: 200, json: { ready: true } })
  })

  it('tells its identity to anybody', async () => {
    const { json } = await send('GET', '/grapevine/v1/identity')
    const { node: name, clusterId, cluster } = node.catalog.status()
    assert.deepEqual(json, { node: name, clusterId, cluster, gossip: [], members: [name] })
  })

  it('answers what is no HTTP at all, and closes', async () => {
    assert.match(await raw(node.url, 'nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /)
    assert.match(
      await raw(node.url, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`),
      /^HTTP\/1\.1 431 /,
    )
  })
})
