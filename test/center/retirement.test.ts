import assert from 'node:assert/strict'
import { registerInstance } from '../../src/core/commands/instance.ts'
import { registerService } from '../../src/core/commands/service.ts'
import { LinkedCenters } from '../helpers/linked-centers.ts'
import { refused } from '../helpers/refused.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'

/** Two siblings with disks, and a neighbour cluster. */
const siblings = () => {
  const world = new LinkedCenters()
  const [one, two, other] = [world.add('one', 'sc1'), world.add('two', 'sc1'), world.add('other', 'sc2')]
  world.link(one, two)
  world.link(two, other)
  world.run(2_000)
  return { world, one, two, other }
}

describe('retiring', () => {
  it('is refused for whoever is heard, for this node, and for unknown or doubtful names', async () => {
    const { world, one, two } = siblings()
    const error = await refused('INVALID_PARAMS', () => two.insight.retire('one', 'me'))
    assert.match(error.message, /node one was heard .* ago: stop it first/)
    for (const name of ['two', two.status().node, 'sc1'])
      assert.match(
        (await refused('INVALID_PARAMS', () => two.insight.retire(name, 'me'))).message,
        /this node|was heard/,
      )
    assert.match(
      (await refused('INVALID_PARAMS', () => two.insight.retire('nobody', 'me'))).message,
      /is called nobody/,
    )
    world.link(two, world.add('one', 'sc3'))
    world.stop(one)
    world.run(12_000)
    assert.match((await refused('INVALID_PARAMS', () => two.insight.retire('one', 'me'))).message, /several/)
  })

  it('ends at once what a lost node held, and takes its record away', async () => {
    const { world, one, two, other } = siblings()
    const { id } = await one.execute(registerService(SCOPE, draft('a'), rules()))
    await one.execute(registerInstance(SCOPE, id, { instanceId: 'i', hostName: 'h' }, rules()))
    world.run(1_000)
    world.stop(one)
    world.run(12_000)
    assert.equal(two.insight.peers().peers.find(({ name }) => name === 'one')?.state, 'silent')
    const lost = one.status().node
    assert.deepEqual(await two.insight.retire('one', 'me'), { id: lost, kind: 'node', name: 'one' })
    assert.equal(two.insight.peers().peers.find(({ name }) => name === 'one')?.state, 'retired')
    world.run(130_000)
    for (const center of [two, other]) {
      assert.deepEqual(
        center.insight
          .peers()
          .peers.map(({ name }) => name)
          .sort(),
        ['other', 'two'],
        'its record is gone',
      )
      assert.equal(
        center.replica.directory.entry(
          center.read(view => view.service(SCOPE, id))?.sid as never,
          two.status().clusterId,
          'i',
        )?.lease?.open,
        false,
      )
    }
    const { events } = other.insight.events({ after: 0, limit: 100, kinds: new Set(['retired']) })
    assert.equal(events.length, 1)
    assert.match(events[0]?.detail ?? '', new RegExp(`${lost} is gone for good`))
  })

  it('removes everything of a cluster, and can be taken back', async () => {
    const { world, two, other } = siblings()
    await other.execute(registerService(SCOPE, draft('b'), rules()))
    world.run(1_000)
    world.stop(other)
    world.run(12_000)
    const cluster = other.status().clusterId
    assert.deepEqual(await two.insight.retire('sc2', 'me'), { id: cluster, kind: 'cluster', name: 'sc2' })
    world.run(61_000)
    assert.equal(
      two.read(view => view.services(SCOPE).length),
      0,
    )
    assert.deepEqual(await two.insight.unretire('sc2'), { id: cluster, kind: 'cluster', name: 'sc2' })
    assert.equal(two.replica.directory.isRetired(cluster), false)
    await refused('INVALID_PARAMS', () => two.insight.unretire('sc2'))
  })
})
