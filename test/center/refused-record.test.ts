import assert from 'node:assert/strict'
import type { Center } from '../../src/center/center.ts'
import { AGAIN_MS } from '../../src/center/declined.ts'
import { registerService } from '../../src/core/commands/service.ts'
import type { Epoch } from '../../src/core/model.ts'
import { packValue, type Write } from '../../src/core/wire.ts'
import { LinkedCenters } from '../helpers/linked-centers.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'

const EPOCH = '00000000000000a1' as Epoch
const HALF_HOUR_MS = 1_800_000

describe('a record that is refused', () => {
  const mesh = new LinkedCenters()
  let [one, two]: Center[] = []

  /** How often it was offered to the second node. */
  const offered = (): number => two?.insight.peers().refusedRecords.at(-1)?.times ?? 0

  before(() => {
    one = mesh.add('one', 'sc1')
    two = mesh.add('two', 'sc2')
    // A later version wrote a tag that this one does not understand; another of the same start it does.
    const key = (name: string) => `${one?.status().clusterId}/tag/${'a'.repeat(40)}/${name}`
    const parents: string[] = []
    const base = { epoch: EPOCH, ms: 1, count: 0, ends: [] }
    const writes: Write[] = [
      { ...base, key: key('bad'), seq: 1, value: packValue({ parents }) },
      { ...base, key: key('good'), seq: 2, value: packValue({ value: 'x', parents }) },
    ]
    one.replica.restore(writes, { wallMs: 1, monotonicMs: 1 })
    mesh.link(one, two)
    mesh.run(2_000)
  })

  it('is not covered, is listed with its reason, and holds up nothing else', () => {
    const { context } = two?.replica.catalog ?? assert.fail()
    assert.deepEqual([...context.intervals(EPOCH)], [2, 2])
    const [listed] = two?.insight.peers().refusedRecords ?? []
    assert.deepEqual([listed?.seq, listed?.reason, listed?.times], [1, 'malformed tag', 1])
  })

  it('is not asked for again within an hour, whatever else is repaired, and is after two', async () => {
    mesh.drops = lane => lane === 'gossip'
    mesh.run(HALF_HOUR_MS)
    await one?.execute(registerService(SCOPE, draft('later'), rules()))
    mesh.run(AGAIN_MS - HALF_HOUR_MS - 60_000)
    assert.equal(two?.replica.view.services(SCOPE).length, 1, 'what is well formed goes on')
    assert.equal(offered(), 1)
    mesh.run(AGAIN_MS + 120_000)
    assert.equal(offered(), 2)
  })
})
