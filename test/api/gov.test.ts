import assert from 'node:assert/strict'
import { problems, SPEC_SCHEMAS } from '../../src/api/gov/spec.ts'
import type { ApiOptions } from '../../src/api/options.ts'
import { learn } from '../helpers/center.ts'
import { call, errorOf, type Reply } from '../helpers/http.ts'
import { KieStub } from '../helpers/kie.ts'
import { startTestNode, type TestNode } from '../helpers/node.ts'

const GOV = '/v1/default/gov'
const GROUP = {
  name: 'login',
  selector: { app: 'shop', environment: 'production' },
  spec: { alias: 'Logins', matches: [{ name: 'one', apiPath: { exact: '/login' }, method: ['POST'] }] },
}
const RETRY = { name: 'login', selector: GROUP.selector, spec: { maxAttempts: 3, retryOnSame: 0 } }

interface Rule {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly spec: Readonly<Record<string, unknown>>
  readonly status: string
  readonly creatTime: number
}

describe('governance rules', () => {
  describe('what a spec must hold', () => {
    const rows: readonly (readonly [string, unknown, readonly string[]])[] = [
      ['match-group', GROUP.spec, []],
      ['match-group', {}, ['spec.matches is required', 'spec.alias is required']],
      ['match-group', { alias: '', matches: [] }, ['spec.matches must be at least 1', 'spec.alias must be at least 1']],
      ['match-group', { alias: 'a', matches: [{ name: 'n', method: ['BREW'] }] }, ['spec.matches[0].method[0]']],
      ['match-group', { alias: 'a', matches: [{ name: 'n', apiPath: {}, headers: 1 }] }, ['apiPath', 'headers']],
      ['retry', { maxAttempts: 1 }, []],
      ['retry', { maxAttempts: 1, retryOnSame: -1 }, ['spec.retryOnSame must be at least 0']],
      ['retry', { maxAttempts: 1, retryOnSame: 1.5 }, ['spec.retryOnSame must be of type integer']],
      ['rate-limiting', { rate: 10 }, []],
      ['loadbalance', { rule: '' }, ['spec.rule must be at least 1']],
      ['circuit-breaker', { minimumNumberOfCalls: '5' }, ['spec.minimumNumberOfCalls must be of type integer']],
      ['instance-isolation', {}, ['spec.minimumNumberOfCalls is required']],
      ['fault-injection', { percentage: -0.5 }, ['spec.percentage must be at least 0']],
      ['bulkhead', { maxConcurrentCalls: 1 }, []],
    ]
    for (const [kind, spec, complaints] of rows) {
      it(`${kind} ${JSON.stringify(spec)}`, () => {
        const schema = SPEC_SCHEMAS[kind]
        assert.ok(schema)
        const found = problems(schema, spec, 'spec')
        assert.equal(found.length, complaints.length, found.join('; '))
        for (const complaint of complaints)
          assert.ok(
            found.some(each => each.includes(complaint)),
            found.join('; '),
          )
      })
    }
  })

  const nodes: TestNode[] = []
  const start = async (options: Partial<ApiOptions> = {}, label = 'sc1'): Promise<TestNode> => {
    const node = await startTestNode(options, {}, { label })
    nodes.push(node)
    return node
  }

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(node => node.close()))
  })

  const create = async (node: TestNode, kind: string, body: unknown): Promise<string> => {
    const reply = await call(node.url, 'POST', `${GOV}/${kind}`, { body })
    assert.equal(reply.status, 200, reply.text)
    return (reply.json as Rule).id
  }

  const rules = async (node: TestNode, path: string): Promise<readonly Rule[]> => {
    const reply = await call(node.url, 'GET', `${GOV}/${path}`)
    assert.equal(reply.status, 200, reply.text)
    return reply.json as readonly Rule[]
  }

  const refused = (reply: Reply, code: string): string => {
    const { errorCode, detail = '' } = errorOf(reply)
    assert.equal(errorCode, code, reply.text)
    return detail
  }

  describe('in the catalog', () => {
    it('are created, read, changed and deleted', async () => {
      const node = await start()
      const id = await create(node, 'retry', RETRY)
      const one = `${GOV}/retry/${id}`
      const { creatTime, ...rule } = (await call(node.url, 'GET', one)).json as Rule
      assert.ok(creatTime > 1_600_000_000)
      assert.deepEqual(rule, { ...RETRY, id, kind: 'retry', status: 'enabled', updateTime: creatTime })
      const changed = await call(node.url, 'PUT', one, { body: { status: 'disabled', spec: { maxAttempts: 5 } } })
      assert.deepEqual([changed.status, changed.text], [200, ''])
      const [after] = await rules(node, 'retry?environment=all')
      assert.deepEqual([after?.name, after?.status, after?.spec], ['login', 'disabled', { maxAttempts: 5 }])
      assert.equal((await call(node.url, 'DELETE', one)).status, 200)
      assert.match(refused(await call(node.url, 'GET', one), '400001'), /does not exist/)
      assert.deepEqual(await rules(node, 'retry?environment=all'), [])
    })

    it('are listed by application and environment, each project for itself', async () => {
      const node = await start()
      await create(node, 'retry', RETRY)
      await create(node, 'retry', { ...RETRY, name: 'anywhere', selector: { app: 'shop' } })
      const names = async (query: string) => (await rules(node, `retry${query}`)).map(({ name }) => name).toSorted()
      assert.deepEqual(await names('?environment=all'), ['anywhere', 'login'])
      assert.deepEqual(await names(''), ['anywhere'])
      assert.deepEqual(await names('?app=shop&env=production'), ['login'])
      assert.deepEqual(await names('?app=other&environment=all'), [])
      const elsewhere = await call(node.url, 'GET', '/v1/other/gov/retry?environment=all')
      assert.deepEqual(elsewhere.json, [])
      const headers = { 'x-domain-name': 'default/default' }
      assert.deepEqual((await call(node.url, 'GET', `${GOV}/retry?environment=all`, { headers })).json, [])
    })

    it('are displayed by match group, whose deletion takes them along', async () => {
      const node = await start()
      const group = await create(node, 'match-group', GROUP)
      await create(node, 'retry', RETRY)
      await create(node, 'bulkhead', { ...RETRY, spec: { maxConcurrentCalls: 1 } })
      await create(node, 'bulkhead', { ...RETRY, name: 'other', spec: { maxConcurrentCalls: 1 } })
      const [shown] = (await rules(node, 'display?environment=all')) as unknown as {
        readonly matchGroup: Rule
        readonly policies: readonly Rule[]
      }[]
      assert.equal(shown?.matchGroup.name, 'login')
      assert.deepEqual(
        shown?.policies.map(({ kind, name }) => [kind, name]),
        [
          ['retry', 'login'],
          ['bulkhead', 'login'],
        ],
      )
      await call(node.url, 'DELETE', `${GOV}/match-group/${group}`)
      assert.deepEqual(await rules(node, 'display?environment=all'), [])
      assert.deepEqual(await rules(node, 'retry?environment=all'), [])
      assert.equal((await rules(node, 'bulkhead?environment=all')).length, 1)
    })

    it('give match groups a name and an alias', async () => {
      const node = await start()
      await create(node, 'match-group', { spec: { ...GROUP.spec, alias: 'shown' } })
      const [group] = await rules(node, 'match-group')
      assert.match(group?.name ?? '', /^scene-[0-9a-z]{4}$/)
    })

    it('are refused in the reference’s words', async () => {
      const node = await start()
      await create(node, 'retry', RETRY)
      const nested = `{"spec":{"maxAttempts":${'['.repeat(40)}${']'.repeat(40)}}}`
      const rows: readonly (readonly [string, unknown, RegExp])[] = [
        ['brew', RETRY, /^not support kind\[brew\] yet$/],
        ['constructor', RETRY, /^not support kind/],
        ['display', RETRY, /^not support kind/],
        ['retry', { ...RETRY, spec: {} }, /^illegal policy\[retry\] spec, msg: spec.maxAttempts is required$/],
        ['retry', {}, /^illegal policy/],
        ['retry', { spec: 'x' }, /cannot unmarshal string/],
        ['retry', '{', /^unexpected end of JSON input$/],
        ['retry', nested, /32 deep/],
        ['retry', '{"spec":{"maxAttempts":1e999}}', /float64/],
        ['retry', RETRY, /exists/],
      ]
      for (const [kind, body, detail] of rows)
        assert.match(refused(await call(node.url, 'POST', `${GOV}/${kind}`, { body }), '400001'), detail)
      const missing = await call(node.url, 'PUT', `${GOV}/retry/nowhere`, { body: RETRY })
      assert.match(refused(missing, '400001'), /does not exist/)
      assert.match(refused(await call(node.url, 'DELETE', `${GOV}/retry/nowhere`), '400001'), /does not exist/)
    })

    it('are the federation’s where its nodes trust each other, else the cluster’s', async () => {
      const [here, there, open] = [
        await start(),
        await start({ federated: true }, 'sc2'),
        await start({ federated: false }, 'sc3'),
      ]
      const id = await create(here, 'retry', RETRY)
      learn(here.catalog, there.catalog)
      learn(here.catalog, open.catalog)
      assert.deepEqual(await rules(open, 'retry?environment=all'), [])
      assert.equal((await rules(there, 'retry?environment=all')).length, 1)
      assert.equal((await call(there.url, 'DELETE', `${GOV}/retry/${id}`)).status, 200)
      learn(there.catalog, here.catalog)
      assert.equal((await rules(here, 'retry?environment=all')).length, 1)
    })
  })

  describe('with a KIE server', () => {
    let kie: KieStub

    beforeEach(async () => {
      kie = await KieStub.start()
    })

    afterEach(() => kie.stop())

    it('are kept there', async () => {
      const node = await start({ gov: { kieEndpoint: `${kie.url}/` } })
      const group = await create(node, 'match-group', GROUP)
      const retry = await create(node, 'retry', RETRY)
      await create(node, 'rate-limiting', { ...RETRY, spec: { rate: 1 } })
      assert.deepEqual(
        kie.entries.map(({ key, labels }) => [key, labels]),
        ['matchGroup', 'retry', 'rateLimiting'].map(kind => [`servicecomb.${kind}.login`, GROUP.selector]),
      )
      assert.equal(kie.entries[1]?.value, 'maxAttempts: 3\nretryOnSame: 0\n')
      const read = (await call(node.url, 'GET', `${GOV}/retry/${retry}`)).json as Rule
      assert.deepEqual([read.name, read.kind, read.spec], ['login', 'retry', RETRY.spec])
      assert.equal((await rules(node, 'retry?app=shop&environment=production')).length, 1)
      assert.equal((await rules(node, 'retry?app=none&environment=all')).length, 0)
      const [shown] = (await rules(node, 'display?environment=all')) as unknown as { policies: readonly Rule[] }[]
      assert.equal(shown?.policies.length, 2)
      const changed = { status: 'disabled', spec: { maxAttempts: 4 } }
      assert.equal((await call(node.url, 'PUT', `${GOV}/retry/${retry}`, { body: changed })).status, 200)
      assert.equal(kie.entries[1]?.value, 'maxAttempts: 4\n')
      await call(node.url, 'DELETE', `${GOV}/match-group/${group}`)
      assert.deepEqual(kie.entries, [])
    })

    it('answer 500003 when it does not', async () => {
      const node = await start({ gov: { kieEndpoint: kie.url } })
      refused(await call(node.url, 'GET', `${GOV}/retry/nowhere`), '500003')
      await kie.stop()
      assert.match(refused(await call(node.url, 'GET', `${GOV}/retry`), '500003'), /KIE at http/)
    })
  })
})
