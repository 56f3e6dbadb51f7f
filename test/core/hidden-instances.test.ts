import assert from 'node:assert/strict'
import { setInstanceStatus } from '../../src/core/commands/instance.ts'
import type { ClusterId } from '../../src/core/model.ts'
import type { Command } from '../../src/core/transaction.ts'
import { startReplica, type TestReplica } from '../helpers/replica.ts'
import { SCOPE } from '../helpers/rules.ts'

const KEY = { ...SCOPE, environment: '', appId: 'shop', serviceName: 'orders', version: '1.0.0' }
const TIMES = { timestamp: '1', modTimestamp: '1' }
const SERVICE = { appId: 'shop', serviceName: 'orders', version: '1.0.0', level: 'BACK', status: 'UP', ...TIMES }
const INSTANCE = { instanceId: 'i1', hostName: 'h', status: 'UP', version: '1.0.0', ...TIMES }
const LEASE_S = 120

describe('An instance that is hidden because its holder is silent', () => {
  it('can be written by its client all the same (simulation, seed 639)', () => {
    const [holder, node, sibling] = ['a', 'b', 'c'].map(name => startReplica(name, 1_000_000))
    if (holder === undefined || node === undefined || sibling === undefined) assert.fail()
    node.learn([...holder.introduce(), ...sibling.introduce()])
    node.learn(holder.run(tx => tx.putInstance(tx.putService(KEY, SERVICE), INSTANCE)))
    const shown = () => node.replica.view.byKey(KEY)?.instance('i1')
    assert.notEqual(shown(), undefined)
    for (let beat = 1; beat <= LEASE_S + 2; beat++) {
      const { epoch } = sibling.replica
      node.replica.members.hear({ epoch, beat, seq: 0, watching: false, heardAtMs: node.nowMs(), via: undefined })
      node.tick(1_000)
    }
    assert.equal(shown(), undefined)
    const { sid } = node.replica.view.byKey(KEY) ?? assert.fail()
    assert.equal(node.run(setInstanceStatus(SCOPE, sid, 'i1', 'DOWN')).length, 1)
  })
})

describe('An instance whose holder fell silent under a cluster id of its own', () => {
  it('is hidden when a sibling of old is heard (simulation, seed 4294)', () => {
    const [holder, sibling, node] = ['a', 'b', 'c'].map(name => startReplica(name, 1_000_000))
    if (holder === undefined || sibling === undefined || node === undefined) assert.fail()
    node.learn([...holder.introduce(), ...sibling.introduce()])
    node.learn(holder.run(tx => tx.putInstance(tx.putService(KEY, SERVICE), INSTANCE)))
    node.learn(startReplica('a', 1_000_500, { cluster: 'ffeeddccbbaa9988' as ClusterId }).introduce())
    const shown = () => node.replica.view.byKey(KEY)?.instance('i1')
    for (let beat = 1; beat <= LEASE_S + 2; beat++) {
      const { epoch } = sibling.replica
      if (beat < LEASE_S) assert.notEqual(shown(), undefined)
      node.replica.members.hear({ epoch, beat, seq: 0, watching: false, heardAtMs: node.nowMs(), via: undefined })
      node.tick(1_000)
    }
    assert.equal(shown(), undefined)
  })
})

