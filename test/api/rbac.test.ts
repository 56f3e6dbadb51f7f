import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { learn } from '../helpers/center.ts'
import { errorOf } from '../helpers/http.ts'
import { createAccount, PASSWORD, REGISTRY, ROOT, SecuredNodes } from '../helpers/secured.ts'
import { TestSocket } from '../helpers/socket.ts'

const HOUR_MS = 3_600_000

describe('RBAC', () => {
  const nodes = new SecuredNodes()
  const { start } = nodes

  afterEach(() => nodes.close())

  it('leaves open what must be, and nothing else', async () => {
    const node = await start()
    for (const path of [`${REGISTRY}/health`, `${REGISTRY}/version`, '/health', '/version', '/grapevine/v1/identity']) {
      assert.equal((await node.send('GET', path)).status, 200, path)
    }
    const closed = [`${REGISTRY}/microservices`, '/registry/v3/microservices', '/v4/default/admin/dump', '/v4/accounts']
    for (const path of closed) assert.equal(errorOf(await node.send('GET', path)).errorCode, '401204', path)
  })

  it('refuses websockets without a token, and opens them with one', async () => {
    const node = await start()
    const root = await node.token()
    const created = await node.send('POST', `${REGISTRY}/microservices`, root, { service: { serviceName: 'a' } })
    const { serviceId } = created.json as { serviceId: string }
    const path = `${REGISTRY}/microservices/${serviceId}/watcher`
    const refused = await new TestSocket(node.url, path).refusal()
    assert.equal(refused.status, 401)
    assert.equal(JSON.parse(refused.body).errorCode, '401204')
    const open = await new TestSocket(node.url, path, { headers: { authorization: `Bearer ${root}` } }).opened()
    assert.equal(open.socket.readyState, open.socket.OPEN)
  })

  describe('tokens', () => {
    it('are good until they expire', async () => {
      const node = await start()
      const { token } = (await node.login('root', ROOT, '15m')).json as { token: string }
      node.clock.advance(15 * 60_000 - 1_000)
      assert.equal((await node.send('GET', '/v4/accounts', token)).status, 200)
      node.clock.advance(1_000)
      assert.equal(errorOf(await node.send('GET', '/v4/accounts', token)).errorCode, '401205')
    })

    const lives: readonly (readonly [string, number])[] = [
      ['15m', 200],
      ['24h', 200],
      ['1h30m', 200],
      ['1.5h', 200],
      ['14m59s', 400],
      ['24h1s', 400],
      ['an hour', 400],
      ['60', 400],
      ['-1h', 400],
    ]
    it('live as long as asked, within bounds', async () => {
      const node = await start()
      for (const [life, status] of lives) assert.equal((await node.login('root', ROOT, life)).status, status, life)
    })

    it('are not forged', async () => {
      const node = await start()
      const [header = '', payload = '', signature = ''] = (await node.token()).split('.')
      const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString())
      const none = encode({ alg: 'none', kid })
      const hmac = encode({ alg: 'HS256', kid })
      const forged = [
        `${none}.${payload}.`,
        `${none}.${payload}.${signature}`,
        `${hmac}.${payload}.${createHmac('sha256', 'x').update(`${hmac}.${payload}`).digest('base64url')}`,
        `${header}.${encode({ account: 'root', roles: ['admin'], gen: 'x', iat: 1, exp: 9e9 })}.${signature}`,
        `${encode({ alg: 'RS256', kid: '../account/root' })}.${payload}.${signature}`,
        `${header}.${payload}.${signature.slice(2)}`,
        'a.b.c',
        `${header}.${payload}`,
        'x'.repeat(10_000),
      ]
      for (const token of forged) {
        const reply = await node.send('GET', `${REGISTRY}/microservices`, token)
        assert.equal(errorOf(reply).errorCode, '401201', token.slice(0, 60))
      }
    })

    it('of one node are good at the others, as are its accounts', async () => {
      const [here, there] = [await start(), await start({}, 'sc2')]
      const user = await createAccount(here, await here.token(), 'alice')
      learn(here.catalog, there.catalog)
      assert.equal((await there.send('GET', `${REGISTRY}/microservices`, user)).status, 200)
      assert.equal((await there.login('alice', PASSWORD)).status, 200)
    })

    it('and accounts of other clusters count for nothing in an open mesh', async () => {
      const [here, there] = [await start(), await start({}, 'sc2', false)]
      const user = await createAccount(here, await here.token(), 'alice')
      learn(here.catalog, there.catalog)
      assert.equal(errorOf(await there.send('GET', `${REGISTRY}/microservices`, user)).errorCode, '401201')
      assert.equal(errorOf(await there.login('alice', PASSWORD)).errorCode, '401202')
    })

    it('of a cluster’s own root are of no use elsewhere, until somebody has changed it', async () => {
      const [here, there] = [await start(), await start({}, 'sc2')]
      const root = await here.token()
      learn(here.catalog, there.catalog)
      assert.equal(errorOf(await there.send('GET', '/v4/accounts', root)).errorCode, '401206')
      const changed = { currentPassword: ROOT, password: 'Another_password1' }
      assert.equal((await here.send('POST', '/v4/accounts/root/password', root, changed)).status, 200)
      learn(here.catalog, there.catalog)
      assert.equal(errorOf(await there.login('root', ROOT)).errorCode, '401202')
      assert.equal((await there.login('root', 'Another_password1')).status, 200)
    })
  })

  describe('a deletion', () => {
    it('wins over a change made elsewhere at the same time', async () => {
      const [here, there] = [await start(), await start({}, 'sc2')]
      const root = await here.token()
      const user = await createAccount(here, root, 'alice')
      learn(here.catalog, there.catalog)
      there.clock.advance(HOUR_MS)
      const changed = { currentPassword: PASSWORD, password: 'Another_password1' }
      assert.equal((await there.send('POST', '/v4/accounts/alice/password', user, changed)).status, 200)
      assert.equal((await here.send('DELETE', '/v4/accounts/alice', root)).status, 200)
      learn(there.catalog, here.catalog)
      learn(here.catalog, there.catalog)
      for (const node of [here, there]) {
        assert.equal(errorOf(await node.login('alice', 'Another_password1')).errorCode, '401202')
        assert.equal(errorOf(await node.send('GET', `${REGISTRY}/microservices`, user)).errorCode, '401206')
      }
    })

    it('ends the tokens for good: an account made anew is another', async () => {
      const node = await start()
      const root = await node.token()
      const before = await createAccount(node, root, 'alice')
      await node.send('DELETE', '/v4/accounts/alice', root)
      const after = await createAccount(node, root, 'alice')
      assert.equal(errorOf(await node.send('GET', `${REGISTRY}/microservices`, before)).errorCode, '401206')
      assert.equal((await node.send('GET', `${REGISTRY}/microservices`, after)).status, 200)
    })
  })
})
