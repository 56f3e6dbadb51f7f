import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Center } from '../../src/center/center.ts'
import { unregisterInstance } from '../../src/core/commands/instance.ts'
import { DEFAULT_SERVICE_CENTER_OPTIONS, type ServiceCenterOptions } from '../../src/sources/servicecenter/options.ts'
import { createServiceCenterSource } from '../../src/sources/servicecenter/source.ts'
import { clusterIdOf } from '../../src/sources/servicecenter/stand-in.ts'
import type { Source } from '../../src/sources/source.ts'
import { startTestCenter, systemClock } from '../helpers/center.ts'
import { silentLog } from '../helpers/node.ts'
import { refused } from '../helpers/refused.ts'
import { SCOPE } from '../helpers/rules.ts'
import { until } from '../helpers/until.ts'
import { FakeCenter } from './fake-center.ts'

/** Far more than it takes: the machine may be busy. */
const DEADLINE_MS = 20_000
const INTERVAL_MS = 100

describe('Older service center', function () {
  this.timeout(60_000)

  let center: FakeCenter
  let catalog: Center
  let sources: Source[]
  /** How far a source's clock runs ahead. */
  let aheadMs: number

  beforeEach(async () => {
    center = await FakeCenter.start()
    catalog = startTestCenter()
    sources = []
    aheadMs = 0
  })

  afterEach(async () => {
    await Promise.all(sources.map(source => source.stop()))
    await center.close()
  })

  function run(options: Partial<ServiceCenterOptions> = {}): Source {
    const clusters = [{ name: 'old', urls: [center.url] }]
    const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + aheadMs }
    const source = createServiceCenterSource(
      { ...DEFAULT_SERVICE_CENTER_OPTIONS, clusters, intervalMs: INTERVAL_MS, ...options },
      { catalog, clock, random: { hex: () => '00', fraction: () => 0.5 }, log: silentLog },
    )
    sources.push(source)
    source.start()
    return source
  }

  const named = (serviceName: string) => catalog.read(view => view.named(SCOPE, undefined, 'shop', serviceName))
  const ids = (serviceName: string): string[] =>
    named(serviceName)
      .flatMap(each => each.instances())
      .map(each => each.instanceId)
      .sort()
  const shows = (serviceName: string, expected: string[]) =>
    until(`${serviceName} has ${expected}`, DEADLINE_MS, () => {
      assert.deepEqual(ids(serviceName), expected)
      return true
    })
  /** Two more dumps have been taken over. */
  const polled = async () => {
    const dumps = () => center.requests.filter(path => path.endsWith('/dump')).length
    const before = dumps()
    await until('two dumps', DEADLINE_MS, () => dumps() >= before + 3)
  }

  it('shows what the center has, as its cluster, under its ids', async () => {
    const id = center.service('orders', { alias: 'o', properties: { a: 'b' }, description: 'text' })
    center.instance(id, 'i1')
    center.put('serviceTags', `/cse-sr/ms/tags/default/default/${id}`, { colour: 'red' })
    center.put('summaries', `/cse-sr/ms/schema-sum/default/default/${id}/api`, 'abc')
    center.schemas.set(id, [{ schemaId: 'api', summary: 'abc', schema: 'swagger' }])
    const consumer = center.service('web')
    center.put('dependencyRules', '/cse-sr/ms/dep-rules/default/default/c//shop/web/1.0.0', {
      Dependency: [{ tenant: 'default/default', appId: 'shop', serviceName: 'orders', version: '0.0.0+' }],
    })
    run()
    await shows('orders', ['i1'])
    await until('its schema', DEADLINE_MS, () => named('orders')[0]?.schema('api')?.content() === 'swagger')
    const [service] = named('orders')
    assert.equal(service?.id, id)
    assert.equal(service?.local, false)
    assert.equal(service?.alias, 'o')
    assert.deepEqual(service?.tags(), { colour: 'red' })
    assert.equal(service?.read().description, 'text')
    const [instance] = service?.instances() ?? []
    assert.equal(instance?.origin().cluster, 'old')
    assert.equal(instance?.clusterId, clusterIdOf('old'))
    assert.deepEqual(instance?.read().endpoints, ['rest://10.0.0.1:8080?id=i1'])
    assert.deepEqual(
      catalog.read(view => view.providers(view.service(SCOPE, consumer) ?? assert.fail()).map(each => each.id)),
      [id],
    )
  })

  it('is read-only, and says whose it is', async () => {
    const id = center.service('orders')
    center.instance(id, 'i1')
    run()
    await shows('orders', ['i1'])
    const error = await refused('INSTANCE_NOT_FOUND', () => catalog.execute(unregisterInstance(SCOPE, id, 'i1')))
    assert.match(error.message, /cluster old/)
  })

  it('follows changes by key and revision', async () => {
    const id = center.service('orders')
    center.instance(id, 'i1')
    center.instance(id, 'i2')
    run()
    await shows('orders', ['i1', 'i2'])
    const written = () => catalog.replica.catalog.context.prefix(catalog.replica.epoch)
    const before = written()
    await polled()
    assert.equal(written(), before)
    center.instance(id, 'i1', { status: 'DOWN' })
    center.removeInstance(id, 'i2')
    await shows('orders', ['i1'])
    await until('the status', DEADLINE_MS, () => named('orders')[0]?.instance('i1')?.read().status === 'DOWN')
    center.remove('services', `/cse-sr/ms/files/default/default/${id}`)
    await until('the service is gone', DEADLINE_MS, () => named('orders').length === 0)
  })

  it('lets nothing back in that came from here', async () => {
    const key = { ...SCOPE, environment: '', appId: 'shop', serviceName: 'mine', version: '1.0.0' }
    const mine = {
      appId: 'shop',
      serviceName: 'mine',
      version: '1.0.0',
      level: 'BACK',
      status: 'UP',
      timestamp: '1',
      modTimestamp: '1',
    }
    await catalog.execute(tx => {
      const instance = {
        instanceId: 'm1',
        hostName: 'h',
        status: 'UP',
        timestamp: '1',
        modTimestamp: '1',
        version: '1.0.0',
      }
      tx.putInstance(tx.putService(key, mine), instance)
    })
    const labelled = center.service('mine', {}, 'sc1')
    center.instance(labelled, 'm1', {}, 'sc1')
    center.service('ghost', {}, 'sc1')
    const renamed = center.service('mine', { serviceId: 'other' })
    center.instance(renamed, 'm1')
    center.instance(center.service('orders'), 'i1')
    run()
    await shows('orders', ['i1'])
    await polled()
    assert.deepEqual(named('ghost'), [])
    assert.deepEqual(
      named('mine')[0]
        ?.instances()
        .map(each => each.origin().cluster),
      ['sc1'],
    )
    assert.equal(
      catalog.replica.directory.entry(named('mine')[0]?.sid ?? assert.fail(), clusterIdOf('old'), 'm1'),
      undefined,
    )
  })

  it('keeps what it last saw while the center is away, marks it, and says so', async () => {
    const id = center.service('orders')
    center.instance(id, 'i1')
    const source = run()
    await shows('orders', ['i1'])
    await center.close()
    await until('an alarm', DEADLINE_MS, () => source.status().alarms[0]?.id === 'ServiceCenterUnreachable')
    assert.equal(source.status().state, 'frozen')
    await until('it is stale', DEADLINE_MS, () => {
      catalog.tick()
      return named('orders')[0]?.instances()[0]?.origin().stale
    })
    assert.deepEqual(ids('orders'), ['i1'])
  })

  it('believes no torn dump', async () => {
    const id = center.service('orders')
    for (const instance of ['i1', 'i2']) center.instance(id, instance)
    const source = run()
    await shows('orders', ['i1', 'i2'])
    center.removeInstance(id, 'i2')
    center.tornAt = 300
    await until('an alarm', DEADLINE_MS, () => source.status().alarms.length === 1)
    assert.deepEqual(ids('orders'), ['i1', 'i2'])
    center.tornAt = undefined
    await shows('orders', ['i1'])
  })

  it('asks again before it believes that nearly everything is gone', async () => {
    const id = center.service('orders')
    const all = Array.from({ length: 10 }, (_, index) => `i${index}`)
    for (const instance of all) center.instance(id, instance)
    run()
    await shows('orders', all)
    for (const instance of all.slice(1)) center.removeInstance(id, instance)
    const gone = systemClock.monotonicMs()
    await until('it is believed', DEADLINE_MS, () => ids('orders').length === 1)
    assert.ok(systemClock.monotonicMs() - gone >= 4_000)
  })

  it('says that it is refused, and shows a token', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'grapevine-'))
    try {
      const tokenFile = join(folder, 'token')
      await writeFile(tokenFile, 'wrong\n')
      center.token = 'secret'
      center.instance(center.service('orders'), 'i1')
      const source = run({ tokenFile })
      await until('an alarm', DEADLINE_MS, () => /401/.test(source.status().alarms[0]?.detail ?? ''))
      await writeFile(tokenFile, 'secret\n')
      await shows('orders', ['i1'])
      await until('the alarm is over', DEADLINE_MS, () => source.status().alarms.length === 0)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('gives way to a node that replaces the center, a lease later', async () => {
    center.instance(center.service('orders'), 'i1')
    const source = run()
    await shows('orders', ['i1'])
    center.isNode = true
    await until(
      'it is a node',
      DEADLINE_MS,
      () => source.status().state === 'live' && center.requests.at(-1) === '/grapevine/v1/identity',
    )
    assert.deepEqual(ids('orders'), ['i1'])
    aheadMs = 121_000
    await until('it is gone', DEADLINE_MS, () => named('orders').length === 0)
  })
})
