import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { OpenApi } from '../../src/api/openapi/document.ts'
import { parseKey } from '../../src/core/keys.ts'
import { type Names, requests } from '../helpers/hostile.ts'
import { call } from '../helpers/http.ts'
import { startTestNode, type TestNode } from '../helpers/node.ts'
import { SecuredNodes } from '../helpers/secured.ts'
import { type Received, type Sent, WireClient } from '../helpers/wire-client.ts'

/** Governance rules in the catalog. */
const POLICY = 'gov'
const BATCH = 50
const CONNECTIONS = 16
const ANSWER_DEADLINE_MS = 60_000
/** A failure prints its seed: `FUZZ_SEED=1 mocha test/api/hostile.test.ts` runs the same requests again. `npm run fuzz`: a million. */
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 20_000)
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
/** A password costs 50 ms, so there are fewer of these. */
const ACCOUNT_REQUESTS = Math.min(400, REQUESTS)

const SERVICE = { appId: 'app', serviceName: 'one', version: '1.0.0', alias: 'alias' }

/** What a node holds. Contents that no schema names any more go within two hours. */
function sizes({ catalog }: TestNode) {
  const { directory, holdings, catalog: records } = catalog.replica
  const kept = [...records.keys()].map(key => parseKey(key)?.kind).filter(kind => kind !== 'content')
  const kinds = Object.fromEntries([...Map.groupBy(kept, kind => kind)].map(([kind, all]) => [kind, all.length]))
  return { kinds, services: directory.groups.size, leases: holdings.size }
}

/** Takes away what was registered and kept, everywhere, the node itself included. */
async function empty({ catalog }: TestNode): Promise<void> {
  await catalog.execute(tx => {
    for (const scope of tx.view.scopes()) {
      for (const service of tx.view.services(scope)) tx.removeService(service)
    }
    for (const { name } of tx.view.documents(POLICY)) tx.removeDocument(POLICY, name)
  })
}

/** A refusal is in the reference's form, and nothing is an accident. */
function check({ method, target, body }: Sent, { status, type, text }: Received): void {
  const said = `${method} ${target} ${body?.slice(0, 2_000)}: ${status} ${text.slice(0, 500)}`
  assert.ok(status >= 200 && status < 500, said)
  if (status < 400 || !type.startsWith('application/json')) return
  const { errorCode, errorMessage } = JSON.parse(text) as { errorCode?: string; errorMessage?: string }
  assert.equal(errorCode?.slice(0, 3), String(status), said)
  assert.ok(errorMessage, said)
}

describe(`requests of any kind (seed ${SEED})`, function () {
  // A run of a million has all the time it needs.
  this.timeout(REQUESTS > 20_000 ? 0 : 300_000)

  const run = async (client: WireClient, request: fc.Arbitrary<Sent>, count: number): Promise<ReadonlySet<number>> => {
    const statuses = new Set<number>()
    const batch = fc.array(request, { minLength: BATCH, maxLength: BATCH })
    const property = fc.asyncProperty(batch, async sent => {
      const received = await Promise.all(sent.map(each => client.send(each)))
      for (const [i, each] of sent.entries()) {
        const reply = received[i]
        assert.ok(reply)
        statuses.add(reply.status)
        check(each, reply)
      }
    })
    await fc.assert(property, { seed: SEED, numRuns: Math.ceil(count / BATCH), endOnFailure: true })
    return statuses
  }

  it(`to every route: ${REQUESTS} are answered as requests are, and the node is as it was`, async () => {
    const node = await startTestNode()
    const client = new WireClient(node.url, CONNECTIONS, ANSWER_DEADLINE_MS)
    try {
      const created = await call(node.url, 'POST', '/v4/default/registry/microservices', { body: { service: SERVICE } })
      const { serviceId } = created.json as { serviceId: string }
      const names: Names = {
        project: ['default', 'default', 'other'],
        serviceId: [serviceId, serviceId, 'nobody'],
        consumerServiceId: [serviceId, ''],
        'X-ConsumerId': [serviceId, 'nobody'],
        instanceId: ['i1', 'i2', 'i3'],
        schemaId: ['s1', 's2'],
        appId: ['app', 'default'],
        serviceName: ['one', 'alias', 'SERVICECENTER'],
        version: ['1.0.0', '1.0.0+', 'latest', '0.0.1'],
        env: ['', 'production'],
        environment: ['', 'production', 'all'],
        type: ['microservice', 'schema', 'query'],
        value: ['UP', 'DOWN', 'v'],
        options: ['all', 'tags,instances', 'statistics', 'cache', 'info'],
        kind: ['retry', 'match-group', 'display'],
        key: ['k1', 'k2', 'k1,k2'],
        'X-Domain-Name': ['default', 'other'],
        // Whoever waits for an event does so for seconds.
        wait: ['', '0'],
        after: ['0', '1', '1000000'],
      }
      const document = (await call(node.url, 'GET', '/openapi.json')).json as OpenApi
      const statuses = await run(client, requests(document, names), REQUESTS)
      for (const status of [200, 400, 404]) assert.ok(statuses.has(status), `never ${status}`)
      const service = { ...SERVICE, serviceName: 'afterwards', alias: '' }
      const again = await call(node.url, 'POST', '/v4/default/registry/microservices', { body: { service } })
      assert.equal(again.status, 200, again.text)
      const found = await call(node.url, 'GET', '/v4/default/registry/instances?appId=app&serviceName=afterwards')
      assert.equal(found.status, 200, found.text)
      await empty(node)
      assert.deepEqual(sizes(node), { kinds: { node: 1 }, services: 0, leases: 0 })
    } finally {
      client.close()
      await node.close()
    }
  })

  it(`about accounts and roles: ${ACCOUNT_REQUESTS}, and the administrator is still let in`, async () => {
    const nodes = new SecuredNodes()
    const node = await nodes.start()
    const client = new WireClient(node.url, CONNECTIONS, ANSWER_DEADLINE_MS)
    try {
      const token = await node.token()
      const names: Names = {
        name: ['alice', 'bob'],
        roleName: ['developer', 'seer'],
        roles: ['developer', 'admin', 'seer'],
        password: ['Str0ng_pw-1', 'weak'],
        currentPassword: ['Str0ng_pw-1', 'wrong'],
        tokenExpirationTime: ['15m', '1h', ''],
      }
      const document = (await call(node.url, 'GET', '/openapi.json')).json as OpenApi
      const some = requests(document, names, path => /^\/v4\/(token|account|role|self)/.test(path))
      const authorized = some.map(each => ({
        ...each,
        headers: { ...each.headers, authorization: `Bearer ${token}` },
      }))
      const statuses = await run(client, authorized, ACCOUNT_REQUESTS)
      for (const status of [200, 400]) assert.ok(statuses.has(status), `never ${status}`)
      assert.equal((await node.send('GET', '/v4/accounts', token)).status, 200)
    } finally {
      client.close()
      await nodes.close()
    }
  })
})