describe('Instances that are hidden', () => {
  it('do not come back when their holder is only seen to take another lease (simulation, seed 1547)', () => {
    const [holder, sibling, node] = ['a', 'b', 'c'].map(name => startReplica(name, 1_000_000))
    if (holder === undefined || sibling === undefined || node === undefined) assert.fail()
    const beats = new Map<TestReplica, number>()
    const pass = (seconds: number, heard: readonly TestReplica[]): void => {
      for (let s = 0; s < seconds; s++) {
        for (const each of heard) {
          const { epoch } = each.replica
          const beat = (beats.get(each) ?? 0) + 1
          beats.set(each, beat)
          const via = each.replica.node
          node.replica.members.hear({ epoch, beat, seq: 0, watching: false, heardAtMs: node.nowMs(), via })
        }
        node.tick(1_000)
      }
    }
    const shown = () => node.replica.view.byKey(KEY)?.instance('i1')
    const register: Command<unknown> = tx => tx.putInstance(tx.putService(KEY, SERVICE), INSTANCE)
    const other: Command<unknown> = tx => tx.putInstance(tx.putService(KEY, SERVICE), { ...INSTANCE, instanceId: 'i2' })
    node.learn([...holder.introduce(), ...sibling.introduce(), ...holder.run(register)])
    const moved = sibling.run(other)
    for (const each of [holder, node]) each.learn(moved)
    pass(5, [holder, sibling])
    pass(LEASE_S + 1, [sibling])
    assert.equal(shown(), undefined)
    const entry = () => holder.replica.view.byKey(KEY)?.instance('i2') ?? assert.fail()
    holder.run(tx => tx.heartbeat(entry()))
    const taken = holder.tick(100).outcome.writes
    assert.equal(taken.length, 1)
    node.learn(taken)
    const repair = (heard: readonly TestReplica[]): void => {
      pass(1, heard)
      for (const each of heard) node.replica.repaired(each.replica.node, node.nowMs() + 1, node.nowMs() + 1)
      pass(2, heard)
    }
    repair([sibling])
    assert.equal(shown(), undefined)
    repair([holder, sibling])
    assert.notEqual(shown(), undefined)
  })
})

describe('A registration of a node whose beats were missing', () => {
  it('is a sign of life: it is not hidden before the first beat, and while its holder watches (simulation, seed 2920)', () => {
    const [holder, sibling, node] = ['a', 'b', 'c'].map(name => startReplica(name, 1_000_000))
    if (holder === undefined || sibling === undefined || node === undefined) assert.fail()
    let beat = 0
    const pass = (seconds: number, heard: readonly TestReplica[]): void => {
      for (let s = 0; s < seconds; s++) {
        beat += 1
        for (const each of heard) {
          const [{ epoch }, via] = [each.replica, each.replica.node]
          const watching = each === holder
          node.replica.members.hear({ epoch, beat, seq: 0, watching, heardAtMs: node.nowMs(), via })
        }
        node.tick(1_000)
      }
    }
    const isShown = (id: string): boolean => node.replica.view.byKey(KEY)?.instance(id) !== undefined
    const register = (instanceId: string): void =>
      node.learn(holder.run(tx => tx.putInstance(tx.putService(KEY, SERVICE), { ...INSTANCE, instanceId })))
    node.learn([...holder.introduce(), ...sibling.introduce()])
    register('i1')
    pass(LEASE_S + 11, [sibling])
    assert.equal(isShown('i1'), false)
    register('i2')
    pass(2, [sibling])
    assert.equal(isShown('i2'), true, 'its first beat is on its way')
    pass(20, [holder, sibling])
    assert.deepEqual([isShown('i1'), isShown('i2')], [false, true])
    pass(LEASE_S + 11, [sibling])
    assert.equal(isShown('i2'), false, 'it fell silent again')
  })
})

describe('An instance whose holder has left with its record', () => {
  it('is marked, as those of a silent one are (simulation, seed 7145)', () => {
    const [holder, reader] = [startReplica('a', 1_000_000), startReplica('b', 1_000_000)]
    reader.learn([...holder.introduce(), ...holder.run(tx => tx.putInstance(tx.putService(KEY, SERVICE), INSTANCE))])
    const isStale = () => reader.replica.view.byKey(KEY)?.instance('i1')?.origin().stale
    assert.equal(isStale(), false)
    reader.learn(holder.replica.leave({ wallMs: 1_000_001, monotonicMs: 2 }).writes)
    assert.equal(isStale(), true)
  })
})
