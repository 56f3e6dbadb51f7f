import assert from 'node:assert/strict'
import type { Center } from '../../src/center/center.ts'
import { DEFAULT_KUBERNETES_OPTIONS } from '../../src/sources/kubernetes/options.ts'
import { createKubernetesSource } from '../../src/sources/kubernetes/source.ts'
import { learn, startTestCenter, systemClock } from '../helpers/center.ts'
import { silentLog } from '../helpers/node.ts'
import { SCOPE } from '../helpers/rules.ts'
import { until } from '../helpers/until.ts'
import { FakeKubernetes, node as machine, service, slice } from '../sources/fake-kubernetes.ts'
import { eachStage, REPAIR_MS, TIMEOUT_MS } from './stage.ts'

/** 2 s × (3 + 1). */
const LEASE_MS = 8_000
const DEADLINE_MS = 20_000

describe('museum F: addresses, loops, reaching across', function () {
  this.timeout(TIMEOUT_MS)
  const each = eachStage()

  it('hashicorp/consul-k8s#8: a NodePort service was registered under Pod addresses that lead nowhere from outside', async () => {
    const [catalog, abroad] = [startTestCenter(), startTestCenter({ label: 'sc2' })]
    const kubernetes = new FakeKubernetes()
    const outer = {
      addresses: [
        { type: 'ExternalIP', address: '203.0.113.1' },
        { type: 'InternalIP', address: '10.0.0.1' },
      ],
    }
    kubernetes.put('nodes', { ...machine('n1', {}), status: outer })
    const ports = [{ name: '', port: 80, protocol: 'TCP', nodePort: 31000 }]
    kubernetes.put('services', service('shop', 'orders', { spec: { type: 'NodePort', ports } }))
    kubernetes.put('endpointslices', slice('shop', 'orders', [{ ip: '10.1.0.7', pod: 'orders-a', node: 'n1' }]))
    const source = await createKubernetesSource(
      { ...DEFAULT_KUBERNETES_OPTIONS, export: { kind: 'nodePort' } },
      {
        catalog,
        clock: systemClock,
        random: { hex: () => '00', fraction: () => 0.5 },
        log: silentLog,
        api: kubernetes,
        probe: async () => true,
      },
    )
    source.start()
    const endpoints = (center: Center) =>
      center.read(view =>
        view.services(SCOPE).flatMap(each => each.instances().flatMap(found => found.read().endpoints ?? [])),
      )
    await until('it is synchronised', DEADLINE_MS, () => endpoints(catalog).length === 1)
    learn(catalog, abroad)
    assert.deepEqual(endpoints(catalog), ['rest://10.1.0.7:8080'], 'inside: the Pod')
    assert.deepEqual(endpoints(abroad), ['rest://203.0.113.1:31000'], 'outside: the node and its port')
    await source.stop()
    for (const center of [catalog, abroad]) center.leave()
  })

  it('nacos-group/nacos-sync#300: copies have to be marked, or they are synchronised on and back', async () => {
    const { stage } = each
    const nodes = ['a', 'b', 'c', 'd'].map((name, i) => stage.node(name, `sc${i + 1}`))
    const [a, b, c, d] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]]
    await stage.mesh(a, b, c, d)
    const written = stage.writes('')
    await stage.service(a, 'x')
    for (let round = 0; round < 10; round += 1) {
      await stage.register(a, 'x', { id: 'i', host: `host${round}` })
      await stage.run(300)
    }
    await stage.run(2 * REPAIR_MS)
    assert.deepEqual(
      written.filter(write => !write.startsWith('a ')),
      [],
      'nobody but its owner has written',
    )
    await stage.register(a, 'x', { id: 'i' })
    await stage.unregister(a, 'x', 'i')
    await stage.until('it is gone', 200, () => nodes.every(node => stage.ids(node, 'x').length === 0))
    await stage.always(2 * REPAIR_MS, () => {
      for (const node of nodes) assert.deepEqual(stage.ids(node, 'x'), [], `${node.id} has an echo`)
    })
  })

  it('hashicorp/consul#2831: two sites could not join where only one of them can be dialled', async () => {
    const { stage } = each
    // The first is behind NAT: it dials the second, which has no address of it and gossips through no other.
    const [inside, outside, further] = [
      stage.node('inside', 'sc1'),
      stage.node('outside', 'sc2', { peersConfigured: false }),
      stage.node('further', 'sc3'),
    ]
    stage.link(inside, outside, { oneSided: true, delayMs: 40 })
    stage.link(further, outside, { oneSided: true, delayMs: 40 })
    await stage.run(5_000)
    for (const node of [inside, outside, further]) {
      await stage.service(node, 'x')
      await stage.register(node, 'x', { id: `at-${node.id}` })
      stage.beat(node, 'x', `at-${node.id}`)
    }
    const all = ['at-further', 'at-inside', 'at-outside']
    const nodes = [inside, outside, further]
    await stage.until('all see all', 1_000, () => nodes.every(node => stage.ids(node, 'x').length === 3))
    await stage.always(3 * LEASE_MS, () => {
      for (const node of nodes) {
        assert.deepEqual(stage.ids(node, 'x'), all, node.id)
        assert.deepEqual(stage.stale(node, 'x'), [], node.id)
      }
    })
  })

  it('submariner-io/lighthouse#636: a service did not resolve in a cluster that had no link of its own to it', async () => {
    const { stage } = each
    const nodes = Array.from({ length: 5 }, (_, i) => stage.node(`n${i}`, `sc${i + 1}`))
    for (const [i, node] of nodes.slice(1).entries()) stage.link(nodes[i] as never, node, { delayMs: 5 })
    await stage.run(10_000)
    const [first, last] = [nodes[0] ?? assert.fail(), nodes.at(-1) ?? assert.fail()]
    await stage.service(first, 'x')
    await stage.register(first, 'x', { id: 'i' })
    const beating = stage.beat(first, 'x', 'i')
    const tookMs = await stage.until('four links further', 1_000, () => stage.ids(last, 'x').join() === 'i')
    assert.ok(tookMs <= 4 * (5 + 20), `${tookMs} ms`)
    // Nor is it taken for dead, or stale, because its beats come from far.
    await stage.always(4 * LEASE_MS, () =>
      assert.deepEqual([stage.ids(last, 'x'), stage.stale(last, 'x')], [['i'], []]),
    )
    // And a client over there may heartbeat there.
    beating.at = last
    await stage.always(4 * LEASE_MS, () => {
      for (const node of nodes) assert.deepEqual(stage.ids(node, 'x'), ['i'], node.id)
    })
    assert.deepEqual(beating.refusals, [])
  })

  it('hashicorp/consul#13243: while servers could not be reached, names that were known a moment ago did not resolve', async () => {
    const { stage } = each
    const [a, b, edge] = [stage.node('a', 'sc1'), stage.node('b', 'sc1'), stage.node('edge', 'sc2')]
    await stage.mesh(a, b, edge)
    await stage.service(a, 'x')
    await stage.register(a, 'x', { id: 'i' })
    await stage.run(1_000)
    const answers = () => {
      const { center } = edge
      const found = center?.lookup(view => view.services(SCOPE).map(each => each.instances().length))
      return Array.isArray(found) ? found : undefined
    }
    for (const [what, happen] of [
      ['the link is cut', () => stage.isolate(edge)],
      ['all servers die', () => [a, b].map(node => stage.kill(node, true))],
      ['it restarts alone', () => [stage.kill(edge), edge.start()]],
    ] as const) {
      happen()
      // At once, from memory, in the same step: nothing is waited for.
      await stage.always(2 * LEASE_MS, () => assert.deepEqual(answers(), [1], what))
      assert.deepEqual(stage.stale(edge, 'x'), ['i'], `${what}: it is flagged`)
    }
  })
})
