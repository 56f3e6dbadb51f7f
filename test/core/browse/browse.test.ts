import assert from 'node:assert/strict'
import type { Center } from '../../../src/center/center.ts'
import type { BrowseFilter } from '../../../src/center/ports.ts'
import { statusOf } from '../../../src/core/browse/status.ts'
import { registerInstance, setInstanceStatus } from '../../../src/core/commands/instance.ts'
import { registerService } from '../../../src/core/commands/service.ts'
import type { Entry } from '../../../src/core/entry.ts'
import { startTestCenter } from '../../helpers/center.ts'
import { LinkedCenters } from '../../helpers/linked-centers.ts'
import { draft, rules, SCOPE } from '../../helpers/rules.ts'

const filter = (more: Partial<BrowseFilter> = {}): BrowseFilter => ({
  scope: SCOPE,
  text: '',
  environment: undefined,
  appId: undefined,
  serviceName: undefined,
  version: undefined,
  cluster: undefined,
  state: undefined,
  sees: () => true,
  options: {},
  offset: 0,
  limit: 50,
  ...more,
})

const put = async (
  center: Center,
  name: string,
  more: Parameters<typeof draft>[1] = {},
  ids: readonly string[] = [],
) => {
  const { id } = await center.execute(registerService(SCOPE, draft(name, more), rules()))
  for (const instanceId of ids)
    await center.execute(registerInstance(SCOPE, id, { instanceId, hostName: 'h' }, rules()))
  return id
}

/** Two clusters: orders in both and in two versions, carts in sc2, an idle service in sc1. */
const shop = async () => {
  const world = new LinkedCenters()
  const [one, two] = [world.add('one', 'sc1'), world.add('two', 'sc2')]
  world.link(one, two)
  const orders = await put(one, 'orders', {}, ['o1', 'o2'])
  await put(two, 'orders', { version: '10.0.0' }, ['o3'])
  await put(two, 'orders', { version: '2.0.0' })
  await put(two, 'carts', { appId: 'web', environment: 'production', alias: 'baskets' }, ['c1'])
  await put(one, 'idle')
  await one.execute(setInstanceStatus(SCOPE, orders, 'o2', 'DOWN'))
  world.run(2_000)
  return { world, one, two, browse: one.insight.browse }
}

const names = (center: Center, more: Partial<BrowseFilter>): string[] =>
  center.insight.browse.services(filter(more)).rows.map(({ serviceName }) => serviceName)

const ids = (center: Center, more: Partial<BrowseFilter>): string[] =>
  center.insight.browse.instances(filter(more)).rows.map(({ instance }) => instance.instanceId)

