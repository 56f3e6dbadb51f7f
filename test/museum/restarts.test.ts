import assert from 'node:assert/strict'
import type { Store } from '../../src/center/ports.ts'
import { registerInstance, setInstanceProperties, setInstanceStatus } from '../../src/core/commands/instance.ts'
import { registerService } from '../../src/core/commands/service.ts'
import { DEFAULT_KUBERNETES_OPTIONS } from '../../src/sources/kubernetes/options.ts'
import { createKubernetesSource } from '../../src/sources/kubernetes/source.ts'
import { startTestCenter, systemClock } from '../helpers/center.ts'
import { silentLog } from '../helpers/node.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'
import { until } from '../helpers/until.ts'
import { RULES } from '../sim/clients/requests.ts'
import { FakeKubernetes, node as machine, service, slice } from '../sources/fake-kubernetes.ts'
import { Bench } from '../store/bench.ts'
import { sidOf } from './readers.ts'
import { eachStage, TIMEOUT_MS } from './stage.ts'

/** 2 s × (3 + 1). */
const LEASE_MS = 8_000
const DEADLINE_MS = 20_000

const appended = (store: Store, frame: Uint8Array): Promise<void> =>
  new Promise(resolve => store.append(frame, () => resolve()))

describe('museum D: restarts and upgrades', function () {
  this.timeout(TIMEOUT_MS)
  const each = eachStage()

  it('apache/servicecomb-service-center#1146: after a power failure the store had lost its place, and nobody could register', async () => {
    const bench = new Bench()
    const registered: string[] = []
    for (let outage = 0; outage < 30; outage += 1) {
      const center = startTestCenter({ label: 'sc1' })
      bench.disk.workMsMax = 10
      const store = await bench.open()
      await store.load(bytes => center.restore(bytes))
      const { id } = await center.execute(registerService(SCOPE, draft('self'), rules()))
      const found = center.read(view => view.service(SCOPE, id)?.instances() ?? [])
      assert.deepEqual(found.map(({ instanceId }) => instanceId).sort(), registered)
      const instanceId = `i${String(outage).padStart(2, '0')}`
      registered.push(instanceId)
      await center.execute(registerInstance(SCOPE, id, { hostName: 'h', instanceId }, rules()))
      for (const bytes of center.snapshot()) await appended(store, bytes)
      // The power fails while more is being written.
      for (let i = 0; i < 50; i += 1) for (const bytes of center.snapshot()) void appended(store, bytes)
      await bench.wait(3 + (outage % 5))
      bench.disk = bench.disk.after('power')
    }
    assert.match(bench.log.lines.join('\n'), /torn and has been cut off/)
  })

  it('alibaba/nacos#5243: what an operator had set of an instance was lost with a restart', async () => {
    const { stage } = each
    const [a, b] = [stage.node('a', 'sc1'), stage.node('b', 'sc2')]
    await stage.mesh(a, b)
    await stage.service(a, 'x')
    await stage.register(a, 'x', { id: 'i' })
    const beating = stage.beat(a, 'x', 'i')
    await stage.do(a, setInstanceStatus(SCOPE, sidOf('x'), 'i', 'OUTOFSERVICE'))
    await stage.do(a, setInstanceProperties(SCOPE, sidOf('x'), 'i', { weight: '7' }, RULES.instances))
    const shown = (node: typeof a) => {
      const [instance] = stage.instances(node, 'x').map(found => found.read())
      return [instance?.status, instance?.properties?.weight]
    }
    for (let restart = 0; restart < 3; restart += 1) {
      await stage.run(3_000)
      stage.kill(a)
      await stage.run(1_000)
      a.start()
      await stage.until('its clients are served again', 5_000, () => stage.ids(a, 'x').length === 1)
      await stage.always(2 * LEASE_MS, () => {
        for (const node of [a, b]) assert.deepEqual(shown(node), ['OUTOFSERVICE', '7'], node.id)
      })
    }
    assert.ok(
      beating.refusals.every(refusal => refusal === 'down'),
      beating.refusals.join(),
    )
  })

  it('alibaba/nacos#10209: one server restarted, and subscribers were told that nobody is left', async () => {
    const { stage } = each
    for (const durable of [true, false]) {
      const nodes = ['a', 'b', 'c'].map((name, i) =>
        stage.node(`${name}${durable}`, i < 2 ? `sc${durable ? 1 : 3}` : `sc${durable ? 2 : 4}`, { durable }),
      )
      const [a, b, c] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]]
      await stage.mesh(a, b, c)
      await stage.service(a, 'x')
      for (const [at, id] of [[a, 'i'], [b, 'j'], [c, 'k']] as const) await stage.register(at, 'x', { id }) // biome-ignore format: a table
      const beats = [stage.beat(b, 'x', 'i'), stage.beat(b, 'x', 'j'), stage.beat(c, 'x', 'k')]
      await stage.run(2_000)
      const told = [b, c].map(node => stage.events(node))
      stage.kill(a)
      await stage.run(1_000)
      a.start()
      const seen = stage.events(a)
      // What it answers from its first moment on: all, or that it is not ready. Never less.
      await stage.always(3 * LEASE_MS, () => {
        if (a.center?.status().ready === true) assert.deepEqual(stage.ids(a, 'x'), ['i', 'j', 'k'])
        for (const node of [b, c]) assert.deepEqual(stage.ids(node, 'x'), ['i', 'j', 'k'], node.id)
      })
      assert.equal(a.center?.status().ready, true)
      const ends = [...told.flat(), ...seen].filter(event => event.startsWith('DELETE'))
      assert.deepEqual(ends, [])
      for (const beating of beats) beating.stop()
    }
  })

  it('hashicorp/consul-k8s#1898: every rollout of the syncer took all services away for a while', async () => {
    const catalog = startTestCenter()
    const kubernetes = new FakeKubernetes()
    kubernetes.put('nodes', machine('n1', {}))
    kubernetes.put('services', service('shop', 'orders', {}))
    kubernetes.put('endpointslices', slice('shop', 'orders', [{ ip: '10.1.0.7', pod: 'orders-a', node: 'n1' }]))
    const start = async () => {
      const source = await createKubernetesSource(DEFAULT_KUBERNETES_OPTIONS, {
        catalog,
        clock: systemClock,
        random: { hex: () => '00', fraction: () => 0.5 },
        log: silentLog,
        api: kubernetes,
        probe: async () => true,
      })
      source.start()
      return source
    }
    const ids = () =>
      catalog.read(view => view.services(SCOPE).flatMap(each => each.instances().map(found => found.instanceId)))
    let source = await start()
    await until('it is synchronised', DEADLINE_MS, () => ids().length === 1)
    const before = ids()
    const ends: string[] = []
    catalog.watch('*', ({ action, instance }) => {
      if (action === 'DELETE') ends.push(instance.instanceId)
    })
    for (let rollout = 0; rollout < 3; rollout += 1) {
      await source.stop()
      assert.deepEqual(ids(), before, 'stopped')
      source = await start()
      assert.deepEqual(ids(), before, 'started')
      await until('it is live', DEADLINE_MS, () => source.status().state === 'live')
      assert.deepEqual(ids(), before, 'live')
    }
    // It does follow: what is gone in Kubernetes goes here.
    kubernetes.put('endpointslices', slice('shop', 'orders', []))
    await until('the Pod is gone', DEADLINE_MS, () => ids().length === 0)
    assert.deepEqual(ends, before)
    await source.stop()
    catalog.leave()
  })

  it('istio/istio#38440: started while one cluster was away, it pushed empty endpoints, or did not start', async () => {
    const { stage } = each
    const [a, b] = [stage.node('a', 'sc1'), stage.node('b', 'sc2')]
    const fresh = stage.node('c', 'sc3', { durable: false, startAloneMs: 10_000 })
    stage.link(a, b)
    stage.link(b, fresh)
    await stage.run(3_000)
    await stage.service(b, 'x')
    await stage.register(b, 'x', { id: 'i' })
    await stage.service(a, 'own')
    await stage.run(1_000)
    stage.kill(b, true)
    stage.kill(a)
    stage.kill(fresh)
    await stage.run(1_000)
    a.start()
    fresh.start()
    // With a disk it serves what it knew, the absent cluster's too; its own clients are served at once.
    assert.deepEqual(stage.ids(a, 'x'), ['i'])
    assert.equal((await stage.ask(a, registerInstance(SCOPE, sidOf('own'), { hostName: 'h' }, RULES))).kind, 'ok')
    await stage.run(8_000)
    assert.deepEqual(stage.stale(a, 'x'), ['i'], 'and says that it may be old')
    // Without one it says that it is not ready, rather than that there is nothing; and it does not wait for ever.
    assert.equal(fresh.center?.status().ready, false)
    await stage.run(3_000)
    assert.equal(fresh.center?.status().ready, true)
    b.start()
    await stage.until('then it has all', 15_000, () => stage.ids(fresh, 'x').join() === 'i')
  })

  it('apache/servicecomb-service-center#1504: the full synchronisation did not run again when the peer was another', async () => {
    const { stage } = each
    const [a, b, c] = [stage.node('a', 'sc1'), stage.node('b', 'sc2'), stage.node('c', 'sc3')]
    stage.link(a, b)
    await stage.run(3_000)
    await stage.service(a, 'x')
    await stage.register(a, 'x', { id: 'i', interval: 60 })
    await stage.run(1_000)
    // Away and back, and meanwhile what was said is lost; then a peer that it never had.
    stage.cut(a, b)
    await stage.register(a, 'x', { id: 'j', interval: 60 })
    await stage.unregister(a, 'x', 'i')
    await stage.run(20_000)
    stage.heal(a, b)
    await stage.until('b has it', 10_000, () => stage.ids(b, 'x').join() === 'j')
    stage.link(b, c)
    await stage.until('c has it', 5_000, () => stage.ids(c, 'x').join() === 'j')
    stage.kill(b)
    stage.link(a, c)
    await stage.register(a, 'x', { id: 'k', interval: 60 })
    await stage.until('c has it from another', 5_000, () => stage.ids(c, 'x').join() === 'j,k')
  })
})
