import assert from 'node:assert/strict'
import { createSelf, selfInstanceId } from '../../src/api/servicecomb/self.ts'
import type { Center } from '../../src/center/center.ts'
import { registerInstance } from '../../src/core/commands/instance.ts'
import { registerService } from '../../src/core/commands/service.ts'
import { learn, startTestCenter } from '../helpers/center.ts'
import { call, errorOf } from '../helpers/http.ts'
import { ManualClock } from '../helpers/manual-clock.ts'
import { silentLog, startTestNode, type TestNode } from '../helpers/node.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'

const REGISTRY = '/v4/default/registry'

interface Shown {
  readonly instanceId: string
  readonly hostName: string
  readonly cluster?: string
  readonly holder?: string
  readonly stale?: boolean
}

/** Both clusters have the service; this one has `here`, the other `there`. */
describe('a node that knows another cluster', () => {
  let node: TestNode
  let other: Center
  let serviceId: string

  const add = (center: Center, hostName: string) =>
    center.execute(registerInstance(SCOPE, serviceId, { hostName, instanceId: hostName }, rules()))

  before(async () => {
    node = await startTestNode()
    other = startTestCenter({ label: 'sc2' })
    serviceId = (await other.execute(registerService(SCOPE, draft('shared', { alias: 'sh' }), rules()))).id
    await add(other, 'there')
    const options = { hostName: 'x', endpoints: ['rest://x'], environment: 'production', instances: rules().instances }
    const deps = { catalog: other, clock: new ManualClock(), log: silentLog }
    await createSelf({ node: other.replica.node, ...options }, deps).start()
    learn(other, node.catalog)
    await add(node.catalog, 'here')
  })

  after(() => node.close())

  const get = (path: string) => call(node.url, 'GET', path)
  const hosts = async (path: string): Promise<readonly string[]> => {
    const { instances = [] } = (await get(path)).json as { instances?: readonly Shown[] }
    return instances.map(({ hostName }) => hostName).toSorted()
  }

  const find = `${REGISTRY}/instances?appId=app&serviceName=shared`
  const lists: readonly (readonly [string, string, readonly string[]])[] = [
    ['find', find, ['here', 'there']],
    ['find by alias', `${REGISTRY}/instances?appId=app&serviceName=sh`, ['here', 'there']],
    ['find, as older clients say it', `${find}&global=true`, ['here', 'there']],
    ['find, this cluster', `${find}&global=0`, ['here']],
    ['find, this cluster in other words', `${find}&global=False`, ['here']],
    ['find again, and nothing is mixed up', find, ['here', 'there']],
    ['find, whatever can be reached', `${find}&unreachable=keep`, ['here', 'there']],
    ['find, no noCache', `${find}&noCache=1`, ['here', 'there']],
  ]
  for (const [name, path, expected] of lists) {
    it(`${name}: ${expected.join(', ')}`, async () => assert.deepEqual(await hosts(path), expected))
  }

  it('lists and reads the instances of both, and refuses to be asked for nonsense', async () => {
    const base = `${REGISTRY}/microservices/${serviceId}/instances`
    assert.deepEqual(await hosts(base), ['here', 'there'])
    assert.deepEqual(await hosts(`${base}?global=0`), ['here'])
    assert.equal((await get(`${base}/there`)).status, 200)
    assert.equal(errorOf(await get(`${base}/there?global=0`)).errorCode, '400017')
    assert.match(errorOf(await get(`${base}?unreachable=maybe`)).detail ?? '', /keep, mark, hide/)
  })

  it('finds each under a revision of its own, which batch and single reads share', async () => {
    const revision = async (path: string) => (await get(path)).headers['x-resource-revision']
    assert.notEqual(await revision(find), await revision(`${find}&global=0`))
    const local = await revision(`${find}&global=0`)
    assert.equal(await revision(`${REGISTRY}/microservices/${serviceId}/instances/here`), local)
    assert.equal((await get(`${find}&global=0&rev=${local}`)).status, 304)
    assert.equal((await get(`${find}&global=0&rev=${local}&noCache=1`)).status, 200)
  })

  it('says where each comes from, when asked', async () => {
    const { instances } = (await get(`${find}&origin=1`)).json as { instances: readonly Shown[] }
    const origins = Object.fromEntries(instances.map(({ hostName, cluster, stale }) => [hostName, { cluster, stale }]))
    assert.deepEqual(origins.here, { cluster: 'sc1', stale: false })
    assert.equal(origins.there?.cluster, 'sc2')
    const plain = (await get(find)).json as { instances: readonly Shown[] }
    for (const instance of plain.instances) assert.equal(instance.cluster, undefined)
  })

  it('names the services of both, and only its own nodes', async () => {
    const own = [selfInstanceId(node.catalog.replica.node)]
    const ids = async (path: string) =>
      ((await get(path)).json as { instances: readonly Shown[] }).instances.map(({ instanceId }) => instanceId)
    assert.deepEqual(await ids(`${REGISTRY}/health`), own)
    assert.deepEqual(await ids('/health'), own)
    assert.deepEqual(await ids(`${REGISTRY}/instances?appId=default&serviceName=SERVICECENTER`), own)
    const center = node.catalog.read(view => view.named(SCOPE, 'production', 'default', 'SERVICECENTER')[0]?.id)
    assert.deepEqual(await ids(`${REGISTRY}/microservices/${center}/instances`), own)
  })

  it('shows both in the dump, each under its cluster', async () => {
    const { json } = await get('/v4/default/admin/dump')
    const { cache } = json as { cache: { instances: readonly { cluster: string; value: Shown }[] } }
    const clusters = Object.fromEntries(cache.instances.map(({ cluster, value }) => [value.hostName, cluster]))
    assert.equal(clusters.here, 'sc1')
    assert.equal(clusters.there, 'sc2')
  })
})