describe('browsing the catalog', () => {
  it('shows a name once, with its versions in their order, its clusters and its instances', async () => {
    const { browse } = await shop()
    const { total, rows } = browse.services(filter())
    assert.equal(total, 3)
    assert.deepEqual(
      rows.map(({ serviceName, versions, clusters, instances, up }) => [
        serviceName,
        versions.map(({ version }) => version),
        clusters,
        instances,
        up,
      ]),
      [
        ['carts', ['1.0.0'], ['sc2'], 1, 1],
        ['idle', ['1.0.0'], ['sc1'], 0, 0],
        ['orders', ['1.0.0', '2.0.0', '10.0.0'], ['sc1', 'sc2'], 3, 2],
      ],
    )
  })

  it('filters by text, environment, application, name, version, cluster and state', async () => {
    const { one } = await shop()
    const cases: readonly (readonly [Partial<BrowseFilter>, readonly string[], readonly string[]])[] = [
      [{ text: 'ORD' }, ['orders'], ['o1', 'o2', 'o3']],
      [{ text: 'basket' }, ['carts'], ['c1']],
      [{ text: 'o3' }, [], ['o3']],
      [{ environment: 'production' }, ['carts'], ['c1']],
      [{ environment: '' }, ['idle', 'orders'], ['o1', 'o2', 'o3']],
      [{ appId: 'web' }, ['carts'], ['c1']],
      [{ serviceName: 'order' }, [], []],
      [{ version: '10.0.0' }, ['orders'], ['o3']],
      [{ cluster: 'sc1' }, ['idle', 'orders'], ['o1', 'o2']],
      [{ cluster: 'sc3' }, [], []],
      [{ state: 'DOWN' }, ['orders'], ['o2']],
      [{ state: 'UP' }, ['carts', 'orders'], ['c1', 'o1', 'o3']],
      [{ state: 'none' }, ['idle', 'orders'], []],
      [{ state: 'stale' }, [], []],
      [{ sees: ({ appId }) => appId === 'web' }, ['carts'], ['c1']],
      [{ options: { local: true } }, ['idle', 'orders'], ['o1', 'o2']],
    ]
    for (const [more, services, instances] of cases) {
      assert.deepEqual(names(one, more), services, `services ${JSON.stringify(more)}`)
      assert.deepEqual(ids(one, more).sort(), [...instances].sort(), `instances ${JSON.stringify(more)}`)
    }
  })

  it('cuts pages that meet each other', async () => {
    const { one } = await shop()
    const pages = [0, 1, 2, 3].map(offset => ids(one, { offset, limit: 1 }))
    assert.deepEqual(pages.flat(), ids(one, {}))
    assert.equal(one.insight.browse.instances(filter({ offset: 2, limit: 1 })).total, 4)
    assert.deepEqual(names(one, { offset: 1, limit: 1 }), ['idle'])
  })

  it('says where an instance comes from, who holds it, and what is left of its lease where that is known', async () => {
    const { world, one, two } = await shop()
    world.run(10_000)
    const row = (center: Center, id: string) =>
      center.insight.browse.instances(filter()).rows.find(({ instance }) => instance.instanceId === id)
    assert.deepEqual(
      [row(one, 'o3')?.cluster, row(one, 'o3')?.holder, row(one, 'o3')?.local, row(one, 'o3')?.leaseLeftMs],
      ['sc2', 'two', false, undefined],
    )
    const left = row(two, 'o3')?.leaseLeftMs ?? 0
    assert.ok(left > 100_000 && left < 112_000, `${left} ms left`)
  })

  it('marks what cannot be reached as stale', async () => {
    const { world, one, two } = await shop()
    world.stop(two)
    world.run(10_000)
    assert.deepEqual(ids(one, { state: 'stale' }).sort(), ['c1', 'o3'])
    assert.equal(one.insight.browse.facets(filter()).stale, 2)
  })

  it('counts a project and names what there is to choose from', async () => {
    const { browse } = await shop()
    const { environments, apps, clusters, services, instances, up } = browse.facets(filter())
    assert.deepEqual(
      [environments, apps],
      [
        ['', 'production'],
        ['app', 'web'],
      ],
    )
    assert.deepEqual([services, instances, up], [5, 4, 3])
    assert.deepEqual(
      clusters.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      [
        { name: 'sc1', services: 2, instances: 2, stale: 0 },
        { name: 'sc2', services: 3, instances: 2, stale: 0 },
      ],
    )
  })

  it('details a service: registrations, versions, relations across clusters, and what is missing', async () => {
    const { world, one, two } = await shop()
    const consumer = await put(two, 'shop')
    await two.execute(tx => {
      const found = tx.view.service(SCOPE, consumer)
      if (found === undefined) return
      tx.putDependency(found, { appId: 'app', serviceName: 'orders' })
      tx.putDependency(found, { appId: 'app', serviceName: 'nowhere' })
    })
    world.run(1_000)
    const detail = one.insight.browse.detail(SCOPE, consumer, {}, () => true)
    assert.deepEqual(
      detail.registrations.map(({ cluster, node }) => [cluster, node]),
      [['sc2', 'two']],
    )
    assert.deepEqual(
      detail.providers.map(({ serviceName, version, clusters }) => [serviceName, version, clusters]).sort(),
      [
        ['orders', '1.0.0', ['sc1']],
        ['orders', '10.0.0', ['sc2']],
        ['orders', '2.0.0', ['sc2']],
      ],
    )
    assert.deepEqual(detail.missing, [{ appId: 'app', serviceName: 'nowhere' }])
    const provider = detail.providers[0]?.serviceId ?? ''
    const seen = one.insight.browse.detail(SCOPE, provider, {}, () => true)
    assert.deepEqual(
      seen.consumers.map(({ serviceName }) => serviceName),
      ['shop'],
    )
    assert.equal(one.insight.browse.detail(SCOPE, provider, {}, () => false).consumers.length, 0)
    assert.equal(seen.versions.length, 3)
  })

  it('reads a status without decoding, also where a property is called status', async () => {
    const center = startTestCenter()
    const id = await put(center, 'a', {}, ['plain'])
    const tricky = {
      instanceId: 'tricky',
      hostName: 'status',
      status: 'TESTING',
      properties: { status: 'UP', a: 'status' },
    }
    await center.execute(registerInstance(SCOPE, id, tricky, rules()))
    const status = (instanceId: string) =>
      statusOf(center.read(view => view.service(SCOPE, id)?.instance(instanceId)) as Entry)
    assert.deepEqual([status('plain'), status('tricky')], ['UP', 'TESTING'])
  })
})
