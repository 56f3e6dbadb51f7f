import assert from 'node:assert/strict'
import type { Epoch, NodeId } from '../../src/core/model.ts'
import type { Write } from '../../src/core/wire.ts'
import { startReplica, type TestReplica } from '../helpers/replica.ts'
import { SCOPE } from '../helpers/rules.ts'

const KEY = { ...SCOPE, environment: '', appId: 'shop', serviceName: 'orders', version: '1.0.0' }
const TIMES = { timestamp: '1', modTimestamp: '1' }
const SERVICE = { appId: 'shop', serviceName: 'orders', version: '1.0.0', level: 'BACK', status: 'UP', ...TIMES }
const INSTANCE = { instanceId: 'i1', hostName: 'h', status: 'UP', version: '1.0.0', ...TIMES }
const LEASE_MS = 120_000
const PEER = 'peer' as NodeId
const EARLIER = '00000000000000aa' as Epoch

describe('A holder that goes on watching where its start before left off', () => {
  let holder: TestReplica
  let startedAtMs: number

  beforeEach(() => {
    const before = startReplica('a', 1_000_000)
    const writes = before.run(tx => tx.putInstance(tx.putService(KEY, SERVICE), INSTANCE))
    holder = startReplica('a', 2_000_000)
    holder.learn(writes)
    startedAtMs = holder.nowMs()
    // It had watched for all but a second, and heard nobody.
    holder.replica.watchAnew(startedAtMs, { watchedMs: LEASE_MS - 1_000, heard: [], epoch: EARLIER, beat: 115 })
  })

  const isShown = (): boolean => holder.replica.view.byKey(KEY)?.instance('i1') !== undefined
  const pass = (seconds: number): void => {
    for (let i = 0; i < seconds; i++) holder.tick(1_000)
  }
  const tell = (beat: number): void => {
    const heard = { epoch: EARLIER, beat, seq: 0, watching: false, heardAtMs: holder.nowMs(), via: undefined }
    holder.replica.members.hear(heard)
  }

  it('ends what lapsed when it has watched for a lease in all, but not before it knows what its peers have heard of it', () => {
    pass(1)
    holder.replica.repaired(PEER, holder.nowMs(), holder.nowMs())
    pass(1)
    assert.equal(isShown(), true)
    pass(2)
    assert.equal(isShown(), false)
  })

  it('watches for a whole lease when that start went on for long: the disk is an old one (simulation, seed 41)', () => {
    pass(1)
    holder.replica.repaired(PEER, holder.nowMs(), holder.nowMs())
    tell(140)
    pass(LEASE_MS / 1_000 - 2)
    assert.equal(isShown(), true)
    holder.replica.repaired(PEER, holder.nowMs(), holder.nowMs())
    pass(4)
    assert.equal(isShown(), false)
  })

  it('counts what was watched when that start died soon after', () => {
    tell(118)
    holder.replica.repaired(PEER, holder.nowMs(), holder.nowMs())
    pass(4)
    assert.equal(isShown(), false)
  })
})

describe('A holder that has started and reaches nobody', () => {
  it('gives its peers time to answer before it ends what lapsed (simulation, seed 293)', () => {
    const before = startReplica('a', 1_000_000)
    const writes = before.run(tx => tx.putInstance(tx.putService(KEY, SERVICE), INSTANCE))
    const holder = startReplica('a', 2_000_000, { awaitPeersMs: 10_000 })
    holder.learn(writes)
    holder.replica.watchAnew(holder.nowMs(), { watchedMs: LEASE_MS, heard: [], epoch: EARLIER, beat: 115 })
    const isShown = (): boolean => holder.replica.view.byKey(KEY)?.instance('i1') !== undefined
    for (let i = 0; i < 9; i++) holder.tick(1_000)
    assert.equal(isShown(), true)
    for (let i = 0; i < 2; i++) holder.tick(1_000)
    assert.equal(isShown(), false)
  })
})

describe('A holder that has lost its memory', () => {
  it('says for a lease that it watches what a repair brings it (simulation, seed 6269)', () => {
    const registered = startReplica('a', 1_000_000).run(tx => tx.putInstance(tx.putService(KEY, SERVICE), INSTANCE))
    const holder = startReplica('a', 2_000_000)
    holder.replica.watchAnew(holder.nowMs())
    const isShown = (): boolean => holder.replica.view.byKey(KEY)?.instance('i1') !== undefined
    const says = (): boolean | undefined => holder.replica.members.get(holder.replica.epoch)?.watching
    const other = { ...INSTANCE, instanceId: 'i2' }
    holder.run(tx => tx.putInstance(tx.putService(KEY, SERVICE), other))
    holder.tick(1_000)
    assert.equal(says(), false, 'its own registrations were heard')
    holder.learn(registered)
    holder.replica.repaired(PEER, holder.nowMs(), holder.nowMs())
    holder.tick(1_000)
    assert.deepEqual([isShown(), says()], [true, true])
    assert.equal(holder.replica.watching, false, 'a next start is not to go on from here')
    for (let i = 0; i < LEASE_MS / 1_000 - 2; i++) holder.tick(1_000)
    assert.deepEqual([isShown(), says()], [true, true])
    for (let i = 0; i < 3; i++) holder.tick(1_000)
    assert.equal(says(), false)
  })
})

describe('A holder whose lease comes back when that of another node is gone', () => {
  it('does not end it for what it heard before it stood still (simulation, seed 20163)', () => {
    const [holder, other, third] = ['a', 'b', 'c'].map(name => startReplica(name, 1_000_000))
    if (holder === undefined || other === undefined || third === undefined) assert.fail()
    const registered = third.run(tx => tx.putInstance(tx.putService(KEY, SERVICE), INSTANCE))
    const shown = () => holder.replica.view.byKey(KEY)?.instance('i1')
    /** Takes the lease over; the answer is what was written. */
    const hear = ({ replica, learn, run, tick }: TestReplica): readonly Write[] => {
      learn(registered)
      run(tx => tx.heartbeat(replica.view.byKey(KEY)?.instance('i1') ?? assert.fail()))
      return tick(100).outcome.writes
    }
    hear(holder)
    const taken = hear(other)[0] ?? assert.fail()
    holder.learn([taken])
    assert.equal(shown()?.origin().holder, 'b')
    holder.tick(LEASE_MS)
    holder.replica.endCovered([taken], { wallMs: 1_000_000, monotonicMs: holder.nowMs() })
    assert.equal(shown()?.origin().holder, 'a')
    for (let s = 1; s < LEASE_MS / 1_000; s++) holder.tick(1_000)
    assert.notEqual(shown(), undefined)
    for (let s = 0; s < 2; s++) holder.tick(1_000)
    assert.equal(shown(), undefined)
  })
})
