import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { readPrivateKey } from '../../src/api/rbac/keys.ts'
import { learn } from '../helpers/center.ts'
import { errorOf } from '../helpers/http.ts'
import { createAccount, PASSWORD, REGISTRY, ROOT, SecuredNodes } from '../helpers/secured.ts'

describe('RBAC', () => {
  const nodes = new SecuredNodes()
  const { start } = nodes

  afterEach(() => nodes.close())

  describe('wrong passwords', () => {
    it('lock the third time, the right one out as well, and for a while', async () => {
      const node = await start()
      const root = await node.token()
      await createAccount(node, root, 'alice')
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
      await createAccount(here, await here.token(), 'alice')
      await here.login('alice', 'wrong')
      await here.login('alice', 'wrong')
      learn(here.catalog, there.catalog)
      assert.equal(errorOf(await there.login('alice', 'wrong')).errorCode, '401202')
      assert.equal(errorOf(await there.login('alice', PASSWORD)).errorCode, '403201')
    })

    it('lock as early when they come all at once', async () => {
      const node = await start()
      await createAccount(node, await node.token(), 'alice')
      const guesses = [...Array.from({ length: 9 }, (_, i) => `wrong${i}`), PASSWORD]
      const codes = (await Promise.all(guesses.map(guess => node.login('alice', guess)))).map(reply =>
        reply.status === 200 ? 'in' : errorOf(reply).errorCode,
      )
      assert.deepEqual(codes.toSorted(), [...Array(3).fill('401202'), ...Array(7).fill('403201')])
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
      return { node, root, ids, user: await createAccount(node, root, 'alice', ['seer']) }
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
      const alice = await createAccount(node, root, 'alice')
      await createAccount(node, root, 'bob')
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
      await createAccount(node, root, 'alice')
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
