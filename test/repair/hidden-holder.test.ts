import assert from 'node:assert/strict'
import type { Directory } from '../../src/core/directory.ts'
import { type Beat, Members, readBeats } from '../../src/core/members.ts'
import type { Epoch, NodeId } from '../../src/core/model.ts'
import { startReplica } from '../helpers/replica.ts'
import { SCOPE } from '../helpers/rules.ts'

const KEY = { ...SCOPE, environment: '', appId: 'shop', serviceName: 'orders', version: '1.0.0' }
const TIMES = { timestamp: '1', modTimestamp: '1' }
const SERVICE = { appId: 'shop', serviceName: 'orders', version: '1.0.0', level: 'BACK', status: 'UP', ...TIMES }
const INSTANCE = { instanceId: 'i1', hostName: 'h', status: 'UP', version: '1.0.0', ...TIMES }
const LEASE_S = 120
const [RELAY, OTHER] = ['relay', 'other'] as [NodeId, NodeId]

describe('the instances of a holder that was silent and is heard again', () => {
  it('are shown after a repair with the peer through which it is heard, begun since, and after no other', () => {
    const [holder, sibling, node] = ['a', 'b', 'c'].map(name => startReplica(name, 1_000_000))
    if (holder === undefined || sibling === undefined || node === undefined) assert.fail()
    let beat = 0
    const pass = (seconds: number, heard = [holder, sibling]): void => {
      for (let s = 0; s < seconds; s++) {
        beat += 1
        for (const { replica } of heard) {
          const said = { epoch: replica.epoch, beat, seq: 0, watching: false, heardAtMs: node.nowMs(), via: RELAY }
          node.replica.members.hear(said)
        }
        node.tick(1_000)
      }
    }
    const isShown = (): boolean => node.replica.view.byKey(KEY)?.instance('i1') !== undefined
    const repair = (peer: NodeId, begunAtMs: number): void => {
      node.replica.repaired(peer, begunAtMs, node.nowMs())
      pass(2)
    }
    node.learn([...holder.introduce(), ...sibling.introduce()])
    node.learn(holder.run(tx => tx.putInstance(tx.putService(KEY, SERVICE), INSTANCE)))
    pass(5)
    pass(LEASE_S + 1, [sibling])
    const silentMs = node.nowMs()
    pass(2)
    assert.equal(isShown(), false)
    repair(OTHER, node.nowMs())
    assert.equal(isShown(), false, 'another peer may lack what the holder has ended')
    repair(RELAY, silentMs)
    assert.equal(isShown(), false, 'the relay may have lacked it when that repair began')
    repair(RELAY, node.nowMs())
    assert.equal(isShown(), true)
  })
})

describe('beats that a peer is told', () => {
  const [THIRD, PEER] = ['0303030303030303' as Epoch, RELAY]
  const directory = { nodes: new Map() } as unknown as Directory
  const beat = (epoch: Epoch, more: Partial<Beat> = {}): Beat => {
    return { epoch, beat: 1, seq: 5, watching: false, heardAtMs: 0, via: PEER, ...more }
  }

  it('call a node watching until a repair with whoever told of it has brought what it had ended by then', () => {
    const members = new Members(directory)
    const watching = (peer: NodeId): boolean | undefined =>
      readBeats(
        members.unsent(peer, new Set(), () => 5),
        PEER,
        0,
      )?.at(0)?.watching
    members.hear(beat(THIRD, { watching: true, heardAtMs: 1_000 }))
    assert.equal(watching(OTHER), true)
    members.repaired(PEER, 1_500)
    members.hear(beat(THIRD, { beat: 2, heardAtMs: 2_000 }))
    assert.equal(watching(OTHER), true, 'its last ends may have come there since the repair began')
    members.repaired(OTHER, 2_500)
    members.hear(beat(THIRD, { beat: 3, heardAtMs: 3_000 }))
    assert.equal(watching(OTHER), true, 'another peer may lack them')
    members.repaired(PEER, 3_500)
    members.hear(beat(THIRD, { beat: 4, heardAtMs: 4_000 }))
    assert.equal(watching(OTHER), false)
    members.hear(beat(THIRD, { beat: 9, heardAtMs: 9_000 }))
    assert.equal(watching(OTHER), true, 'it was silent')
  })
})
