import assert from 'node:assert/strict'
import { wishesOf } from '../../src/sources/kubernetes/annotations.ts'
import type { Wanted, WantedInstance } from '../../src/sources/kubernetes/desired.ts'
import { Desires } from '../../src/sources/kubernetes/desires.ts'
import { ExportRuleError, parseExportRule } from '../../src/sources/kubernetes/export-rule.ts'
import { readNode, readPod, readService, readSlice } from '../../src/sources/kubernetes/objects.ts'
import { ObjectsStore } from '../../src/sources/kubernetes/objects-store.ts'
import { DEFAULT_KUBERNETES_OPTIONS, type KubernetesOptions } from '../../src/sources/kubernetes/options.ts'
import { type FakeObject, node, type ServiceWish, service, slice } from './fake-kubernetes.ts'

/** What objects of an API server are mapped to, by service name. */
function mapped(objects: readonly FakeObject[], options: Partial<KubernetesOptions> = {}) {
  const refs = new Set<string>()
  const store = new ObjectsStore(ref => refs.add(ref))
  for (const object of objects) {
    if ('endpoints' in object) {
      const read = readSlice(object)
      if (read !== undefined) store.setSlice(read.ref, read)
    } else if ('ports' in ((object.spec as object | undefined) ?? {})) {
      const read = readService(object) ?? assert.fail()
      store.setService(read.ref, read)
    } else if (object.metadata.namespace === undefined) {
      const read = readNode(object) ?? assert.fail()
      store.setNode(read.ref, read)
    } else {
      const read = readPod(object) ?? assert.fail()
      store.setPod(read.ref, read)
    }
  }
  const desires = new Desires(store, { ...DEFAULT_KUBERNETES_OPTIONS, ...options }, undefined)
  for (const name of desires.refresh(refs)) desires.turn(name)
  const byName = new Map<string, Wanted>([...desires.all()].map(([, wanted]) => [wanted.key.serviceName, wanted]))
  const only = (): WantedInstance =>
    [...byName.values()].flatMap(each => [...each.instances.values()])[0] ?? assert.fail()
  return { byName, only, desires }
}

const orders = (wish: ServiceWish = {}) => service('shop', 'orders', wish)
const one = slice('shop', 'orders', [{ ip: '10.1.0.7', pod: 'a', node: 'n1' }])
const pod = (
  name: string,
  ip: string,
  more: { annotations?: Record<string, string>; hostNetwork?: boolean } = {},
): FakeObject => ({
  metadata: { namespace: 'shop', name, uid: `00-${name}`, annotations: more.annotations ?? {} },
  spec: { nodeName: 'n1', hostNetwork: more.hostNetwork ?? false },
  status: { phase: 'Running', hostIP: '192.168.0.9', podIP: ip, podIPs: [{ ip }] },
})

