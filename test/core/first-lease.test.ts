import assert from 'node:assert/strict'
import { registerInstance, unregisterInstance } from '../../src/core/commands/instance.ts'
import { registerService } from '../../src/core/commands/service.ts'
import { Context } from '../../src/core/context.ts'
import { instanceKey, isInstanceKey, leaseKey, leaseKeyOf } from '../../src/core/keys.ts'
import type { Sid } from '../../src/core/model.ts'
import { type Cursor, listMissing, START } from '../../src/core/reconcile.ts'
import { readInstance } from '../../src/core/records.ts'
import { packValue, unpackValue, type Write } from '../../src/core/wire.ts'
import { CLUSTER, startReplica, type TestReplica } from '../helpers/replica.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'

const WALL_MS = 1_800_000_000_000
const ID = 'one'

describe('the lease that a registration opens', () => {
  let a: TestReplica
  let b: TestReplica
  let sid: Sid

  const register = () => a.run(registerInstance(SCOPE, sid, instance, rules()))
  const instance = {
    ...{ hostName: 'host', instanceId: ID, endpoints: ['rest://127.0.0.1:1'] },
    healthCheck: { mode: 'push', interval: 10, times: 3 },
  }
  /** Nobody is heard; the answer is what was written about it. */
  const lapse = (): readonly Write[] => {
    const writes: Write[] = []
    for (let s = 0; s < 120 && leaseAt(a)?.open === true; s++) writes.push(...a.tick(1_000).outcome.writes)
    assert.equal(leaseAt(a)?.open, false)
    return writes
  }
  const leaseAt = ({ replica }: TestReplica) => replica.directory.entry(sid, CLUSTER, ID)?.lease
  const shownAt = ({ replica }: TestReplica): boolean => replica.view.service(SCOPE, sid)?.instance(ID) !== undefined
  const leaseRecords = ({ replica }: TestReplica): number => replica.catalog.versions(leaseKey(CLUSTER, sid, ID)).length

  beforeEach(() => {
    a = startReplica('a', WALL_MS)
    b = startReplica('b', WALL_MS)
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const)
      other.learn(one.introduce())
    b.learn(
      a.run(tx => {
        sid = registerService(SCOPE, draft('s'), rules())(tx).id as Sid
      }),
    )
  })

  it('is told with it, in one record', () => {
    const writes = register()
    b.learn(writes)
    assert.deepEqual(
      writes.map(({ key }) => key),
      [instanceKey(CLUSTER, sid, ID)],
    )
    for (const at of [a, b]) {
      assert.deepEqual([leaseAt(at)?.holder, leaseAt(at)?.version, leaseAt(at)?.open], ['a', 1, true])
      assert.deepEqual([leaseAt(at)?.leaseMs, leaseAt(at)?.intervalMs], [40_000, 10_000])
      assert.ok(shownAt(at))
    }
  })

  it('is at the next version when the instance registers again, and what became of the one before goes', () => {
    register()
    lapse()
    assert.deepEqual([leaseAt(a)?.open, leaseRecords(a), shownAt(a)], [false, 1, false])
    register()
    assert.deepEqual([leaseAt(a)?.version, leaseAt(a)?.open, leaseRecords(a)], [2, true, 0])
    assert.ok(shownAt(a))
  })

  it('never shows an instance that is over: a repair brings with a registration what became of its lease', () => {
    const reached = new Context()
    reached.join(b.replica.catalog.context)
    for (let i = 0; i < 3; i++) {
      a.run(registerInstance(SCOPE, sid, { ...instance, instanceId: `other-${i}` }, rules()))
    }
    register()
    lapse()
    const early = new Set<Write>()
    let at: Cursor | undefined = START
    let slices = 0
    while (at !== undefined) {
      const slice = listMissing(a.replica.catalog, reached, at, 1, early)
      b.learn(slice.writes)
      assert.equal(b.replica.view.service(SCOPE, sid)?.instances().length, 0, `after slice ${slices}`)
      at = slice.next
      slices += 1
    }
    assert.ok(slices > 3)
    assert.equal(a.replica.catalog.fingerprint().hex(), b.replica.catalog.fingerprint().hex())
  })

  it('does not begin anew where the end of its record comes before that of the registration', () => {
    b.learn(register())
    b.learn(lapse())
    const [endOfRegistration, endOfLease] = a.run(tx => {
      const entry = a.replica.directory.entry(sid, CLUSTER, ID)
      if (entry !== undefined) tx.removeInstance(entry)
    })
    assert.ok(endOfLease !== undefined && endOfRegistration !== undefined)
    assert.equal(endOfLease.key, leaseKey(CLUSTER, sid, ID))
    b.learn([endOfLease])
    assert.deepEqual([shownAt(b), leaseAt(b)?.open], [false, false])
    b.learn([endOfRegistration])
    assert.equal(leaseAt(b), undefined)
  })

  describe('of a registration that has not come to a node yet', () => {
    let c: TestReplica
    const entryAt = ({ replica }: TestReplica) => replica.directory.entry(sid, CLUSTER, ID) ?? assert.fail()

    /** The instance registers again at b, and a takes it over: of that the node c hears first. */
    beforeEach(() => {
      c = startReplica('c', WALL_MS)
      c.learn([...b.replica.catalog.keys()].flatMap(key => b.replica.catalog.versions(key)))
      const first = register()
      for (const each of [b, c]) each.learn(first)
      a.learn(b.run(registerInstance(SCOPE, sid, instance, rules())))
      a.run(tx => tx.heartbeat(entryAt(a)))
      const taken = a.tick(100).outcome.writes
      assert.deepEqual(
        taken.map(({ key }) => key),
        [leaseKey(CLUSTER, sid, ID)],
      )
      assert.equal(leaseAt(a)?.version, 3)
      c.learn(taken)
    })

    it('is not ended where that node takes the earlier one over (simulation, seed 1261)', () => {
      c.run(tx => tx.heartbeat(entryAt(c)))
      a.learn(c.tick(100).outcome.writes)
      assert.deepEqual([leaseAt(a)?.version, leaseAt(a)?.open, leaseAt(c)?.holder], [3, true, 'c'])
      assert.ok(shownAt(a))
    })

    it('is not ended where that node ends the earlier one', () => {
      a.learn(c.run(tx => tx.removeInstance(entryAt(c))))
      assert.deepEqual([leaseAt(a)?.version, leaseAt(a)?.open], [3, true])
      assert.ok(shownAt(a))
    })
  })

  it('is undone with a refused command', () => {
    register()
    const refuse = () =>
      a.run(tx => {
        unregisterInstance(SCOPE, sid, ID)(tx)
        throw new Error('refused')
      })
    assert.throws(refuse, /refused/)
    assert.deepEqual([leaseAt(a)?.open, shownAt(a)], [true, true])
  })

  it('may be missing, as in what earlier versions wrote, and is refused when it is malformed', () => {
    const [write] = register()
    const fields = unpackValue(write?.value ?? assert.fail()) as Record<string, unknown>
    const { lease, ...earlier } = fields
    assert.ok(Array.isArray(lease))
    assert.equal(readInstance(packValue(earlier))?.lease, undefined)
    assert.ok(readInstance(packValue(earlier)) !== undefined)
    for (const bad of [{}, [], [1, 'a b', 1, 1], [1, 'a', -1, 1], ['1', 'a', 1, 1]]) {
      assert.equal(readInstance(packValue({ ...earlier, lease: bad })), undefined, JSON.stringify(bad))
    }
  })

  it('has the key that follows from the registration’s', () => {
    const key = instanceKey(CLUSTER, sid, ID)
    assert.ok(isInstanceKey(key))
    assert.equal(leaseKeyOf(key), leaseKey(CLUSTER, sid, ID))
  })
})
