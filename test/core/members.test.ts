import assert from 'node:assert/strict'
import type { Directory } from '../../src/core/directory.ts'
import { type Beat, Members, readBeats } from '../../src/core/members.ts'
import type { Epoch, NodeId } from '../../src/core/model.ts'

const PEER = 'peer' as NodeId
const OTHER = 'other' as NodeId
const [OWN, THEIRS, THIRD] = ['01', '02', '03'].map(hex => hex.repeat(8) as Epoch) as [Epoch, Epoch, Epoch]

/** Knows of a peer which start is its present one, and nothing else. */
const directory = { nodes: new Map([[PEER, { record: { epoch: THEIRS } }]]) } as unknown as Directory

const beat = (epoch: Epoch, more: Partial<Beat> = {}): Beat => {
  return { epoch, beat: 1, seq: 5, watching: false, heardAtMs: 0, via: PEER, ...more }
}

describe('beats that a peer is told', () => {
  const told = (members: Members, peer: NodeId, seq = 5, news: readonly Epoch[] = []) =>
    readBeats(
      members.unsent(peer, new Set(news), () => seq),
      PEER,
      0,
    )?.map(({ epoch }) => epoch)

  it('are each beat once, and go on to everybody but the one who said them', () => {
    const members = new Members(directory)
    members.hear(beat(OWN, { via: undefined }))
    members.hear(beat(THIRD))
    assert.deepEqual(told(members, PEER), [OWN])
    assert.deepEqual(told(members, OTHER), [OWN, THIRD])
    assert.deepEqual([told(members, PEER), told(members, OTHER)], [[], []])
  })

  it('are not those that it said later than another peer: a beat goes over a link once, not there and back', () => {
    const members = new Members(directory)
    members.hear(beat(THIRD, { via: OTHER }))
    assert.equal(members.hear(beat(THIRD)), false)
    assert.deepEqual(told(members, PEER), [])
  })

  it('are also those that it said, when more of that writer has been seen here or a later beat was heard', () => {
    const members = new Members(directory)
    members.hear(beat(THIRD))
    assert.deepEqual(told(members, PEER, 6), [THIRD])
    members.hear(beat(THIRD, { beat: 2 }))
    assert.deepEqual(told(members, PEER), [])
    members.hear(beat(THIRD, { beat: 3, via: OTHER }))
    assert.deepEqual(told(members, PEER), [THIRD])
  })

  it('are always its own, which say how far its writes have come', () => {
    const members = new Members(directory)
    members.hear(beat(THEIRS))
    assert.deepEqual(told(members, PEER), [THEIRS])
  })

  it('are what a repair has brought, whoever said it, and all of them after a new connection', () => {
    const members = new Members(directory)
    members.hear(beat(THIRD))
    assert.deepEqual(told(members, PEER, 5, [THIRD]), [THIRD])
    assert.deepEqual(told(members, PEER), [])
    members.forgetPeer(PEER)
    assert.deepEqual(told(members, PEER), [THIRD])
  })
})
