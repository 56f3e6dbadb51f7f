import assert from 'node:assert/strict'
import type { Center } from '../../src/center/center.ts'
import type { ClusterId } from '../../src/core/model.ts'
import { Mirror } from '../../src/sources/servicecenter/mirror.ts'
import { learn, startTestCenter } from '../helpers/center.ts'
import { silentLog } from '../helpers/node.ts'
import { SCOPE } from '../helpers/rules.ts'

const OLD = '00112233445566ff' as ClusterId
const KEY = { ...SCOPE, environment: '', appId: 'shop', serviceName: 'orders', version: '1.0.0' }
const TIMES = { timestamp: '1', modTimestamp: '1' }
const SERVICE = { appId: 'shop', serviceName: 'orders', version: '1.0.0', level: 'BACK', status: 'UP', ...TIMES }
const INSTANCE = { instanceId: 'i1', hostName: 'h', status: 'UP', version: '1.0.0', ...TIMES }

describe('Hearing what a node that is gone has registered for an older center', () => {
  let center: Center
  let mirror: Mirror

  beforeEach(async () => {
    const gone = startTestCenter()
    gone.standIn(OLD, { label: 'old', reachable: true })
    await gone.execute(tx => tx.putInstance(tx.putService(KEY, SERVICE), INSTANCE), { cluster: OLD })
    center = startTestCenter()
    learn(gone, center)
    mirror = new Mirror({ catalog: center, cluster: OLD, log: silentLog })
  })

  const holder = () => center.read(view => view.byKey(KEY)?.instance('i1')?.origin().holder)

  it('is the favourite’s business, who takes its lease', async () => {
    await mirror.hear(mirror.services(), true)
    assert.equal(holder(), center.replica.node)
    assert.equal(
      center.read(view => view.byKey(KEY)?.instance('i1')?.clusterId),
      OLD,
    )
  })

  it('is nobody else’s', async () => {
    const before = holder()
    await mirror.hear(mirror.services(), false)
    assert.equal(holder(), before)
    assert.notEqual(before, center.replica.node)
  })
})
