import assert from 'node:assert/strict'
import { Passwords } from '../../../src/api/rbac/passwords.ts'
import { learn } from '../../helpers/center.ts'
import { createAccount, PASSWORD, REGISTRY, type Secured, SecuredNodes } from '../../helpers/secured.ts'
import { TestSocket } from '../../helpers/socket.ts'
import { type Checks, refusedWith, shownBy } from './scene.ts'

type Start = SecuredNodes['start']

async function secured(play: (node: Secured, start: Start) => Promise<void>): Promise<void> {
  const nodes = new SecuredNodes()
  try {
    await play(await nodes.start(), nodes.start)
  } finally {
    await nodes.close()
  }
}

const SERVICES = `${REGISTRY}/microservices`
const RULES = 'api/rbac-rules.test.ts'

interface Header {
  readonly alg: string
  readonly kid: string
}

const headerOf = (token: string): Header =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as Header

export const ACCOUNTS: Checks = {
  'tokens carry the roles of their account': () =>
    secured(async node => {
      const root = await node.token()
      const alice = await createAccount(node, root, 'alice')
      assert.equal((await node.send('GET', SERVICES, alice)).status, 200)
      const role = { name: 'nothing', perms: [] }
      assert.equal((await node.send('POST', '/v4/roles', root, role)).status, 200)
      await node.send('PUT', '/v4/accounts/alice', root, { roles: ['nothing'] })
      refusedWith('403205', await node.send('GET', SERVICES, alice))
      await node.send('DELETE', '/v4/accounts/alice', root)
      await createAccount(node, root, 'alice')
      refusedWith('401206', await node.send('GET', SERVICES, alice))
    }),

  'a batch is let through when a role covers one of its services': shownBy(
    RULES,
    'for some services let a batch through only when they cover all of it',
  ),

  'an `inactive` account logs in': () =>
    secured(async node => {
      const root = await node.token()
      const alice = await createAccount(node, root, 'alice')
      await node.send('PUT', '/v4/accounts/alice', root, { roles: ['developer'], status: 'inactive' })
      refusedWith('401202', await node.login('alice', PASSWORD))
      refusedWith('401201', await node.send('GET', SERVICES, alice), /inactive/)
    }),

  'a wrong password while RBAC is half open (`rbac.scope` names some resources only) is 401302': () =>
    secured(async (_node, start) => {
      const half = await start({ scope: ['ops'] })
      refusedWith('401202', await half.login('root', 'wrong'))
    }),

  'with RBAC, a websocket without a token is answered 200 without a body': () =>
    secured(async node => {
      const { status, body } = await new TestSocket(node.url, `${SERVICES}/x/watcher`).refusal()
      assert.equal(status, 401)
      assert.equal(JSON.parse(body).errorCode, '401204')
    }),

  'relations and statistics show everything to roles for some services': shownBy(
    RULES,
    'for some services keep the others out of sight, one by one and in lists',
  ),

  'v3 paths and declared dependencies belong to no resource, so that only administrators may use them': () =>
    secured(async node => {
      const root = await node.token()
      const alice = await createAccount(node, root, 'alice')
      const service = { serviceName: 'consumer', appId: 'app', version: '1.0.0' }
      assert.equal((await node.send('POST', '/registry/v3/microservices', alice, { service })).status, 200)
      const dependencies = [{ consumer: service, providers: [{ serviceName: 'other' }] }]
      assert.equal((await node.send('PUT', `${REGISTRY}/dependencies`, alice, { dependencies })).status, 200)
      const reader = { name: 'reader', perms: [{ resources: [{ type: 'service' }], verbs: ['get'] }] }
      await node.send('POST', '/v4/roles', root, reader)
      const bob = await createAccount(node, root, 'bob', ['reader'])
      refusedWith('403205', await node.send('POST', '/registry/v3/microservices', bob, { service }))
      refusedWith('403205', await node.send('PUT', `${REGISTRY}/dependencies`, bob, { dependencies }))
    }),

  'tokens are signed with RS512 by one key that all share': () =>
    secured(async (here, start) => {
      const there = await start({}, 'sc2')
      const alice = await createAccount(here, await here.token(), 'alice')
      learn(here.catalog, there.catalog)
      const elsewhere = await there.token('alice', PASSWORD)
      assert.equal(headerOf(alice).alg, 'RS256')
      assert.notEqual(headerOf(elsewhere).kid, headerOf(alice).kid)
      assert.equal((await there.send('GET', SERVICES, alice)).status, 200)
      for (const frame of here.catalog.snapshot()) assert.doesNotMatch(Buffer.from(frame).toString('latin1'), /PRIVATE/)
    }),

  'passwords are hashed with 1 MiB of memory': async () => {
    const [scheme, N, r, p] = (await new Passwords(() => new Error()).hash('x')).split('$')
    assert.equal(scheme, 'scrypt')
    assert.equal(128 * Number(N) * Number(r) * Number(p), 16 * 1024 * 1024)
  },

  'the private key must be PKCS#1, and a bad one is found at the first login': () => {
    shownBy(RULES, 'are RSA keys of 2,048 bits at least, as PKCS#1 or PKCS#8')()
    shownBy('e2e/accounts.test.ts', 'of one mesh key know the accounts of each other, and tokens outlive a restart')()
  },

  'wrong passwords are counted by each server': shownBy(RULES, 'count across nodes'),
}
