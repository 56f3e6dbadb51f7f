import assert from 'node:assert/strict'
import type { Command } from '../../src/core/transaction.ts'
import type { ServiceView } from '../../src/core/view.ts'
import { startReplica } from '../helpers/replica.ts'
import { SCOPE } from '../helpers/rules.ts'

const KEY = { ...SCOPE, environment: '', appId: 'shop', serviceName: 'orders', version: '1.0.0' }
const TIMES = { timestamp: '1', modTimestamp: '1' }
const SERVICE = { appId: 'shop', serviceName: 'orders', version: '1.0.0', level: 'BACK', status: 'UP', ...TIMES }
const instance = (hostName: string) => ({ instanceId: 'i1', hostName, status: 'UP', version: '1.0.0', ...TIMES })

const start = (node: string, wallMs: number) => {
  const { replica, run, learn } = startReplica(node, wallMs)
  return { run, learn, service: (): ServiceView => replica.view.byKey(KEY) ?? assert.fail('the service is gone') }
}

describe('What the other sibling wrote for an earlier life, with its clock a day ahead', () => {
  let here: ReturnType<typeof start>
  let ahead: ReturnType<typeof start>

  const register: Command<unknown> = tx => tx.putInstance(tx.putService(KEY, SERVICE), instance('first'))
  const again: Command<unknown> = tx => tx.putInstance(tx.putService(KEY, SERVICE), instance('second'))

  beforeEach(() => {
    here = start('a', 1_000_000)
    ahead = start('b', 87_400_000)
    ahead.learn(here.run(register))
  })

  it('does not hide the status of this life (simulation, seed 125)', () => {
    const late = ahead.run(tx => tx.setInstanceStatus(ahead.service().instance('i1') ?? assert.fail(), 'DOWN', '2'))
    here.run(tx => tx.removeInstance(here.service().instance('i1') ?? assert.fail()))
    here.run(again)
    here.run(tx => tx.setInstanceStatus(here.service().instance('i1') ?? assert.fail(), 'TESTING', '2'))
    here.learn(late)
    assert.equal(here.service().instance('i1')?.read().status, 'TESTING')
  })

  it('does not hide the tags of this registration of the service (simulation, seed 112)', () => {
    const late = ahead.run(tx => tx.putTag(ahead.service(), 'colour', 'red'))
    here.run(tx => tx.removeService(here.service()))
    here.run(again)
    here.run(tx => tx.putTag(here.service(), 'colour', 'blue'))
    here.learn(late)
    assert.deepEqual(here.service().tags(), { colour: 'blue' })
  })

  for (const order of ['before', 'after']) {
    it(`does not hide an instance of this registration of the service, heard of ${order} it`, () => {
      const late = ahead.run(tx => tx.putInstance(ahead.service(), instance('late')))
      const remove: Command<unknown> = tx => tx.removeService(here.service())
      const writes = [remove, again].flatMap(command => here.run(command))
      here.learn(late)
      const reader = start('c', 1_000_000)
      reader.learn(order === 'before' ? [...late, ...writes] : [...writes, ...late])
      for (const { service } of [here, reader]) assert.equal(service().instance('i1')?.read().hostName, 'second')
    })
  }
})
