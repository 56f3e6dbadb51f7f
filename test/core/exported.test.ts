import assert from 'node:assert/strict'
import type { Center } from '../../src/center/center.ts'
import type { Instance } from '../../src/core/model.ts'
import { learn, startTestCenter } from '../helpers/center.ts'
import { SCOPE } from '../helpers/rules.ts'

const KEY = { ...SCOPE, environment: '', appId: 'shop', serviceName: 'orders', version: '1.0.0' }
const SERVICE = {
  appId: 'shop',
  serviceName: 'orders',
  version: '1.0.0',
  level: 'BACK',
  status: 'UP',
  timestamp: '1',
  modTimestamp: '1',
}
const INSTANCE: Instance = {
  instanceId: 'i1',
  endpoints: ['rest://10.1.0.7:8080'],
  exportedEndpoints: ['rest://203.0.113.1:31000'],
  hostName: 'pod',
  status: 'UP',
  timestamp: '1',
  modTimestamp: '1',
  version: '1.0.0',
}

describe('Exported addresses', () => {
  let here: Center
  let there: Center

  beforeEach(async () => {
    here = startTestCenter({ label: 'sc1' })
    there = startTestCenter({ label: 'sc2' })
    await here.execute(tx => tx.putInstance(tx.putService(KEY, SERVICE), INSTANCE))
    learn(here, there)
  })

  const view = (center: Center) => center.read(each => each.byKey(KEY)?.instance('i1')) ?? assert.fail('not there')

  it('are what other clusters see, in place of the others', () => {
    assert.deepEqual(view(here).read().endpoints, ['rest://10.1.0.7:8080'])
    assert.deepEqual(view(here).read(true).endpoints, ['rest://203.0.113.1:31000'])
    assert.deepEqual(view(there).read().endpoints, ['rest://203.0.113.1:31000'])
  })

  it('are never shown as a field', () => {
    for (const instance of [view(here).read(), view(here).read(true), view(there).read()]) {
      assert.ok(!('exportedEndpoints' in instance))
    }
    assert.deepEqual(view(there).registered(), INSTANCE)
  })

  it('are kept where status and properties are laid over', async () => {
    await here.execute(tx => tx.setInstanceStatus(tx.view.byKey(KEY)?.instance('i1') ?? assert.fail(), 'DOWN', '2'))
    learn(here, there)
    const { status, endpoints } = view(there).read()
    assert.deepEqual({ status, endpoints }, { status: 'DOWN', endpoints: ['rest://203.0.113.1:31000'] })
  })

  it('are what events tell watchers in the own cluster nothing of', async () => {
    const told: (readonly string[] | undefined)[] = []
    here.watch('*', ({ instance }) => told.push(instance.endpoints))
    await here.execute(tx => tx.putInstance(tx.view.byKey(KEY) ?? assert.fail(), { ...INSTANCE, hostName: 'other' }))
    assert.deepEqual(told, [['rest://10.1.0.7:8080']])
  })
})
