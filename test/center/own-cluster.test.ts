import assert from 'node:assert/strict'
import { registerInstance, unregisterInstance } from '../../src/core/commands/instance.ts'
import { registerService } from '../../src/core/commands/service.ts'
import { startTestCenter, testNodeId } from '../helpers/center.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'
import { Bench } from '../store/bench.ts'

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
})