describe('Mapping of Kubernetes objects', () => {
  it('leaves out kube-system, the API server, and what says register: "false"', () => {
    const { byName } = mapped([
      service('kube-system', 'kube-dns'),
      service('default', 'kubernetes'),
      orders({ annotations: { register: 'false' } }),
      service('shop', 'web'),
    ])
    assert.deepEqual([...byName.keys()], ['web'])
  })

  it('takes only the namespaces it is told', () => {
    const objects = [orders(), service('other', 'web')]
    assert.deepEqual([...mapped(objects, { namespaces: ['other'] }).byName.keys()], ['web'])
  })

  it('reads annotations before labels', () => {
    const annotations = {
      name: 'Orders',
      app: 'crm',
      version: '2.1',
      environment: 'testing',
      'allow-cross-app': 'true',
    }
    const { byName } = mapped([orders({ labels: { app: 'a', version: '1', environment: 'production' }, annotations })])
    const { key, service: described } = byName.get('Orders') ?? assert.fail()
    assert.deepEqual([key.appId, key.version, key.environment], ['crm', '2.1', 'testing'])
    assert.equal(described.properties?.allowCrossApp, 'true')
  })

  it('does without what is no version, environment or name, and says so', () => {
    const { byName, desires } = mapped([orders({ labels: { version: 'stable', environment: 'prod' } })])
    const { key } = byName.get('orders') ?? assert.fail()
    assert.deepEqual([key.version, key.environment], ['0.0.1', ''])
    assert.match(desires.names.faults.get('shop/orders') ?? '', /version="stable".*environment="prod"/)
    assert.equal(wishesOf({ labels: { version: 'v1.2' }, annotations: {} }).version, '1.2')
  })

  it('names schemes by protocol, port name and annotation', () => {
    const ports = [
      { name: 'HTTPS', port: 8443, protocol: 'TCP' },
      { name: 'web', port: 8080, protocol: 'TCP' },
      { name: 'rpc', port: 9090, protocol: 'TCP' },
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'safe', port: 9443, protocol: 'TCP', appProtocol: 'https' },
    ]
    const annotated = orders({ annotations: { protocol: 'rpc=highway' } })
    const { only } = mapped([annotated, slice('shop', 'orders', [{ ip: '10.1.0.7', pod: 'a' }], { ports })])
    assert.deepEqual(only().endpoints, [
      'rest://10.1.0.7:8443?sslEnabled=true',
      'rest://10.1.0.7:8080',
      'highway://10.1.0.7:9090',
      'udp://10.1.0.7:53',
      'rest://10.1.0.7:9443?sslEnabled=true',
    ])
  })

  it('makes one instance of a Pod with addresses of both families, the preferred first', () => {
    const six = slice('shop', 'orders', [{ ip: 'fd00::7', pod: 'a' }], { name: 'orders-6', addressType: 'IPv6' })
    const both = ['rest://10.1.0.7:8080', 'rest://[fd00::7]:8080']
    assert.deepEqual(mapped([orders(), six, one]).only().endpoints, both)
    const prefers = orders({ spec: { ipFamilies: ['IPv6', 'IPv4'] } })
    assert.deepEqual(mapped([prefers, six, one]).only().endpoints, both.toReversed())
  })

  it('takes endpoints written by hand, under an id that stays', () => {
    const manual = slice('shop', 'orders', [{ ip: '10.9.0.1' }])
    const { only } = mapped([orders(), manual])
    assert.match(only().instanceId, /^[0-9a-f]{32}$/)
    assert.deepEqual([only().hostName, only().endpoints], ['10.9.0.1', ['rest://10.9.0.1:8080']])
    assert.equal(mapped([orders(), manual]).only().instanceId, only().instanceId)
  })

  it('recognises a Pod by its address, unless that is its node’s', () => {
    const manual = slice('shop', 'orders', [{ ip: '10.9.0.1' }])
    assert.equal(mapped([orders(), manual, pod('b', '10.9.0.1')]).only().instanceId, '00b')
    assert.notEqual(mapped([orders(), manual, pod('b', '10.9.0.1', { hostNetwork: true })]).only().instanceId, '00b')
  })

  it('weighs by the Pod before the Service', () => {
    const weighed = orders({ annotations: { weight: '5' } })
    assert.equal(mapped([weighed, one]).only().properties?.weight, '5')
    const heavy = pod('a', '10.1.0.7', { annotations: { 'service-center.servicecomb.io/weight': '9' } })
    assert.equal(mapped([weighed, one, heavy]).only().properties?.weight, '9')
  })

  it('places instances by labels of today, of yesterday, and by the slice', () => {
    const zone = (labels: Record<string, string>) =>
      mapped([orders(), one, node('n1', { labels })]).only().dataCenterInfo
    const place = { name: '', region: 'r', availableZone: 'z' }
    assert.deepEqual(zone({ 'topology.kubernetes.io/region': 'r', 'topology.kubernetes.io/zone': 'z' }), place)
    const old = 'failure-domain.beta.kubernetes.io'
    assert.deepEqual(zone({ [`${old}/region`]: 'r', [`${old}/zone`]: 'z' }), place)
    const sliced = slice('shop', 'orders', [{ ip: '10.1.0.7', pod: 'a', zone: 'z' }])
    assert.deepEqual(mapped([orders(), sliced]).only().dataCenterInfo, { ...place, region: '' })
  })

  it('does not take slices that are imported from elsewhere', () => {
    const imported = {
      ...one,
      metadata: { ...one.metadata, labels: { 'multicluster.kubernetes.io/service-name': 'orders' } },
    }
    assert.equal(mapped([orders(), imported]).byName.get('orders')?.instances.size, 0)
  })

  it('calls all Services name.namespace where it is told to', () => {
    const { byName, desires } = mapped([orders()], { namespacedNames: 'always' })
    assert.deepEqual([...byName.keys()], ['orders.shop'])
    assert.equal(desires.names.collisions.size, 0)
  })

  it('joins Services of one namespace that an annotation gives the same name', () => {
    const blue = service('shop', 'blue', { annotations: { name: 'orders' } })
    const other = slice('shop', 'blue', [{ ip: '10.1.0.8', pod: 'b' }])
    const { byName } = mapped([orders(), one, blue, other])
    assert.deepEqual([...(byName.get('orders')?.instances.keys() ?? [])].sort(), ['00a', '00b'])
  })
})

