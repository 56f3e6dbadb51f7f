import assert from 'node:assert/strict'
import { eachStage, REPAIR_MS, TIMEOUT_MS } from './stage.ts'

/** 2 s × (3 + 1). */
const LEASE_MS = 8_000
/** A lapse is found in a bucket of 200 ms, at a tick of 100 ms, and told within a few more. */
const LATE_MS = 1_000

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

describe('museum B: partitions and self-preservation', function () {
  this.timeout(TIMEOUT_MS)
  const each = eachStage()

  it('Netflix/eureka#1267: scaling down latched self-preservation, and only a restart released it', async () => {
    const { stage } = each
    const [a, b] = [stage.node('a', 'sc1'), stage.node('b', 'sc2')]
    await stage.mesh(a, b)
    await stage.service(a, 'x')
    for (const id of ['up0', 'up1']) {
      await stage.register(a, 'x', { id })
      stage.beat(a, 'x', id)
    }
    // Killed one after the other: each new silence looks like a reason to go on preserving.
    const sinceMs = new Map<string, number>()
    for (const id of names('down', 40)) {
      await stage.register(a, 'x', { id })
      sinceMs.set(id, stage.world.nowMs)
    }
    let oldestMs = 0
    const nobodyIsOld = () => {
      const flagged = new Set(stage.stale(a, 'x'))
      for (const id of stage.ids(a, 'x')) {
        const ageMs = stage.world.nowMs - (sinceMs.get(id) ?? stage.world.nowMs)
        oldestMs = Math.max(oldestMs, ageMs)
        assert.ok(ageMs <= 2 * LEASE_MS + LATE_MS, `${id} is there after ${ageMs} ms`)
        assert.ok(
          ageMs <= LEASE_MS + LATE_MS || flagged.has(id),
          `${id} is kept, and nobody is told that it may be gone`,
        )
      }
    }
    for (const id of names('late', 24)) {
      await stage.register(a, 'x', { id })
      sinceMs.set(id, stage.world.nowMs)
      await stage.always(1_000, nobodyIsOld)
    }
    await stage.always(3 * LEASE_MS, nobodyIsOld)
    assert.ok(oldestMs > LEASE_MS + LATE_MS, 'some were kept for one more lease: it may be the network')
    // Nobody has restarted anything.
    for (const node of [a, b]) assert.deepEqual(stage.ids(node, 'x'), ['up0', 'up1'], node.id)
    // And nothing has latched: the next that dies alone goes after its one lease.
    await stage.register(a, 'x', { id: 'next' })
    await stage.until('the next is gone', LEASE_MS + LATE_MS, () => !stage.ids(b, 'x').includes('next'))
  })

  it('Netflix/eureka#533: at the threshold itself two answers to whether it is on', async () => {
    const { stage } = each
    const a = stage.node('a', 'sc1', { peersConfigured: false })
    await stage.run(1_000)
    // [silent, of so many, kept]: more than five, and at least 80 %.
    const cases = [[8, 10, true], [7, 10, false], [6, 6, true], [5, 5, false], [12, 15, true], [11, 15, false]] as const // biome-ignore format: a table
    for (const [silent, all, kept] of cases) {
      const service = `s${silent}of${all}`
      await stage.service(a, service)
      const living = names('living', all - silent)
      for (const id of names('silent', silent)) await stage.register(a, service, { id })
      for (const id of living) {
        await stage.register(a, service, { id })
        stage.beat(a, service, id, 1_000)
      }
      await stage.run(LEASE_MS + 500)
      assert.equal(stage.ids(a, service).length, kept ? all : living.length, service)
      await stage.run(LEASE_MS)
      assert.deepEqual(stage.ids(a, service), living, service)
    }
  })

  it('hashicorp/memberlist#311: after everybody restarted at once the living stayed dead for long', async () => {
    const { stage } = each
    const nodes = names('n', 9).map((name, i) => stage.node(name, `sc${1 + (i % 3)}`))
    await stage.mesh(...nodes)
    await stage.service(nodes[0] as never, 'x')
    for (const [i, node] of nodes.entries()) {
      await stage.register(node, 'x', { id: `i${i}` })
      stage.beat(node, 'x', `i${i}`)
    }
    await stage.run(5_000)
    for (const node of nodes) stage.kill(node, true)
    await stage.run(3_000)
    for (const node of nodes) node.start()
    const all = nodes.map((_, i) => `i${i}`)
    await stage.until('everybody is heard by everybody', 15_000, () =>
      nodes.every(node => node.center?.status().nodes.every(({ silentMs }) => (silentMs ?? 1e9) < 3_000)),
    )
    await stage.always(2 * LEASE_MS, () => {
      for (const node of nodes) assert.deepEqual(stage.ids(node, 'x'), all, node.id)
    })
    for (const node of nodes) assert.deepEqual(stage.stale(node, 'x'), [], node.id)
  })

  it('al8n/memberlist#197: a delayed message of an earlier life revived the dead', async () => {
    const { stage } = each
    const nodes = ['a', 'b', 'c'].map((name, i) => stage.node(name, i < 2 ? 'sc1' : 'sc2'))
    const [a, b, c] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]]
    await stage.mesh(a, b, c)
    // Every message arrives once more, up to five minutes later.
    for (const link of stage.world.network.links)
      link.weather = { loss: 0, duplicate: 1, lateMs: 300_000, reorderMs: 2_000 }
    await stage.service(a, 'x')
    await stage.service(a, 'y')
    for (let life = 0; life < 5; life += 1) {
      await stage.register(life % 2 === 0 ? a : b, 'x', { id: 'i', host: `life${life}` })
      await stage.run(1_000)
      await stage.unregister(life % 2 === 0 ? b : a, 'x', 'i')
      await stage.run(3_000)
    }
    await stage.register(b, 'y', { id: 'silent' })
    await stage.run(LEASE_MS + 4_000)
    const events = nodes.map(node => stage.events(node))
    await stage.always(330_000, () => {
      for (const node of nodes)
        assert.deepEqual([...stage.ids(node, 'x'), ...stage.ids(node, 'y')], [], `${node.id} at ${stage.world.nowMs}`)
    })
    assert.deepEqual(events, [[], [], []])
    assert.ok((stage.world.strikes.get('gossip duplicated') ?? 0) > 50, 'the messages did come late')
  })

  it('alibaba/nacos#15857: after a restart of all, old snapshots deleted fresh registrations everywhere', async () => {
    const { stage } = each
    const nodes = ['a', 'b', 'c'].map(name => stage.node(name, 'sc1'))
    const [a, b, c] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]]
    await stage.mesh(a, b, c)
    await stage.service(a, 'x')
    await stage.register(a, 'x', { id: 'old', interval: 30 })
    await stage.run(1_000)
    // All restart; b with a snapshot that does not have it.
    const images = new Map(nodes.map(node => [node, node.disk?.image()]))
    await stage.register(b, 'x', { id: 'between', interval: 30 })
    await stage.run(1_000)
    for (const node of nodes) stage.kill(node)
    b.replaceDisk(images.get(b))
    for (const node of nodes) node.start()
    // Clients register anew before the nodes have met, and while they are repairing.
    for (const [i, node] of nodes.entries()) {
      await stage.register(node, 'x', { id: `fresh${i}`, interval: 30 })
      await stage.run(40)
    }
    await stage.run(2 * REPAIR_MS)
    for (const node of nodes)
      assert.deepEqual(stage.ids(node, 'x'), ['between', 'fresh0', 'fresh1', 'fresh2', 'old'], node.id)
    assert.ok(stage.agree(a, b, c))
  })

  it('alibaba/nacos#5169: a server that was not responsible deleted an instance whose news it had missed', async () => {
    const { stage } = each
    const [a, b, c] = [stage.node('a', 'sc1'), stage.node('b', 'sc1'), stage.node('c', 'sc1')]
    await stage.mesh(a, b, c)
    await stage.service(a, 'x')
    await stage.register(a, 'x', { id: 'i' })
    const beating = stage.beat(a, 'x', 'i')
    await stage.run(1_000)
    const dots = stage.dots(a, 'x', 'i')
    assert.ok(dots.length > 0)
    // b and c hear nothing of its node for many leases, and hide it; nobody deletes.
    stage.isolate(a)
    await stage.run(6 * LEASE_MS)
    assert.deepEqual([stage.ids(a, 'x'), stage.ids(b, 'x'), stage.ids(c, 'x')], [['i'], [], []])
    for (const node of [a, b, c]) assert.deepEqual(stage.dots(node, 'x', 'i'), dots, node.id)
    stage.rejoin(a)
    await stage.until('it is back', REPAIR_MS, () => [b, c].every(node => stage.ids(node, 'x').join() === 'i'))
    assert.deepEqual(beating.refusals, [])
  })

  it('cilium/cilium#37333: what an unreachable cluster had was served for ever, and nobody could choose', async () => {
    const { stage } = each
    const away = stage.node('away', 'sc1')
    const readers = {
      keep: stage.node('keep', 'sc2', { unreachable: 'keep' }),
      mark: stage.node('mark', 'sc3', { unreachable: 'mark' }),
      hide: stage.node('hide', 'sc4', { unreachable: 'hide', hideAfterMs: 30_000 }),
    }
    for (const reader of Object.values(readers)) stage.link(away, reader)
    await stage.run(3_000)
    await stage.service(away, 'x')
    await stage.register(away, 'x', { id: 'i' })
    stage.beat(away, 'x', 'i')
    await stage.run(2_000)
    stage.isolate(away)
    await stage.run(12_000)
    assert.deepEqual(stage.stale(readers.mark, 'x'), ['i'])
    assert.deepEqual(stage.ids(readers.hide, 'x'), ['i'], 'not before the time that was set')
    await stage.run(30_000)
    for (const [policy, reader] of Object.entries(readers)) {
      assert.deepEqual(stage.ids(reader, 'x'), policy === 'hide' ? [] : ['i'], policy)
      // Each request may ask for another.
      assert.deepEqual(stage.ids(reader, 'x', { unreachable: 'keep' }), ['i'], policy)
      assert.deepEqual(stage.ids(reader, 'x', { unreachable: 'hide' }), [], policy)
    }
    stage.rejoin(away)
    await stage.until('all see it, and unmarked', REPAIR_MS, () =>
      Object.values(readers).every(
        reader => stage.ids(reader, 'x').join() === 'i' && stage.stale(reader, 'x').length === 0,
      ),
    )
  })

  it('karmada-io/karmada#6258: endpoints were removed although only the control plane had lost contact', async () => {
    const { stage } = each
    const [a, b, c] = [stage.node('a', 'sc1'), stage.node('b', 'sc1'), stage.node('c', 'sc2')]
    await stage.mesh(a, b, c)
    await stage.service(a, 'x')
    for (const [at, id] of [[a, 'i'], [b, 'j']] as const) await stage.register(at, 'x', { id }) // biome-ignore format: a table
    const beats = [stage.beat(a, 'x', 'i'), stage.beat(b, 'x', 'j')]
    await stage.run(1_000)
    const events = stage.events(c)
    stage.isolate(c)
    await stage.always(10 * LEASE_MS, () => assert.deepEqual(stage.ids(c, 'x'), ['i', 'j']))
    stage.rejoin(c)
    await stage.run(REPAIR_MS)
    assert.deepEqual(stage.ids(c, 'x'), ['i', 'j'])
    assert.deepEqual(events, [])
    assert.deepEqual(
      beats.flatMap(({ refusals }) => refusals),
      [],
    )
  })
})
