import assert from 'node:assert/strict'
import { heartbeat } from '../../src/core/commands/heartbeat.ts'
import type { ClusterId, NodeId } from '../../src/core/model.ts'
import type { Write } from '../../src/core/wire.ts'
import { CLUSTER, startReplica } from '../helpers/replica.ts'
import { SCOPE } from '../helpers/rules.ts'

const SECOND_MS = 1_000
const DAY_MS = 86_400_000

const KEY = { ...SCOPE, environment: '', appId: 'shop', serviceName: 'orders', version: '1.0.0' }
const TIMES = { timestamp: '1', modTimestamp: '1' }
const SERVICE = { appId: 'shop', serviceName: 'orders', version: '1.0.0', level: 'BACK', status: 'UP', ...TIMES }
const INSTANCE = { instanceId: 'i1', hostName: 'h', status: 'UP', version: '1.0.0', ...TIMES }

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

describe('A node that lost its disk and its cluster id', () => {
  it('hears nobody for the leases that name it in the old cluster, so that clients register anew (simulation, seed 96)', () => {
    const earlier = startReplica('a', 1_000_000)
    const writes = earlier.run(tx => tx.putInstance(tx.putService(KEY, SERVICE), INSTANCE))
    const { sid } = earlier.replica.view.byKey(KEY) ?? assert.fail()
    earlier.run(heartbeat(SCOPE, sid, 'i1'))

    const again = startReplica('a', 1_000_000, { cluster: 'ffeeddccbbaa9988' as ClusterId })
    again.learn(writes)
    assert.equal(again.replica.view.byKey(KEY)?.instance('i1')?.instanceId, 'i1')
    assert.throws(() => again.run(heartbeat(SCOPE, sid, 'i1')), { code: 'INSTANCE_NOT_FOUND' })
  })

  it('removes nothing of the old cluster, however long its leases have been over (simulation, seed 2115)', () => {
    const earlier = startReplica('a', 1_000_000)
    const writes = earlier.run(tx => tx.putInstance(tx.putService(KEY, SERVICE), INSTANCE))
    const again = startReplica('a', 1_000_000, { cluster: 'ffeeddccbbaa9988' as ClusterId })
    again.learn(writes)
    const written: Write[] = []
    const pass = (seconds: number) => {
      for (let i = 0; i < seconds; i++) written.push(...again.tick(SECOND_MS).outcome.writes)
    }
    pass(200)
    assert.equal(again.replica.view.byKey(KEY)?.instance('i1'), undefined, 'it has ended the lease')
    written.push(...again.tick(2 * DAY_MS).outcome.writes)
    pass(100)
    assert.deepEqual(
      written.filter(({ key, value }) => value === undefined && key.startsWith(CLUSTER)),
      [],
    )
  })
})