describe('Addresses for other clusters', () => {
  const ports = [{ name: '', port: 80, protocol: 'TCP', nodePort: 31000 }]
  const exported = (wish: ServiceWish, rule: string, more: readonly FakeObject[] = []) => {
    const { only, byName } = mapped([orders(wish), one, ...more], { export: parseExportRule(rule) })
    return { endpoints: only().exportedEndpoints, fault: byName.get('orders')?.exportFaults.get('shop/orders') }
  }

  it('are the Pods’ own unless something else is said', () => {
    assert.equal(exported({}, 'pod').endpoints, undefined)
    assert.deepEqual(exported({ annotations: { export: 'none' } }, 'pod').endpoints, [])
  })

  it('are the node’s at the node port, its outer address first', () => {
    const outer = {
      addresses: [
        { type: 'InternalIP', address: '192.168.0.1' },
        { type: 'ExternalIP', address: '203.0.113.1' },
      ],
    }
    assert.deepEqual(exported({ spec: { ports } }, 'nodePort', [node('n1', outer)]).endpoints, [
      'rest://203.0.113.1:31000',
    ])
    assert.match(exported({}, 'nodePort', [node('n1')]).fault ?? '', /has no node port/)
  })

  it('are the load balancer’s at the Service’s port', () => {
    const status = { loadBalancer: { ingress: [{ hostname: 'lb.example' }] } }
    assert.deepEqual(exported({ spec: { ports }, status }, 'loadBalancer').endpoints, ['rest://lb.example:80'])
    assert.match(exported({ spec: { ports } }, 'loadBalancer').fault ?? '', /no address yet/)
  })

  it('are those of a gateway for a network, with its port or the Pod’s', () => {
    assert.deepEqual(exported({}, '10.1.0.0/16=gw.example:9000').endpoints, ['rest://gw.example:9000'])
    assert.deepEqual(exported({}, '10.2.0.0/16=x,10.1.0.0/24=[fd00::1]').endpoints, ['rest://[fd00::1]:8080'])
    assert.match(exported({}, '10.2.0.0/16=x').fault ?? '', /no mapping holds 10\.1\.0\.7/)
  })

  it('are refused where the rule makes no sense', () => {
    for (const rule of ['pods', '10.1.0.0=gw', '10.1.0.0/33=gw', '10.1.0.0/16=', '10.1.0.0/16=gw:99999', 'x/8=gw'])
      assert.throws(() => parseExportRule(rule), ExportRuleError, rule)
  })
})
