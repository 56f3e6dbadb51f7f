import assert from 'node:assert/strict'
import type { Center } from '../../src/center/center.ts'
import type { Store } from '../../src/center/ports.ts'
import { registerInstance, unregisterInstance } from '../../src/core/commands/instance.ts'
import { deleteService, registerService } from '../../src/core/commands/service.ts'
import type { NodeId } from '../../src/core/model.ts'
import { startTestCenter, testNodeId } from '../helpers/center.ts'
import { LinkedCenters } from '../helpers/linked-centers.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'
import { Bench } from '../store/bench.ts'

/** A disk that survives, except for values put while it is `forgetful`. */
class Kept implements Store {
  readonly durable = true
  readonly frames: Uint8Array[] = []
  readonly values = new Map<string, Uint8Array>()
  forgetful = false

  append(frame: Uint8Array, done: (error?: Error) => void): void {
    this.frames.push(frame.slice())
    queueMicrotask(done)
  }

  onLoss(): void {}

  put(name: string, value: Uint8Array): void {
    if (!this.forgetful) this.values.set(name, value.slice())
  }

  get(name: string): Uint8Array | undefined {
    return this.values.get(name)
  }
}

interface Sibling {
  readonly store: Kept
  readonly node: NodeId
  readonly center: Center
}

describe('the id of the own cluster', () => {
  it('outlives a kill that came before it was saved: what was registered under it is still this cluster’s', async () => {
    const bench = new Bench()
    const node = testNodeId()
    const start = async () => {
      const store = await bench.open()
      const frames: Uint8Array[] = []
      await store.load(bytes => frames.push(Uint8Array.from(bytes)))
      // No value ever reaches the disk.
      return startTestCenter({ node, store: Object.assign(store, { put: () => {} }), frames, clock: bench.clock })
    }
    const first = await start()
    const { id } = await first.execute(registerService(SCOPE, draft('s'), rules()))
    await first.execute(registerInstance(SCOPE, id, { hostName: 'h', instanceId: 'i' }, rules()))
    bench.disk = bench.disk.after('kill')
    const second = await start()
    assert.equal(second.status().clusterId, first.status().clusterId)
    assert.deepEqual(
      second.read(view =>
        view
          .service(SCOPE, id)
          ?.instances({ local: true })
          .map(({ instanceId }) => instanceId),
      ),
      ['i'],
    )
    assert.deepEqual(
      second.read(view => view.localCounts(SCOPE)),
      { services: 1, instances: 1 },
    )
    await second.execute(unregisterInstance(SCOPE, id, 'i'))
  })

  it('outlives a kill that came between a move to the siblings’ id and its being saved', async () => {
    const world = new LinkedCenters()
    const [first, second] = ['a', 'b'].map(name => {
      const [store, node] = [new Kept(), testNodeId()]
      return { store, node, center: world.add(name, 'sc1', { store, node }) }
    }) as [Sibling, Sibling]
    const ids = [first, second].map(({ center }) => center.status().clusterId)
    const mover = first.center.status().clusterId > second.center.status().clusterId ? first : second
    const { id } = await mover.center.execute(registerService(SCOPE, draft('s'), rules()))
    mover.store.forgetful = true
    world.link(first.center, second.center)
    world.run(3_000)
    const [lower] = ids.toSorted()
    assert.equal(mover.center.status().clusterId, lower, 'it has moved')
    const { node, store } = mover
    const restarted = startTestCenter({ node, store, frames: [...store.frames], clock: world.clock })
    assert.equal(restarted.status().clusterId, lower)
    assert.equal(
      restarted.read(view => view.service(SCOPE, id)?.local),
      true,
    )
  })

  it('is the siblings’, also for a node without a disk that has met another cluster first (simulation, seed 1388)', async () => {
    const world = new LinkedCenters()
    const [sibling, abroad] = [world.add('a', 'sc1'), world.add('b', 'sc2')]
    const { clusterId } = sibling.status()
    const ids = new Set<string>()
    // Its drawn id is the lower one in half of the runs.
    for (let i = 0; i < 6; i++) {
      const center = world.add(`c${i}`, 'sc1', { peersConfigured: true })
      world.link(center, abroad)
      await passes(world, 500)
      assert.equal(center.status().ready, true, 'a repair with the other cluster has made it ready')
      world.link(center, sibling)
      await passes(world, 500)
      ids.add(center.status().clusterId)
    }
    assert.deepEqual([...ids], [clusterId])
    assert.equal(sibling.status().clusterId, clusterId)
  })

  it('is taken over late without what siblings have ended under it meanwhile (simulation, seed 2892)', async () => {
    const world = new LinkedCenters()
    const [late, soon] = [world.add('a', 'sc1'), world.add('b', 'sc1')]
    world.link(late, soon)
    await passes(world, 3_000)
    const { clusterId: former } = soon.status()
    assert.equal(late.status().clusterId, former)
    const { id } = await late.execute(registerService(SCOPE, draft('s'), rules()))
    await passes(world, 2_000)
    world.cut(late, soon)
    let lower = world.add('c', 'sc1')
    while (lower.status().clusterId > former) lower = world.add('c', 'sc1')
    world.link(soon, lower)
    await passes(world, 3_000)
    assert.equal(soon.status().clusterId, lower.status().clusterId)
    await soon.execute(deleteService(SCOPE, id, true))
    await passes(world, 2_000)
    world.link(late, soon)
    await passes(world, 3_000)
    assert.equal(late.status().clusterId, lower.status().clusterId)
    for (const center of [late, soon, lower])
      assert.equal(
        center.read(view => view.service(SCOPE, id)),
        undefined,
      )
  })
})

/** What stores have taken is known a turn later. */
const passes = async (world: LinkedCenters, ms: number): Promise<void> => {
  for (let passedMs = 0; passedMs < ms; passedMs += 100) {
    world.run(100)
    await undefined
  }
}
