import assert from 'node:assert/strict'
import { forgedRegistrations } from '../../scripts/harness.d/attack/forgeries.ts'
import { startTestCenter, testNodeId } from '../helpers/center.ts'
import { SCOPE } from '../helpers/rules.ts'

describe('forged gossip', () => {
  it('of a node that nobody knows registers nothing, whatever it says of a cluster', async () => {
    const victim = startTestCenter()
    const author = testNodeId()
    const frames = await forgedRegistrations(['shop'], victim.status().clusterId, Date.now())
    assert.ok(frames.length > 0)
    for (const frame of frames) assert.notEqual(victim.gossip(author, author, frame), 'accept')
    assert.equal(
      victim.read(view => view.services(SCOPE).length),
      0,
    )
    victim.leave()
  })
})
