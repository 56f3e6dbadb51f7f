import assert from 'node:assert/strict'
import type { Center } from '../../src/center/center.ts'
import { registerService } from '../../src/core/commands/service.ts'
import { LinkedCenters } from '../helpers/linked-centers.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'

const put = (center: Center, name: string) => center.execute(registerService(SCOPE, draft(name), rules()))

const peer = (reader: Center, other: Center) => {
  const found = reader.insight.peers().peers.find(({ node }) => node === other.status().node)
  assert.ok(found, 'the peer is listed')
  return found
}

describe('how far behind', () => {
  it('is nothing between nodes that have told each other everything', async () => {
    const world = new LinkedCenters()
    const [a, b] = [world.add('a', 'sc1'), world.add('b', 'sc2')]
    world.link(a, b)
    await put(a, 'one')
    world.run(3_000)
    const seen = peer(b, a)
    assert.deepEqual([seen.state, seen.cluster, seen.direct], ['up', 'sc1', true])
    assert.deepEqual(
      [seen.behind, peer(a, b).lackedBy],
      [
        { changes: 0, ms: 0 },
        { changes: 0, ms: 0 },
      ],
    )
  })

  it('is counted in changes and in time at both ends while changes are lost', async () => {
    const world = new LinkedCenters()
    const [a, b] = [world.add('a', 'sc1'), world.add('b', 'sc2')]
    world.link(a, b)
    world.run(3_000)
    world.drops = lane => lane === 'gossip' || lane === 'repair'
    for (const name of ['one', 'two', 'three']) await put(a, name)
    world.run(8_000)
    const { behind } = peer(b, a)
    const { lackedBy } = peer(a, b)
    assert.equal(behind.changes, 3)
    assert.ok(behind.ms >= 6_000 && behind.ms <= 8_000, `${behind.ms} ms behind`)
    assert.equal(lackedBy?.changes, 3)
    assert.ok(lackedBy.ms >= 6_000 && lackedBy.ms <= 8_100, `${lackedBy.ms} ms behind`)
    world.drops = () => false
    world.run(15_000)
    assert.deepEqual(peer(b, a).behind, { changes: 0, ms: 0 })
    assert.deepEqual(peer(a, b).lackedBy, { changes: 0, ms: 0 })
  })

  it('counts what a node lacks of another that it only hears of', async () => {
    const world = new LinkedCenters()
    const [a, b, c] = [world.add('a', 'sc1'), world.add('b', 'sc2'), world.add('c', 'sc3')]
    world.link(a, b)
    world.link(b, c)
    world.run(3_000)
    await put(a, 'one')
    world.run(3_000)
    const far = peer(c, a)
    assert.deepEqual([far.direct, far.state, far.lackedBy], [false, 'up', undefined])
    assert.equal(far.behind.changes, 0)
  })
})

describe('the probe', () => {
  it('times the way of a record by the clock of one node, and shows no service', () => {
    const heard: number[] = []
    const world = new LinkedCenters(40)
    const probeIntervalMs = 1_000
    const a = world.add('a', 'sc1', { probeIntervalMs, probed: (_node, ms) => heard.push(ms) })
    const b = world.add('b', 'sc2', { probeIntervalMs })
    world.link(a, b)
    world.run(20_000)
    assert.ok(heard.length >= 5, `${heard.length} times`)
    for (const ms of heard) assert.ok(ms >= 40 && ms < 60, `${ms} ms one way over 40 ms`)
    const view = peer(a, b).probe
    assert.ok(view && view.count === heard.length && view.medianMs >= 40 && view.p99Ms < 60)
    assert.deepEqual(
      a.read(view => view.scopes()),
      [],
    )
  })

  it('writes nothing unless it is switched on', () => {
    const world = new LinkedCenters()
    const [a, b] = [world.add('a', 'sc1'), world.add('b', 'sc2')]
    world.link(a, b)
    const before = a.replica.catalog.context.prefix(a.replica.epoch)
    world.run(20_000)
    assert.equal(a.replica.catalog.context.prefix(a.replica.epoch), before)
    assert.equal(peer(a, b).probe, undefined)
  })
})
