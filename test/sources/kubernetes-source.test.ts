import assert from 'node:assert/strict'
import type { Center } from '../../src/center/center.ts'
import type { Instance } from '../../src/core/model.ts'
import { WITHHELD } from '../../src/core/why/facts.ts'
import { outsideOf } from '../../src/outside.ts'
import { DEFAULT_KUBERNETES_OPTIONS, type KubernetesOptions } from '../../src/sources/kubernetes/options.ts'
import { createKubernetesSource } from '../../src/sources/kubernetes/source.ts'
import type { Source } from '../../src/sources/source.ts'
import { startTestCenter, systemClock } from '../helpers/center.ts'
import { silentLog } from '../helpers/node.ts'
import { SCOPE } from '../helpers/rules.ts'
import { until } from '../helpers/until.ts'
import { FakeKubernetes, node, service, slice } from './fake-kubernetes.ts'

/** Far more than it takes: the machine may be busy. */
const DEADLINE_MS = 20_000

describe('Kubernetes source', function () {
  this.timeout(60_000)

  let kubernetes: FakeKubernetes
  let catalog: Center
  let sources: Source[]

  beforeEach(() => {
    kubernetes = new FakeKubernetes()
    catalog = startTestCenter()
    sources = []
  })

  afterEach(async () => {
    await Promise.all(sources.map(source => source.stop()))
  })

  async function run(options: Partial<KubernetesOptions> = {}): Promise<Source> {
    const source = await createKubernetesSource(
      { ...DEFAULT_KUBERNETES_OPTIONS, ...options },
      {
        catalog,
        clock: systemClock,
        random: { hex: () => '00', fraction: () => 0.5 },
        log: silentLog,
        api: kubernetes,
        probe: async (_host, port) => port !== 81,
      },
    )
    sources.push(source)
    source.start()
    await until('the source is live', DEADLINE_MS, () => source.status().state === 'live')
    return source
  }

  const find = (serviceName: string, appId = 'default') =>
    catalog.read(view => view.named(SCOPE, undefined, appId, serviceName))
  const endpoints = (serviceName: string, appId = 'default'): string[] =>
    find(serviceName, appId)
      .flatMap(each => each.instances())
      .flatMap(each => each.read().endpoints ?? [])
      .sort()
  const instancesOf = (serviceName: string, appId = 'default'): Instance[] =>
    find(serviceName, appId).flatMap(each => each.instances().map(instance => instance.read()))
  const shows = (serviceName: string, expected: string[], appId = 'default') =>
    until(`${serviceName} has ${expected}`, DEADLINE_MS, () => {
      assert.deepEqual(endpoints(serviceName, appId), expected)
      return true
    })

  it('registers a Service and its ready endpoints as the reference maps them', async () => {
    kubernetes.put(
      'nodes',
      node('n1', { labels: { 'topology.kubernetes.io/region': 'r', 'topology.kubernetes.io/zone': 'z' } }),
    )
    kubernetes.put(
      'services',
      service('shop', 'orders', { labels: { app: 'shop', version: '1.2.0', environment: 'production' } }),
    )
    kubernetes.put('endpointslices', slice('shop', 'orders', [{ ip: '10.1.0.7', pod: 'orders-a', node: 'n1' }]))
    await run()
    await shows('orders', ['rest://10.1.0.7:8080'], 'shop')
    const [found] = find('orders', 'shop')
    const { timestamp: _a, modTimestamp: _b, ...instance } = instancesOf('orders', 'shop')[0] ?? assert.fail()
    assert.deepEqual(instance, {
      instanceId: '00ordersa',
      endpoints: ['rest://10.1.0.7:8080'],
      hostName: 'orders-a',
      status: 'UP',
      properties: { nodeIP: '192.168.0.1', kubernetesService: 'shop/orders' },
      dataCenterInfo: { name: '', region: 'r', availableZone: 'z' },
      version: '1.2.0',
    })
    assert.deepEqual(found?.read(), {
      environment: 'production',
      appId: 'shop',
      serviceName: 'orders',
      version: '1.2.0',
      level: 'BACK',
      status: 'UP',
      properties: { namespace: 'shop', type: 'ClusterIP', kubernetesService: 'shop/orders' },
      registerBy: 'PLATFORM',
      framework: { name: 'Kubernetes' },
      timestamp: '1767225600',
      modTimestamp: '1767225600',
    })
    assert.equal(found?.id, found?.sid)
  })

  it('follows scaling and terminating endpoints', async () => {
    kubernetes.put('services', service('shop', 'orders'))
    await run()
    kubernetes.put(
      'endpointslices',
      slice('shop', 'orders', [
        { ip: '10.1.0.7', pod: 'a' },
        { ip: '10.1.0.8', pod: 'b' },
      ]),
    )
    await shows('orders', ['rest://10.1.0.7:8080', 'rest://10.1.0.8:8080'])
    kubernetes.put(
      'endpointslices',
      slice('shop', 'orders', [
        { ip: '10.1.0.7', pod: 'a', ready: false },
        { ip: '10.1.0.8', pod: 'b' },
      ]),
    )
    await shows('orders', ['rest://10.1.0.8:8080'])
    kubernetes.delete('endpointslices', 'shop', 'orders-1')
    await shows('orders', [])
    assert.equal(find('orders').length, 1)
    kubernetes.delete('services', 'shop', 'orders')
    await until('the service is gone', DEADLINE_MS, () => find('orders').length === 0)
  })

  it('moves a service whose labels change', async () => {
    kubernetes.put('services', service('shop', 'orders', { labels: { app: 'one' } }))
    kubernetes.put('endpointslices', slice('shop', 'orders', [{ ip: '10.1.0.7', pod: 'a' }]))
    await run()
    await shows('orders', ['rest://10.1.0.7:8080'], 'one')
    kubernetes.put('services', service('shop', 'orders', { labels: { app: 'two' } }))
    await shows('orders', ['rest://10.1.0.7:8080'], 'two')
    await until('the old one is gone', DEADLINE_MS, () => find('orders', 'one').length === 0)
  })

  it('keeps two namespaces with the same name apart, and says so', async () => {
    kubernetes.put('services', service('old', 'orders', { created: '2026-01-01T00:00:00Z' }))
    kubernetes.put('services', service('new', 'orders', { created: '2026-02-01T00:00:00Z' }))
    kubernetes.put('endpointslices', slice('old', 'orders', [{ ip: '10.1.0.7', pod: 'a' }]))
    kubernetes.put('endpointslices', slice('new', 'orders', [{ ip: '10.1.0.8', pod: 'b' }]))
    const source = await run()
    await shows('orders', ['rest://10.1.0.7:8080'])
    await shows('orders.new', ['rest://10.1.0.8:8080'])
    await until('an alarm', DEADLINE_MS, () => source.status().alarms[0]?.id === 'KubernetesNameCollision')
    kubernetes.delete('services', 'old', 'orders')
    await shows('orders', ['rest://10.1.0.8:8080'])
    await until('the longer name is gone', DEADLINE_MS, () => find('orders.new').length === 0)
    await until('no alarm', DEADLINE_MS, () => source.status().alarms.length === 0)
  })

  it('is frozen without the API server: creates and removes nothing, and catches up after it', async () => {
    kubernetes.put('services', service('shop', 'orders'))
    kubernetes.put('endpointslices', slice('shop', 'orders', [{ ip: '10.1.0.7', pod: 'a' }]))
    const source = await run()
    await shows('orders', ['rest://10.1.0.7:8080'])
    kubernetes.down()
    await until('it is frozen', DEADLINE_MS, () => source.status().state === 'frozen')
    kubernetes.put('endpointslices', slice('shop', 'orders', [{ ip: '10.1.0.9', pod: 'c' }]))
    assert.deepEqual(endpoints('orders'), ['rest://10.1.0.7:8080'])
    kubernetes.up()
    await until('it is live', DEADLINE_MS, () => source.status().state === 'live')
    kubernetes.compact()
    await shows('orders', ['rest://10.1.0.9:8080'])
  })

  it('puts back what was removed behind its back, once the API server confirms it', async () => {
    kubernetes.put('services', service('shop', 'orders'))
    kubernetes.put('endpointslices', slice('shop', 'orders', [{ ip: '10.1.0.7', pod: 'a' }]))
    await run()
    await shows('orders', ['rest://10.1.0.7:8080'])
    await catalog.execute(tx => {
      for (const each of tx.view.services(SCOPE)) for (const instance of each.instances()) tx.removeInstance(instance)
    })
    await until('it is back', DEADLINE_MS, () => endpoints('orders').length === 1)
  })

  it('does not undo from an older picture what a sibling has seen', async () => {
    kubernetes.put('services', service('shop', 'orders'))
    kubernetes.put('endpointslices', slice('shop', 'orders', [{ ip: '10.1.0.7', pod: 'a' }]))
    await run()
    const { watches } = kubernetes
    await run()
    kubernetes.pause(watches)
    kubernetes.put('endpointslices', slice('shop', 'orders', [{ ip: '10.1.0.8', pod: 'b' }]))
    await shows('orders', ['rest://10.1.0.8:8080'])
    const events: string[] = []
    catalog.watch('*', event => events.push(event.action))
    const before = kubernetes.lists.length
    await until('the second asks the API server', DEADLINE_MS, () => kubernetes.lists.length >= before + 2)
    kubernetes.resume()
    await shows('orders', ['rest://10.1.0.8:8080'])
    assert.deepEqual(events, [])
  })

  it('writes a change once when several see it', async () => {
    kubernetes.put('services', service('shop', 'orders'))
    kubernetes.put('endpointslices', slice('shop', 'orders', [{ ip: '10.1.0.7', pod: 'a' }]))
    await run()
    await run()
    await shows('orders', ['rest://10.1.0.7:8080'])
    const events: string[] = []
    catalog.watch('*', event => events.push(`${event.action} ${event.instance.instanceId}`))
    kubernetes.put(
      'endpointslices',
      slice('shop', 'orders', [
        { ip: '10.1.0.7', pod: 'a' },
        { ip: '10.1.0.8', pod: 'b' },
      ]),
    )
    await shows('orders', ['rest://10.1.0.7:8080', 'rest://10.1.0.8:8080'])
    kubernetes.put('endpointslices', slice('shop', 'orders', []))
    await shows('orders', [])
    assert.deepEqual(events.sort(), ['CREATE 00b', 'DELETE 00a', 'DELETE 00b'])
  })

  it('says which Services are withheld by their annotation, for those who ask why', async () => {
    kubernetes.put('services', service('shop', 'orders', { annotations: { register: 'false' } }))
    kubernetes.put('endpointslices', slice('shop', 'orders', [{ ip: '10.1.0.7', pod: 'orders-a' }]))
    const source = await run()
    await until('it is withheld', DEADLINE_MS, () => source.status().withheld?.has('shop/orders') ?? false)
    const [{ id, detail } = assert.fail()] = outsideOf(undefined, [source]).notes
    assert.deepEqual([id, source.status().alarms], [WITHHELD, []])
    assert.match(detail, /service-center\.servicecomb\.io\/register is "false"/)
    kubernetes.put('services', service('shop', 'orders'))
    await shows('orders', ['rest://10.1.0.7:8080'])
    assert.deepEqual(outsideOf(undefined, [source]).notes, [])
  })

  it('leaves alone what applications registered themselves', async () => {
    const key = { ...SCOPE, environment: '', appId: 'default', serviceName: 'orders', version: '0.0.1' }
    const own = {
      appId: 'default',
      serviceName: 'orders',
      version: '0.0.1',
      level: 'FRONT',
      status: 'UP',
      timestamp: '1',
      modTimestamp: '1',
    }
    await catalog.execute(tx => {
      const registered = tx.putService(key, own)
      tx.putInstance(registered, {
        instanceId: 'sdk',
        hostName: 'h',
        status: 'UP',
        endpoints: ['rest://10.1.0.1:1'],
        timestamp: '1',
        modTimestamp: '1',
        version: '0.0.1',
      })
    })
    kubernetes.put('services', service('shop', 'orders'))
    kubernetes.put('endpointslices', slice('shop', 'orders', [{ ip: '10.1.0.7', pod: 'a' }]))
    await run()
    await shows('orders', ['rest://10.1.0.1:1', 'rest://10.1.0.7:8080'])
    assert.equal(find('orders')[0]?.read().level, 'FRONT')
    kubernetes.delete('services', 'shop', 'orders')
    await shows('orders', ['rest://10.1.0.1:1'])
  })

  it('shows other clusters the exported addresses only', async () => {
    const ports = [{ name: '', port: 80, protocol: 'TCP', nodePort: 31000 }]
    kubernetes.put(
      'nodes',
      node('n1', {
        addresses: [
          { type: 'InternalIP', address: '192.168.0.1' },
          { type: 'ExternalIP', address: '203.0.113.1' },
        ],
      }),
    )
    kubernetes.put('services', service('shop', 'orders', { spec: { type: 'NodePort', ports } }))
    kubernetes.put('endpointslices', slice('shop', 'orders', [{ ip: '10.1.0.7', pod: 'a', node: 'n1' }]))
    await run({ export: { kind: 'nodePort' }, exportCheck: true })
    await shows('orders', ['rest://10.1.0.7:8080'])
    await until('it was found reachable', DEADLINE_MS, () => {
      const [instance] = find('orders').flatMap(each => each.instances())
      assert.deepEqual(instance?.registered().exportedEndpoints, ['rest://203.0.113.1:31000'])
      return true
    })
    assert.ok(!('exportedEndpoints' in (instancesOf('orders')[0] ?? {})))
  })

  it('does without nodes when it may not read them', async () => {
    kubernetes.forbid('nodes')
    kubernetes.put('services', service('shop', 'orders'))
    kubernetes.put('endpointslices', slice('shop', 'orders', [{ ip: '10.1.0.7', pod: 'a', node: 'n1', zone: 'z' }]))
    const source = await run()
    await shows('orders', ['rest://10.1.0.7:8080'])
    assert.equal(instancesOf('orders')[0]?.dataCenterInfo?.availableZone, 'z')
    await until('an alarm', DEADLINE_MS, () => source.status().alarms.some(alarm => alarm.id === 'KubernetesApi'))
  })
})
