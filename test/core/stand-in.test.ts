import assert from 'node:assert/strict'
import type { Center } from '../../src/center/center.ts'
import type { ClusterId } from '../../src/core/model.ts'
import { learn, startTestCenter } from '../helpers/center.ts'
import { SCOPE } from '../helpers/rules.ts'

const OLD = '00112233445566ff' as ClusterId
const KEY = { ...SCOPE, environment: '', appId: 'shop', serviceName: 'orders', version: '1.0.0' }
const TIMES = { timestamp: '1', modTimestamp: '1' }
const SERVICE = { appId: 'shop', serviceName: 'orders', version: '1.0.0', level: 'BACK', status: 'UP', ...TIMES }
const INSTANCE = { instanceId: 'i1', hostName: 'h', status: 'UP', version: '1.0.0', ...TIMES }

describe('A cluster that a node stands in for', () => {
  let nowMs: number
  let here: Center
  let there: Center

  beforeEach(async () => {
    nowMs = 1_000_000
    const clock = { wallMs: () => nowMs, monotonicMs: () => nowMs, after: () => () => undefined }
    here = startTestCenter({ label: 'sc1', clock })
    there = startTestCenter({ label: 'sc2', clock })
    here.standIn(OLD, { label: 'old', reachable: true })
    await here.execute(tx => tx.putInstance(tx.putService(KEY, SERVICE), INSTANCE), { cluster: OLD })
    learn(here, there)
  })

  const origin = (center: Center) => center.read(view => view.byKey(KEY)?.instance('i1')?.origin()) ?? assert.fail()
  const aSecondLater = () => {
    nowMs += 1_000
    for (const center of [here, there]) center.tick()
  }

  it('is called alike everywhere', () => {
    assert.equal(origin(here).cluster, 'old')
    assert.equal(origin(there).cluster, 'old')
  })

  it('is stale everywhere while nobody reaches its center', () => {
    aSecondLater()
    assert.deepEqual([origin(here).stale, origin(there).stale], [false, false])
    here.standIn(OLD, { label: 'old', reachable: false })
    learn(here, there)
    aSecondLater()
    assert.deepEqual([origin(here).stale, origin(there).stale], [true, true])
    here.standIn(OLD, { label: 'old', reachable: true })
    learn(here, there)
    aSecondLater()
    assert.deepEqual([origin(here).stale, origin(there).stale], [false, false])
  })

  it('belongs to itself: readers of the own cluster alone do not see it', () => {
    assert.equal(
      here.read(view => view.byKey(KEY, { local: true })),
      undefined,
    )
  })
})
