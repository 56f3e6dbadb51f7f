import assert from 'node:assert/strict'
import type { Center } from '../../../src/center/center.ts'
import { heartbeat, heartbeats } from '../../../src/core/commands/heartbeat.ts'
import {
  registerInstance,
  setInstanceProperties,
  setInstanceStatus,
  setStatusWhere,
  unregisterInstance,
} from '../../../src/core/commands/instance.ts'
import type { InstanceDraft } from '../../../src/core/commands/instance-draft.ts'
import type { Rules } from '../../../src/core/commands/rules.ts'
import { registerService } from '../../../src/core/commands/service.ts'
import type { HealthCheck, Instance } from '../../../src/core/model.ts'
import { learn, startTestCenter } from '../../helpers/center.ts'
import { refused } from '../../helpers/refused.ts'
import { draft, rules, SCOPE } from '../../helpers/rules.ts'

const service = async (center: Center): Promise<string> =>
  (await center.execute(registerService(SCOPE, draft('a'), rules()))).id

const add = (center: Center, id: string, instance: Partial<InstanceDraft> = {}, by: Rules = rules()) =>
  center.execute(registerInstance(SCOPE, id, { hostName: 'h', ...instance }, by))

const all = (center: Center, id: string): readonly Instance[] =>
  center.read(
    view =>
      view
        .service(SCOPE, id)
        ?.instances()
        .map(instance => instance.read()) ?? [],
  )

const only = (center: Center, id: string): Instance => {
  const [one, ...more] = all(center, id)
  assert.ok(one && more.length === 0)
  return one
}

describe('registering an instance', () => {
  it('fills in what its owner left out', async () => {
    const center = startTestCenter()
    const id = await service(center)
    const instanceId = await add(center, id)
    assert.match(instanceId, /^[0-9a-f]{32}$/)
    const { timestamp, modTimestamp, ...rest } = only(center, id)
    assert.match(timestamp, /^\d{10}$/)
    assert.equal(modTimestamp, timestamp)
    const healthCheck = { mode: 'push', interval: 30, times: 3 }
    assert.deepEqual(rest, { instanceId, hostName: 'h', status: 'UP', version: '1.0.0', healthCheck })
  })

  const checks: readonly (readonly [string, HealthCheck, HealthCheck, Partial<Rules['instances']>?])[] = [
    ['keeps what is slow enough', push(10, 4), push(10, 4)],
    ['raises a short interval', push(1, 3), push(5, 3)],
    ['raises few misses', push(30, 0), push(30, 3)],
    ['raises to what the rules say', push(1, 1), push(1, 2), { minIntervalS: 1, minTimes: 2 }],
    ['replaces what pull asks for', { mode: 'pull', interval: 5, times: 9 }, { mode: 'pull', interval: 30, times: 3 }],
    ['keeps port and url', { ...push(30, 3), port: 80, url: '/x' }, { ...push(30, 3), port: 80, url: '/x' }],
    ['shows a ruled lease as what it is', push(30, 3), push(15, 3), { leaseS: 60 }],
    ['rounds a ruled lease up', push(30, 3), push(16, 3), { leaseS: 61 }],
  ]
  for (const [name, asked, expected, by] of checks) {
    it(`${name}: ${asked.mode} ${asked.interval} s, ${asked.times} misses`, async () => {
      const center = startTestCenter()
      const id = await service(center)
      await add(center, id, { healthCheck: asked }, rules({}, by))
      assert.deepEqual(only(center, id).healthCheck, expected)
    })
  }

  it('again with its own id renews it, and replaces it where the rules say so', async () => {
    const center = startTestCenter()
    const id = await service(center)
    await add(center, id, { instanceId: 'mine', hostName: 'first' })
    assert.equal(await add(center, id, { instanceId: 'mine', hostName: 'second' }), 'mine')
    assert.equal(only(center, id).hostName, 'first')
    const { timestamp } = only(center, id)
    await add(center, id, { instanceId: 'mine', hostName: 'third' }, rules({}, { reregister: 'replace' }))
    assert.equal(only(center, id).hostName, 'third')
    assert.equal(only(center, id).timestamp, timestamp)
  })

  it('without an id is a new one, and supersedes the same endpoints where the rules say so', async () => {
    const center = startTestCenter()
    const id = await service(center)
    const endpoints = ['rest://1', 'grpc://2']
    await add(center, id, { endpoints })
    await add(center, id, { endpoints })
    await add(center, id, { endpoints: ['rest://3'] })
    await add(center, id)
    assert.equal(all(center, id).length, 4)
    const last = await add(center, id, { endpoints: endpoints.toReversed() }, rules({}, { supersede: 'endpoints' }))
    assert.equal(all(center, id).length, 3)
    assert.ok(all(center, id).some(instance => instance.instanceId === last))
    await add(center, id, {}, rules({}, { supersede: 'endpoints' }))
    assert.equal(all(center, id).length, 4)
  })

  it('settles identity before the quota', async () => {
    const center = startTestCenter()
    const id = await service(center)
    const one = rules({ instances: 1 })
    await add(center, id, { instanceId: 'mine' }, one)
    assert.equal(await add(center, id, { instanceId: 'mine' }, one), 'mine')
    const { message } = await refused('QUOTA_EXCEEDED', () => add(center, id, {}, one))
    assert.equal(message, 'no quota to create INSTANCE, max num is 1, curNum is 1, apply num is 1')
  })

  it('merges the properties that the node gives to all', async () => {
    const center = startTestCenter()
    const id = await service(center)
    const ruled = rules({}, { properties: { zone: 'z1', rack: 'r1' } })
    const instanceId = await add(center, id, { properties: { own: '1', zone: 'mine' } }, ruled)
    assert.deepEqual(only(center, id).properties, { own: '1', zone: 'z1', rack: 'r1' })
    await center.execute(setInstanceProperties(SCOPE, id, instanceId, { new: '2' }, ruled.instances))
    assert.deepEqual(only(center, id).properties, { new: '2', zone: 'z1', rack: 'r1' })
  })

  it('below an unknown service is refused, and siblings would be asked', async () => {
    const { missing } = await refused('SERVICE_NOT_FOUND', () => add(startTestCenter(), 'nobody'))
    assert.deepEqual(missing, [{ kind: 'service', id: 'nobody' }])
  })

  it('below another cluster’s service registers that here first', async () => {
    const [there, here] = [startTestCenter(), startTestCenter({ label: 'sc2' })]
    const id = await service(there)
    learn(there, here)
    await add(here, id)
    assert.equal(
      here.read(view => view.service(SCOPE, id)?.local),
      true,
    )
  })

  it('with the id of another cluster’s registers it here as well', async () => {
    const [there, here] = [startTestCenter(), startTestCenter({ label: 'sc2' })]
    const id = await service(there)
    await add(there, id, { instanceId: 'mine', hostName: 'there' })
    learn(there, here)
    await add(here, id, { instanceId: 'mine', hostName: 'here' })
    assert.equal(only(here, id).hostName, 'here')
  })
})

