import assert from 'node:assert/strict'
import { putSchema } from '../../src/core/commands/schemas.ts'
import { instanceKey } from '../../src/core/keys.ts'
import { SCOPE } from '../sim/clients/requests.ts'
import { sidOf } from './readers.ts'
import { eachStage, REPAIR_MS, TIMEOUT_MS } from './stage.ts'

/** 2 s × (3 + 1). */
const LEASE_MS = 8_000
const HOUR_MS = 3_600_000

describe('museum E: clocks, deletions, duplicates, ids', function () {
  this.timeout(TIMEOUT_MS)
  const each = eachStage()

  it('alibaba/nacos#1529: servers whose clocks differed by thirty seconds refused one another', async () => {
    const { stage } = each
    const aheads = [0, 30_000, -12 * HOUR_MS, Number.NEGATIVE_INFINITY, 20 * 365 * 24 * HOUR_MS]
    const nodes = aheads.map((aheadMs, i) => stage.node(`n${i}`, i < 3 ? 'sc1' : `sc${i}`, { aheadMs }))
    await stage.mesh(...nodes)
    await stage.service(nodes[0] as never, 'x')
    await stage.run(1_000)
    const ids = nodes.map((_, i) => `i${i}`)
    for (const [i, node] of nodes.entries()) {
      await stage.register(node, 'x', { id: `i${i}` })
      stage.beat(node, 'x', `i${i}`)
    }
    await stage.until('all see all', 2_000, () => nodes.every(node => stage.ids(node, 'x').length === ids.length))
    await stage.always(3 * LEASE_MS, () => {
      for (const node of nodes) assert.deepEqual(stage.ids(node, 'x'), ids, node.id)
    })
    // Whoever is ahead does not win for ever: the last write of a key counts, whoever makes it.
    const [first, second, third] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]]
    const write = (node: typeof first, content: string) =>
      stage.do(node, putSchema(SCOPE, sidOf('x'), { schemaId: 's', content, summary: content }, 100))
    for (const [i, node] of [second, third, first, third].entries()) {
      await write(node, `v${i}`)
      await stage.until('all read it', 1_000, () => nodes.every(each => stage.schema(each, 'x', 's') === `v${i}`))
    }
  })

  it('Netflix/eureka#882: two servers refused each other the newer version without end', async () => {
    const { stage } = each
    const [a, b] = [stage.node('a', 'sc1'), stage.node('b', 'sc1', { aheadMs: 40_000 })]
    await stage.mesh(a, b)
    await stage.service(a, 'x')
    // The client's requests reach one after the other, and at times both before they have met.
    for (let i = 0; i < 12; i += 1) {
      if (i % 4 === 0) stage.cut(a, b)
      await stage.register(i % 2 === 0 ? a : b, 'x', { id: 'i', host: `host${i}` })
      if (i % 4 === 2) stage.heal(a, b)
    }
    const beating = stage.beat(a, 'x', 'i')
    await stage.until('they agree', REPAIR_MS, () => stage.agree(a, b) && stage.ids(a, 'x').join() === 'i')
    const key = instanceKey(a.center?.replica.directory.cluster as never, sidOf('x'), 'i')
    await stage.run(30_000)
    const written = stage.writes(key.slice(0, key.indexOf('/')))
    await stage.run(5 * 60_000)
    assert.deepEqual(written, [], 'nobody has anything to say any more')
    assert.deepEqual(beating.refusals, [])
    assert.equal(stage.instances(b, 'x')[0]?.read().hostName, stage.instances(a, 'x')[0]?.read().hostName)
  })

  it('quickwit-oss/chitchat#110: after a partition a node held a key that had been deleted', async () => {
    const { stage } = each
    const nodes = ['a', 'b', 'c'].map((name, i) => stage.node(name, `sc${i + 1}`))
    const [a, b, c] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]]
    stage.link(a, b)
    stage.link(a, c)
    stage.link(b, c, { delayMs: 60 })
    await stage.run(3_000)
    for (const name of ['x', 'y']) {
      await stage.service(a, name)
      for (const id of ['i', 'j']) await stage.register(a, name, { id, interval: 3_600 })
    }
    await stage.until('all have all', 2_000, () => stage.agree(a, b, c))
    stage.kill(c)
    await stage.unregister(a, 'x', 'i')
    await stage.remove(a, 'y')
    // Far more has come and gone than fits into one part of a repair, and restarts forget what they remembered of it.
    const ids = ['j']
    for (let i = 0; i < 1_200; i += 1) {
      const id = await stage.register(a, 'x', { id: `k${i}`, interval: 3_600 })
      if (i % 4 === 0) await stage.unregister(a, 'x', id)
      else ids.push(id)
    }
    for (const node of [a, b]) {
      stage.kill(node)
      await stage.run(500)
      node.start()
    }
    await stage.run(2 * 60_000)
    // It comes back to one peer first, whose repair is cut again and again, then to the other.
    stage.cut(a, c)
    c.start()
    const seen = new Set<number>()
    for (let i = 0; i < 12; i += 1) {
      await stage.run(500 + i * 70)
      seen.add(stage.ids(c, 'x').length)
      stage.world.network.drop(c, b.id)
    }
    assert.ok(seen.size > 2, `it was cut in between: ${[...seen]}`)
    stage.heal(a, c)
    await stage.run(2 * REPAIR_MS)
    for (const node of nodes) assert.deepEqual([stage.ids(node, 'x'), stage.ids(node, 'y')], [ids.sort(), []], node.id)
    assert.ok(stage.agree(a, b, c))
  })

  it('hashicorp/consul#7396: the id of a node that had left could not be used for a day', async () => {
    const { stage } = each
    const [a, b] = [stage.node('a', 'sc1'), stage.node('b', 'sc1')]
    await stage.mesh(a, b)
    await stage.service(a, 'x')
    for (let life = 0; life < 5; life += 1) {
      const [here, there] = life % 2 === 0 ? [a, b] : [b, a]
      await stage.register(here, 'x', { id: 'same', host: `life${life}` })
      await stage.until('it is seen at once', 200, () => stage.host(there, 'x') === `life${life}`)
      await stage.unregister(there, 'x', 'same')
      await stage.until('and gone at once', 200, () => stage.ids(here, 'x').length === 0)
    }
    // The node itself, too: the same identity with an empty disk.
    b.leave()
    stage.world.network.died(b, true)
    b.replaceDisk(undefined)
    await stage.run(2_000)
    b.start()
    await stage.until('it is whole', 6_000, () => b.center?.status().ready === true && stage.agree(a, b))
    await stage.register(b, 'x', { id: 'same', host: 'after' })
    await stage.until('and heard', 1_000, () => stage.host(a, 'x') === 'after')
  })

  it('hashicorp/consul-k8s#860: two clusters under one name took away each other’s services in a loop', async () => {
    const { stage } = each
    const [a, b, c] = [stage.node('a', 'sc1'), stage.node('b', 'sc1'), stage.node('c', 'sc2')]
    stage.link(a, b, { foreign: true })
    stage.link(a, c)
    stage.link(b, c)
    await stage.run(3_000)
    for (const [node, id] of [
      [a, 'at-a'],
      [b, 'at-b'],
    ] as const) {
      await stage.service(node, 'shop')
      await stage.register(node, 'shop', { id })
      stage.beat(node, 'shop', id)
    }
    await stage.run(2_000)
    const told = stage.events(c)
    const written = stage.writes('')
    await stage.always(2 * 60_000, () => assert.deepEqual(stage.ids(c, 'shop'), ['at-a', 'at-b']))
    assert.deepEqual([told, written], [[], []])
    // The one deletes what is its own, and nothing else.
    await stage.remove(a, 'shop')
    await stage.run(2_000)
    for (const node of [a, b, c]) assert.deepEqual(stage.ids(node, 'shop'), ['at-b'], node.id)
  })

  it('alibaba/nacos#10693: registered a second time, an instance was reported gone three minutes later', async () => {
    const { stage } = each
    const [a, b, c] = [stage.node('a', 'sc1'), stage.node('b', 'sc1'), stage.node('c', 'sc1')]
    await stage.mesh(a, b, c)
    await stage.service(a, 'x')
    for (const id of ['i', 'j']) {
      await stage.register(a, 'x', { id })
      stage.beat(a, 'x', id)
    }
    await stage.run(10_000)
    const told = [b, c].map(node => stage.events(node))
    await stage.register(a, 'x', { id: 'i' })
    await stage.register(b, 'x', { id: 'j' })
    await stage.always(5 * 60_000, () => {
      for (const node of [a, b, c]) assert.deepEqual(stage.ids(node, 'x'), ['i', 'j'], node.id)
    })
    assert.deepEqual(
      told.flat().filter(event => event.startsWith('DELETE')),
      [],
    )
  })

  it('alibaba/nacos#1470: one address in two clusters had one heartbeat, and the dead one was kept by the other', async () => {
    const { stage } = each
    const [a, b] = [stage.node('a', 'sc1'), stage.node('b', 'sc2')]
    await stage.mesh(a, b)
    for (const node of [a, b]) {
      await stage.service(node, 'x')
      await stage.register(node, 'x', { id: 'same', host: node.id })
    }
    await stage.run(500)
    // Seen once by everybody, and each reader sees his own cluster's.
    for (const node of [a, b]) assert.deepEqual([stage.ids(node, 'x'), stage.host(node, 'x')], [['same'], node.id])
    const beating = stage.beat(a, 'x', 'same')
    await stage.run(LEASE_MS + 1_000)
    const open = (node: typeof a) => {
      const { directory, catalog } = a.center?.replica ?? assert.fail()
      const cluster = directory.nodes.get(node.id)?.clusterId ?? assert.fail()
      return catalog.versions(instanceKey(cluster, sidOf('x'), 'same')).length > 0
        ? directory.entry(sidOf('x'), cluster, 'same')?.lease?.open
        : undefined
    }
    assert.deepEqual([open(a), open(b)], [true, false], 'only the one that is heard is kept')
    for (const node of [a, b]) assert.equal(stage.host(node, 'x'), 'a', 'readers of the other see it from then on')
    assert.deepEqual(beating.refusals, [])
  })

  it('apache/servicecomb-service-center#512: registering again just before the lease ended was a success that did not last', async () => {
    const { stage } = each
    const [a, b, c] = [stage.node('a', 'sc1'), stage.node('b', 'sc1'), stage.node('c', 'sc2')]
    await stage.mesh(a, b, c)
    await stage.service(a, 'x')
    // At the holder and at its sibling; long enough before the end, in the very ticks of it, and after.
    for (const [round, beforeMs] of [400, 210, 110, 60, 20, 5, 1, 0, -50, -150, -250].entries()) {
      for (const at of [a, b]) {
        const id = `i${round}${at.id}`
        await stage.register(a, 'x', { id })
        const lastMs = stage.world.nowMs
        await stage.run(LEASE_MS - beforeMs - 2)
        await stage.register(at, 'x', { id, reregister: round % 2 === 0 ? 'renew' : 'replace' })
        const againMs = stage.world.nowMs
        await stage.run(200)
        await stage.always(LEASE_MS - 400, () => {
          for (const node of [a, b, c])
            assert.ok(
              stage.ids(node, 'x').includes(id),
              `${node.id} lost ${id}, registered again at ${at.id} ${againMs - lastMs} ms after the first time`,
            )
        })
      }
    }
  })

  it('wish/katalog-sync#51: every agent registered the instance, and it was there as often', async () => {
    const { stage } = each
    const nodes = ['a', 'b', 'c'].map(name => stage.node(name, 'sc1'))
    const reader = stage.node('r', 'sc2')
    await stage.mesh(...nodes, reader)
    for (const node of nodes) await stage.service(node, 'x')
    // Before they hear of each other, too.
    for (const node of nodes) stage.isolate(node)
    for (const node of nodes) await stage.register(node, 'x', { id: 'pod' })
    for (const node of nodes) stage.rejoin(node)
    for (const node of nodes) stage.beat(node, 'x', 'pod')
    await stage.run(REPAIR_MS)
    for (const node of [...nodes, reader]) assert.deepEqual(stage.ids(node, 'x'), ['pod'], node.id)
    // And one unregistration is enough for all.
    await stage.unregister(nodes[1] as never, 'x', 'pod')
    await stage.run(REPAIR_MS)
    for (const node of [...nodes, reader]) assert.deepEqual(stage.ids(node, 'x'), [], node.id)
  })
})
