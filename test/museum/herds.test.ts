import assert from 'node:assert/strict'
import { DEFAULT_LIMITS } from '../../src/api/options.ts'
import type { InstanceEvent } from '../../src/center/ports.ts'
import { recordDependency } from '../../src/core/commands/dependency.ts'
import { registerInstance, unregisterInstance } from '../../src/core/commands/instance.ts'
import { registerService } from '../../src/core/commands/service.ts'
import { startTestCenter } from '../helpers/center.ts'
import { errorOf } from '../helpers/http.ts'
import { startTestNode } from '../helpers/node.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'
import { TestSocket } from '../helpers/socket.ts'
import { eachStage, REPAIR_MS, TIMEOUT_MS } from './stage.ts'

/** 2 s × (3 + 1). */
const LEASE_MS = 8_000
const HOUR_MS = 3_600_000

describe('museum C: herds, memory, slow convergence', function () {
  this.timeout(TIMEOUT_MS)
  const each = eachStage()

  it('superfly/corrosion#129: after a restart little was synchronised until the node had rejoined', async () => {
    const { stage } = each
    const [a, b] = [stage.node('a', 'sc1'), stage.node('b', 'sc2')]
    stage.link(a, b, { delayMs: 10 })
    await stage.run(3_000)
    await stage.service(a, 'big')
    for (let i = 0; i < 2_000; i += 1) await stage.register(a, 'big', { id: `i${i}`, interval: 3_600 })
    await stage.until('b has all', 5_000, () => stage.agree(a, b))
    stage.kill(b)
    const changed = 20
    for (let i = 0; i < changed; i += 1) await stage.unregister(a, 'big', `i${i * 90}`)
    const bytes = stage.countRepair()
    b.start()
    const tookMs = await stage.until('b has the difference', 5_000, () => stage.agree(a, b))
    // A deletion ends an instance and its lease: two records each. The bound of the cost table, and the epochs of three starts.
    const bound = 2 * changed * 64 + 2 * changed * 200 + 3 * 20 + 2_048
    assert.ok(bytes.count <= bound, `${bytes.count} bytes of repair; ${bound} are allowed`)
    assert.ok(tookMs < 1_000, `${tookMs} ms after the start`)
  })

  it('apache/servicecomb-service-center#1211: a full queue dropped events, and an unregistration with them', async () => {
    const { stage } = each
    const [a, b, c] = [stage.node('a', 'sc1'), stage.node('b', 'sc2'), stage.node('c', 'sc2')]
    await stage.mesh(a, b, c)
    await stage.service(a, 'x')
    for (let i = 0; i < 1_200; i += 1) await stage.register(a, 'x', { id: `i${i}`, interval: 3_600 })
    await stage.until('all have all', 2_000, () => stage.agree(a, b, c))
    // The queue of the wire is full: every message of the burst is lost, to b, and most to c.
    for (const link of stage.world.network.linksOf(a)) link.weather = { ...link.weather, loss: link.has(b) ? 1 : 0.8 }
    for (let i = 0; i < 1_199; i += 1) await stage.unregister(a, 'x', `i${i}`)
    await stage.until('the gap was noticed', 3_000, () => [b, c].every(node => stage.ids(node, 'x').join() === 'i1199'))
    assert.ok(stage.agree(a, b, c))
  })

  it('alibaba/nacos#7697: a restart took longer than a lease, and the living were marked dead', async () => {
    const { stage } = each
    const [a, b, c] = [stage.node('a', 'sc1'), stage.node('b', 'sc1'), stage.node('c', 'sc2')]
    await stage.mesh(a, b, c)
    await stage.service(a, 'x')
    // Too few for self-preservation to help.
    const ids = ['i', 'j', 'k', 'l']
    for (const id of ids) await stage.register(a, 'x', { id })
    const beats = ids.map(id => stage.beat(a, 'x', id))
    await stage.run(4_000)
    const events = [b, c].map(node => stage.events(node))
    // Its clients find nobody there, and turn to the other.
    stage.kill(a)
    for (const beating of beats) beating.at = b
    await stage.run(500)
    a.start()
    a.pause()
    await stage.run(3 * LEASE_MS)
    a.resume(false)
    await stage.always(4 * LEASE_MS, () => {
      for (const node of [a, b, c]) assert.deepEqual(stage.ids(node, 'x'), ids, node.id)
    })
    // Then they go back to it, and it must not take what it knows from before for the truth.
    for (const beating of beats) beating.at = a
    await stage.always(3 * LEASE_MS, () => {
      for (const node of [a, b, c]) assert.deepEqual(stage.ids(node, 'x'), ids, node.id)
    })
    assert.deepEqual(
      events.flat().filter(event => event.startsWith('DELETE')),
      [],
    )
  })

  it('hashicorp/consul#4984: above 682 instances of one service the watches of single instances broke down', async () => {
    const center = startTestCenter()
    const { id } = await center.execute(registerService(SCOPE, draft('crowd'), rules()))
    const sid = center.read(view => view.service(SCOPE, id)?.sid)
    assert.ok(sid)
    const told: InstanceEvent[] = []
    center.watch('*', event => told.push(event))
    const ids = Array.from({ length: 3_000 }, (_, i) => `i${i}`)
    for (const instanceId of ids)
      await center.execute(registerInstance(SCOPE, id, { hostName: 'h', instanceId }, rules()))
    for (const instanceId of ids.slice(0, 1_500)) await center.execute(unregisterInstance(SCOPE, id, instanceId))
    // One watch tells of every instance once, whatever their number.
    assert.equal(told.length, 4_500)
    assert.equal(new Set(told.map(event => `${event.action} ${event.instance.instanceId}`)).size, 4_500)
    assert.equal(
      center.read(view => view.service(SCOPE, id)?.instances().length),
      1_500,
    )
    center.leave()
  })

  it('hashicorp/consul#8995: from some number of watchers on nobody was answered any more, and no document named it', async () => {
    const limit = 5
    const node = await startTestNode({ limits: { ...DEFAULT_LIMITS, socketsMax: limit, watchersPerConsumerMax: 100 } })
    try {
      const { id } = await node.catalog.execute(registerService(SCOPE, draft('consumer'), rules()))
      const consumer = node.catalog.read(view => view.service(SCOPE, id))
      assert.ok(consumer)
      await node.catalog.execute(recordDependency(consumer, { appId: 'app', serviceName: 'consumer' }))
      const path = `/v4/default/registry/microservices/${id}/watcher`
      const sockets = Array.from({ length: limit }, () => new TestSocket(node.url, path))
      for (const socket of sockets) await socket.opened()
      const { status, body } = await new TestSocket(node.url, path).refusal()
      assert.ok(status >= 400)
      const { detail = '' } = errorOf({ status, text: body, json: JSON.parse(body), headers: {}, bytes: Buffer.of() })
      assert.match(detail, new RegExp(`\\b${limit}\\b`), 'it names the limit')
      assert.deepEqual(node.refused, ['socketsMax'], 'it is counted')
      // Those who were let in are served on.
      await node.catalog.execute(registerInstance(SCOPE, id, { hostName: 'h', instanceId: 'i' }, rules()))
      for (const socket of sockets) await socket.until(({ messages }) => messages.length > 0)
      for (const { socket } of sockets) socket.terminate()
    } finally {
      await node.close()
    }
  })

  it('quickwit-oss/chitchat#94: each start of a node was kept as another node', async () => {
    const { stage } = each
    const hub = stage.node('hub', 'sc1')
    const visitors = Array.from({ length: 10 }, (_, i) => stage.node(`v${i}`, 'sc1', { durable: i % 2 === 0 }))
    for (const visitor of visitors) stage.link(hub, visitor)
    await stage.run(3_000)
    for (let start = 0; start < 12; start += 1) {
      for (const [i, visitor] of visitors.entries()) {
        stage.kill(visitor, (i + start) % 3 === 0)
        await stage.run(200)
        visitor.start()
      }
      await stage.run(8_000)
      assert.equal(stage.nodes(hub).length, 11)
    }
    for (const visitor of visitors) {
      stage.kill(visitor)
      visitor.gone = true
    }
    await stage.run(1_000)
    assert.equal(hub.center?.replica.peers.size, 0)
    // What was heard of starts that are over is forgotten after an hour; those with a disk may come back.
    await stage.run(HOUR_MS + 2 * REPAIR_MS)
    assert.deepEqual(stage.nodes(hub), ['hub', 'v0', 'v2', 'v4', 'v6', 'v8'])
    assert.equal([...(hub.center?.replica.members.all() ?? [])].length, 6)
  })
})