describe('an instance', () => {
  it('changes its status and goes', async () => {
    const center = startTestCenter()
    const id = await service(center)
    const instanceId = await add(center, id)
    await center.execute(setInstanceStatus(SCOPE, id, instanceId, 'DOWN'))
    assert.equal(only(center, id).status, 'DOWN')
    await center.execute(heartbeat(SCOPE, id, instanceId))
    await center.execute(unregisterInstance(SCOPE, id, instanceId))
    assert.deepEqual(all(center, id), [])
  })

  const writes = {
    unregister: (id: string, instanceId: string) => unregisterInstance(SCOPE, id, instanceId),
    status: (id: string, instanceId: string) => setInstanceStatus(SCOPE, id, instanceId, 'UP'),
    properties: (id: string, instanceId: string) => setInstanceProperties(SCOPE, id, instanceId, {}, rules().instances),
  }
  for (const [name, write] of Object.entries(writes)) {
    it(`${name}: unknown is refused, and siblings would be asked`, async () => {
      const { missing } = await refused('INSTANCE_NOT_FOUND', () => startTestCenter().execute(write('a', 'b')))
      assert.deepEqual(missing, [
        { kind: 'service', id: 'a' },
        { kind: 'instance', id: 'b' },
      ])
    })

    it(`${name}: another cluster’s is refused, the cluster named, and siblings asked for one of their own`, async () => {
      const [there, here] = [startTestCenter(), startTestCenter({ label: 'sc2' })]
      const id = await service(there)
      const instanceId = await add(there, id)
      learn(there, here)
      const { message, missing } = await refused('INSTANCE_NOT_FOUND', () => here.execute(write(id, instanceId)))
      assert.match(message, /cluster sc1/)
      assert.deepEqual(missing, [
        { kind: 'service', id },
        { kind: 'instance', id: instanceId },
      ])
    })
  }

  it('is heard, and one that nobody knows is not created', async () => {
    const center = startTestCenter()
    const id = await service(center)
    await refused('INSTANCE_NOT_FOUND', () => center.execute(heartbeat(SCOPE, id, 'nobody')))
    assert.deepEqual(all(center, id), [])
    const instanceId = await add(center, id)
    const names = [
      { serviceId: id, instanceId },
      { serviceId: id, instanceId: 'nobody' },
      { serviceId: 'nobody', instanceId },
    ]
    assert.deepEqual(await center.execute(heartbeats(SCOPE, names)), names.slice(1))
  })

  it('is found by its properties: all pairs must match', async () => {
    const center = startTestCenter()
    const id = await service(center)
    await add(center, id, { hostName: 'a1', properties: { zone: 'a', rack: '1' } })
    await add(center, id, { hostName: 'a2', properties: { zone: 'a', rack: '2' } })
    await add(center, id, { hostName: 'b1', properties: { zone: 'b', rack: '1' } })
    assert.equal(await center.execute(setStatusWhere(SCOPE, { zone: 'a', rack: '2' }, 'DOWN')), 1)
    assert.equal(await center.execute(setStatusWhere(SCOPE, { toString: 'x' }, 'DOWN')), 0)
    const down = all(center, id).filter(instance => instance.status === 'DOWN')
    assert.deepEqual(
      down.map(instance => instance.hostName),
      ['a2'],
    )
  })
})

function push(interval: number, times: number): HealthCheck {
  return { mode: 'push', interval, times }
}
