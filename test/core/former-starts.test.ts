import assert from 'node:assert/strict'
import type { NodeId } from '../../src/core/model.ts'
import { startReplica } from '../helpers/replica.ts'

const SECOND_MS = 1_000

describe('A node that lost its disk and finds the record of an earlier start at a peer', () => {
  it('is listened for under this start, also when its clock went back meanwhile (simulation, seed 270)', () => {
    const earlier = startReplica('a', 90_000_000)
    const peer = startReplica('b', 1_000_000)
    const found = earlier.introduce()
    peer.learn(found)

    const again = startReplica('a', 1_000_000)
    peer.learn(again.introduce())
    assert.equal(peer.replica.directory.nodes.get('a' as NodeId)?.record.epoch, earlier.replica.epoch)
    again.learn(found)
    peer.learn(again.tick(SECOND_MS).outcome.writes)
    assert.equal(peer.replica.directory.nodes.get('a' as NodeId)?.record.epoch, again.replica.epoch)
    assert.deepEqual(again.tick(SECOND_MS).outcome.writes, [])
  })
})