describe('a node that may know nothing yet', () => {
  it('answers nothing but its health and version', async () => {
    const node = await startTestNode({}, {}, { peersConfigured: true })
    try {
      const refused = await call(node.url, 'GET', `${REGISTRY}/microservices`)
      assert.equal(errorOf(refused).errorCode, '400002')
      assert.equal((await call(node.url, 'GET', `${REGISTRY}/health`)).status, 200)
      assert.equal((await call(node.url, 'GET', `${REGISTRY}/version`)).status, 200)
    } finally {
      await node.close()
    }
  })
})

describe('version rules on find', () => {
  const rows: readonly (readonly ['off' | 'v3' | 'all', string, string, readonly string[]])[] = [
    ['v3', '/registry/v3', 'latest', ['2.0.0']],
    ['v3', '/registry/v3', '1.0.0%2B', ['1.0.0', '1.5.0', '2.0.0']],
    ['v3', '/registry/v3', '1.0.0-2.0.0', ['1.0.0', '1.5.0']],
    ['v3', '/registry/v3', '1.5.0', ['1.5.0']],
    ['v3', '/registry/v3', 'nonsense', ['1.0.0', '1.5.0', '2.0.0']],
    ['v3', REGISTRY, 'latest', ['1.0.0', '1.5.0', '2.0.0']],
    ['all', REGISTRY, 'latest', ['2.0.0']],
    ['off', '/registry/v3', 'latest', ['1.0.0', '1.5.0', '2.0.0']],
  ]
  for (const [versionRules, base, rule, expected] of rows) {
    it(`${versionRules}, ${base}, ${rule}: ${expected.join(', ')}`, async () => {
      const node = await startTestNode({ versionRules })
      try {
        for (const version of ['1.0.0', '1.5.0', '2.0.0']) {
          const { id } = await node.catalog.execute(registerService(SCOPE, draft('a', { version }), rules()))
          await node.catalog.execute(registerInstance(SCOPE, id, { hostName: 'h' }, rules()))
        }
        const { json } = await call(node.url, 'GET', `${base}/instances?appId=app&serviceName=a&version=${rule}`)
        const { instances } = json as { instances: readonly { version: string }[] }
        assert.deepEqual(instances.map(({ version }) => version).toSorted(), expected)
      } finally {
        await node.close()
      }
    })
  }

  it('that match nothing are refused like an unknown provider', async () => {
    const node = await startTestNode({ versionRules: 'all' })
    try {
      await node.catalog.execute(registerService(SCOPE, draft('a'), rules()))
      const reply = await call(node.url, 'GET', `${REGISTRY}/instances?appId=app&serviceName=a&version=9.0.0`)
      assert.equal(errorOf(reply).errorCode, '400012')
    } finally {
      await node.close()
    }
  })
})

describe('a record that no other node would take', () => {
  it('is refused, and what comes with it in one frame is not', async () => {
    const [node, other] = [await startTestNode(), startTestCenter({ label: 'sc2' })]
    const domain = 'd'.repeat(1_150)
    const send = (method: string, path: string, body: unknown) =>
      call(node.url, method, path, { body, headers: { 'x-domain-name': domain } })
    for (const serviceName of ['provider', 'consumer']) {
      const service = { appId: 'app', serviceName, version: '1.0.0' }
      assert.equal((await send('POST', `${REGISTRY}/microservices`, { service })).status, 200)
    }
    const consumer = { appId: 'app', serviceName: 'consumer', version: '1.0.0' }
    const providers = [{ appId: 'app', serviceName: 'provider' }]
    const refused = [
      await send('POST', '/v1/default/gov/retry', { spec: { maxAttempts: 1 } }),
      await send('PUT', `${REGISTRY}/dependencies`, { dependencies: [{ consumer, providers }] }),
    ]
    for (const reply of refused) assert.match(errorOf(reply).detail ?? '', /names of domain.* 1200 at most/)
    learn(node.catalog, other)
    const names = other.read(view => view.services({ ...SCOPE, domain }).map(({ key }) => key.serviceName))
    assert.deepEqual(names.toSorted(), ['consumer', 'provider'])
    await node.close()
  })
})
