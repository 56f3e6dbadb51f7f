import assert from 'node:assert/strict'
import { createHmac, createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { generatePrivateKey, readPrivateKey } from '../../src/api/rbac/keys.ts'
import { DEFAULT_RBAC, type RbacOptions } from '../../src/api/rbac/options.ts'
import { learn } from '../helpers/center.ts'
import { call, errorOf, type Reply } from '../helpers/http.ts'
import { ManualClock } from '../helpers/manual-clock.ts'
import { startTestNode, type TestNode } from '../helpers/node.ts'
import { TestSocket } from '../helpers/socket.ts'

const ROOT = 'Complicated_password1'
const PASSWORD = 'Str0ng_pw-1'
const REGISTRY = '/v4/default/registry'
const HOUR_MS = 3_600_000

interface Secured extends TestNode {
  readonly clock: ManualClock
  send(method: string, path: string, token?: string, body?: unknown): Promise<Reply>
  login(name: string, password: string, life?: string): Promise<Reply>
  token(name?: string, password?: string): Promise<string>
}

async function secured(rbac: Partial<RbacOptions> = {}, label = 'sc1'): Promise<Secured> {
  const clock = new ManualClock()
  const options = { rbac: { ...DEFAULT_RBAC, enabled: true, rootPassword: ROOT, federated: true, ...rbac } }
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

describe('RBAC', () => {
  const nodes: Secured[] = []
  const start = async (rbac: Partial<RbacOptions> = {}, label?: string): Promise<Secured> => {
    const node = await secured(rbac, label)
    nodes.push(node)
    return node
  }

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(node => node.close()))
  })

  const account = (name: string, roles: readonly string[] = ['developer']) => ({ name, password: PASSWORD, roles })

  const create = async (node: Secured, root: string, name: string, roles?: readonly string[]): Promise<string> => {
    const reply = await node.send('POST', '/v4/accounts', root, account(name, roles))
    assert.equal(reply.status, 200, reply.text)
    return node.token(name, PASSWORD)
  }

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
      const user = await create(here, await here.token(), 'alice')
      learn(here.catalog, there.catalog)
      assert.equal((await there.send('GET', `${REGISTRY}/microservices`, user)).status, 200)
      assert.equal((await there.login('alice', PASSWORD)).status, 200)
    })

    it('and accounts of other clusters count for nothing in an open mesh', async () => {
      const [here, there] = [await start(), await start({ federated: false }, 'sc2')]
      const user = await create(here, await here.token(), 'alice')
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
      const user = await create(here, root, 'alice')
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
      const before = await create(node, root, 'alice')
      await node.send('DELETE', '/v4/accounts/alice', root)
      const after = await create(node, root, 'alice')
      assert.equal(errorOf(await node.send('GET', `${REGISTRY}/microservices`, before)).errorCode, '401206')
      assert.equal((await node.send('GET', `${REGISTRY}/microservices`, after)).status, 200)
    })
  })

  describe('wrong passwords', () => {
    it('lock the third time, the right one out as well, and for a while', async () => {
      const node = await start()
      const root = await node.token()
      await create(node, root, 'alice')
      for (let attempt = 0; attempt < 3; attempt++) {
        assert.equal(errorOf(await node.login('alice', 'wrong')).errorCode, '401202')
      }
      assert.equal(errorOf(await node.login('alice', PASSWORD)).errorCode, '403201')
      const { data } = (await node.send('GET', '/v4/account-locks', root)).json as {
        data: readonly { key: string; status: string; releaseAt: number }[]
      }
      assert.deepEqual(data, [
        {
          key: 'alice::127.0.0.1',
          status: 'banned',
          releaseAt: Math.floor((node.clock.wallMs() + 15 * 60_000) / 1000),
        },
      ])
      node.clock.advance(15 * 60_000)
      assert.equal((await node.login('alice', PASSWORD)).status, 200)
    })

    it('count across nodes', async () => {
      const [here, there] = [await start(), await start({}, 'sc2')]
      await create(here, await here.token(), 'alice')
      await here.login('alice', 'wrong')
      await here.login('alice', 'wrong')
      learn(here.catalog, there.catalog)
      assert.equal(errorOf(await there.login('alice', 'wrong')).errorCode, '401202')
      assert.equal(errorOf(await there.login('alice', PASSWORD)).errorCode, '403201')
    })

    it('do not keep others out', async () => {
      const node = await start()
      for (let attempt = 0; attempt < 4; attempt++) await node.login('ghost', 'wrong')
      assert.equal((await node.login('root', ROOT)).status, 200)
    })
  })

  describe('roles', () => {
    const seer = {
      name: 'seer',
      perms: [{ resources: [{ type: 'service', labels: { appId: 'seen' } }], verbs: ['get'] }],
    }

    const scene = async () => {
      const node = await start()
      const root = await node.token()
      const ids: Record<string, string> = {}
      for (const appId of ['seen', 'hidden']) {
        const service = { appId, serviceName: appId, properties: { allowCrossApp: 'true' } }
        const created = await node.send('POST', `${REGISTRY}/microservices`, root, { service })
        ids[appId] = (created.json as { serviceId: string }).serviceId
        const instance = { hostName: 'h', instanceId: appId }
        await node.send('POST', `${REGISTRY}/microservices/${ids[appId]}/instances`, root, { instance })
      }
      assert.equal((await node.send('POST', '/v4/roles', root, seer)).status, 200)
      return { node, root, ids, user: await create(node, root, 'alice', ['seer']) }
    }

    it('for some services keep the others out of sight, one by one and in lists', async () => {
      const { node, user, ids } = await scene()
      const rows: readonly (readonly [string, number])[] = [
        [`${REGISTRY}/microservices/${ids.seen}`, 200],
        [`${REGISTRY}/microservices/${ids.hidden}`, 403],
        [`${REGISTRY}/microservices/${ids.hidden}/instances`, 403],
        [`${REGISTRY}/microservices/${ids.hidden}/tags`, 403],
        [`${REGISTRY}/instances?appId=seen&serviceName=seen`, 200],
        [`${REGISTRY}/instances?appId=hidden&serviceName=hidden`, 403],
        [`${REGISTRY}/existence?type=microservice&appId=hidden&serviceName=hidden&version=0.0.1`, 403],
        [`/registry/v3/microservices/${ids.hidden}`, 403],
        [`/v4/default/govern/microservices/${ids.hidden}`, 403],
        ['/v4/default/admin/dump', 403],
      ]
      for (const [path, status] of rows) {
        assert.equal((await node.send('GET', path, user)).status, status, path)
      }
      const lists = [
        `${REGISTRY}/microservices?withShared=1`,
        '/v4/default/govern/microservices?options=all&withShared=1',
        '/v4/default/govern/relations?withShared=1',
        '/v4/default/govern/apps?withShared=1',
      ]
      for (const path of lists) {
        const { status, text } = await node.send('GET', path, user)
        assert.equal(status, 200, path)
        assert.match(text, /seen/)
        assert.doesNotMatch(text, /hidden|SERVICECENTER/, path)
      }
    })

    it('for some services let a batch through only when they cover all of it', async () => {
      const { node, user, root, ids } = await scene()
      const item = (appId: string) => ({ instance: { serviceId: ids[appId], instanceId: appId } })
      const find = (...names: string[]) =>
        node.send('POST', `${REGISTRY}/instances/action?type=query`, user, { instances: names.map(item) })
      assert.equal((await find('seen')).status, 200)
      assert.equal((await find('seen', 'hidden')).status, 403)
      const byName = { services: [{ service: { appId: 'hidden', serviceName: 'hidden' } }] }
      assert.equal((await node.send('POST', `${REGISTRY}/instances/action?type=query`, user, byName)).status, 403)
      const everything = { ...seer, perms: [{ ...seer.perms[0], verbs: ['*'] }] }
      assert.equal((await node.send('PUT', '/v4/roles/seer', root, everything)).status, 200)
      const gone = { serviceIds: [ids.seen, ids.hidden], force: true }
      assert.equal((await node.send('DELETE', `${REGISTRY}/microservices`, user, gone)).status, 403)
      const beats = { instances: [item('seen').instance, item('hidden').instance] }
      assert.equal((await node.send('PUT', `${REGISTRY}/heartbeats`, user, beats)).status, 403)
      const status = { matches: { properties: { a: 'b' } }, status: 'DOWN' }
      assert.equal((await node.send('PUT', `${REGISTRY}/instances/status`, user, status)).status, 403)
    })

    it('count as they are now, and a missing one grants nothing', async () => {
      const { node, user, root, ids } = await scene()
      const path = `${REGISTRY}/microservices/${ids.seen}`
      await node.send('PUT', '/v4/roles/seer', root, { perms: [] })
      assert.equal(errorOf(await node.send('GET', path, user)).detail, 'role has no any permissions')
      await node.send('PUT', '/v4/accounts/alice', root, { roles: ['developer'] })
      assert.equal((await node.send('GET', path, user)).status, 200)
      await node.send('PUT', '/v4/accounts/alice', root, { roles: ['developer'], status: 'inactive' })
      assert.equal((await node.send('GET', path, user)).status, 401)
      assert.equal((await node.login('alice', PASSWORD)).status, 401)
    })

    it('leave open what is out of scope', async () => {
      const node = await start({ scope: ['ops'] })
      assert.equal((await node.send('GET', `${REGISTRY}/microservices`)).status, 200)
      assert.equal((await node.send('GET', '/v4/default/admin/dump')).status, 401)
      assert.equal((await node.send('GET', '/v4/accounts')).status, 401)
    })
  })

  describe('passwords', () => {
    const rows: readonly (readonly [string, string, number])[] = [
      ['no digit', 'Password_', 400],
      ['no upper case', 'passw0rd_', 400],
      ['no lower case', 'PASSW0RD_', 400],
      ['nothing special', 'Passw0rdd', 400],
      ['seven bytes', 'Pass_0w', 400],
      ['33 bytes', `Pass_0w${'x'.repeat(26)}`, 400],
      ['32 bytes', `Pass_0w${'x'.repeat(25)}`, 200],
      ['letters of other alphabets', 'Пароль_1', 200],
    ]
    it('are strong', async () => {
      const node = await start()
      const root = await node.token()
      for (const [name, password, status] of rows) {
        const body = { name: `u-${name.replaceAll(' ', '-')}`, password, roles: ['developer'] }
        const reply = await node.send('POST', '/v4/accounts', root, body)
        assert.equal(reply.status, status, `${name}: ${reply.text}`)
      }
    })

    it('are changed by their owner, who knows the old one, or by an administrator', async () => {
      const node = await start()
      const root = await node.token()
      const alice = await create(node, root, 'alice')
      await create(node, root, 'bob')
      const change = (token: string, name: string, body: object) =>
        node.send('POST', `/v4/accounts/${name}/password`, token, body)
      const next = 'Another_password1'
      assert.equal(errorOf(await change(alice, 'alice', { password: next })).errorCode, '400001')
      assert.equal(
        errorOf(await change(alice, 'alice', { password: PASSWORD, currentPassword: PASSWORD })).errorCode,
        '400206',
      )
      assert.equal(
        errorOf(await change(alice, 'bob', { password: next, currentPassword: PASSWORD })).errorCode,
        '403001',
      )
      assert.equal((await change(root, 'bob', { password: next })).status, 200)
      assert.equal((await node.login('bob', next)).status, 200)
    })

    it('are shown nowhere', async () => {
      const node = await start()
      const root = await node.token()
      await create(node, root, 'alice')
      for (const path of ['/v4/accounts', '/v4/accounts/alice', '/v4/default/admin/dump?options=all']) {
        assert.doesNotMatch((await node.send('GET', path, root)).text, /scrypt|password/i, path)
      }
    })
  })

  describe('private keys', () => {
    const pem = (type: 'pkcs1' | 'pkcs8', bits: number) =>
      createPrivateKey(generatePrivateKeyOf(bits)).export({ type, format: 'pem' }).toString()

    it('are RSA keys of 2,048 bits at least, as PKCS#1 or PKCS#8', () => {
      assert.equal(readPrivateKey(pem('pkcs1', 2_048)).asymmetricKeyType, 'rsa')
      assert.equal(readPrivateKey(pem('pkcs8', 2_048)).asymmetricKeyType, 'rsa')
      assert.throws(() => readPrivateKey(pem('pkcs8', 1_024)), /1024 bits; at least 2048/)
      assert.throws(() => readPrivateKey('nonsense'), /not a private key in PEM form/)
      const { privateKey } = generateKeyPairSync('ed25519', {
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' },
      })
      assert.throws(() => readPrivateKey(privateKey), /ed25519 key; tokens need an RSA key/)
    })
  })
})

const generatePrivateKeyOf = (bits: number): string =>
  generateKeyPairSync('rsa', {
    modulusLength: bits,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey
