import assert from 'node:assert/strict'
import type { Center } from '../../../src/center/center.ts'
import { recordDependency } from '../../../src/core/commands/dependency.ts'
import { registerInstance, unregisterInstance } from '../../../src/core/commands/instance.ts'
import {
  deleteService,
  registerService,
  type ServiceDraft,
  setServiceProperties,
} from '../../../src/core/commands/service.ts'
import type { ErrorCode } from '../../../src/core/errors.ts'
import { learn, startTestCenter } from '../../helpers/center.ts'
import { refused } from '../../helpers/refused.ts'
import { draft, rules, SCOPE } from '../../helpers/rules.ts'

const register = (center: Center, service: ServiceDraft, limit?: number) =>
  center.execute(registerService(SCOPE, service, rules(limit === undefined ? {} : { services: limit })))

const read = (center: Center, id: string) =>
  center.read(view => {
    const service = view.service(SCOPE, id)
    assert.ok(service, `service ${id}`)
    return service.read()
  })

const exists = (center: Center, id: string) => center.read(view => view.service(SCOPE, id) !== undefined)

describe('registering a microservice', () => {
  it('derives the id from the key, and keeps the first description', async () => {
    const center = startTestCenter()
    const { id } = await register(center, draft('one', { description: 'first' }))
    assert.match(id, /^[0-9a-f]{40}$/)
    assert.equal((await register(center, draft('one', { description: 'second' }))).id, id)
    assert.equal(read(center, id).description, 'first')
  })

  /** What is registered first, what then, and how that ends. */
  const conflicts: readonly {
    readonly name: string
    readonly first: ServiceDraft
    readonly second: ServiceDraft
    readonly ends: 'same' | 'other' | ErrorCode
  }[] = [
    {
      name: 'the same chosen id',
      first: draft('a', { serviceId: 'x' }),
      second: draft('a', { serviceId: 'x' }),
      ends: 'same',
    },
    { name: 'no id after a chosen one', first: draft('a', { serviceId: 'x' }), second: draft('a'), ends: 'same' },
    {
      name: 'another id for the same key',
      first: draft('a', { serviceId: 'x' }),
      second: draft('a', { serviceId: 'y' }),
      ends: 'SERVICE_ALREADY_EXISTS',
    },
    {
      name: 'a chosen id after a derived one',
      first: draft('a'),
      second: draft('a', { serviceId: 'y' }),
      ends: 'SERVICE_ALREADY_EXISTS',
    },
    {
      name: 'the id of another key',
      first: draft('a', { serviceId: 'x' }),
      second: draft('b', { serviceId: 'x' }),
      ends: 'SERVICE_ALREADY_EXISTS',
    },
    { name: 'another version', first: draft('a'), second: draft('a', { version: '1.0' }), ends: 'other' },
    { name: 'another environment', first: draft('a'), second: draft('a', { environment: 'testing' }), ends: 'other' },
    {
      name: 'the alias of another service',
      first: draft('a', { alias: 'z' }),
      second: draft('b', { alias: 'z' }),
      ends: 'same',
    },
    {
      name: 'the alias of another service, with a chosen id',
      first: draft('a', { alias: 'z' }),
      second: draft('b', { alias: 'z', serviceId: 'y' }),
      ends: 'SERVICE_ALREADY_EXISTS',
    },
    {
      name: 'the alias of another version',
      first: draft('a', { alias: 'z' }),
      second: draft('b', { alias: 'z', version: '2.0.0' }),
      ends: 'other',
    },
  ]
  for (const { name, first, second, ends } of conflicts) {
    it(`${name}: ${ends}`, async () => {
      const center = startTestCenter()
      const { id } = await register(center, first)
      if (ends === 'same') assert.equal((await register(center, second)).id, id)
      else if (ends === 'other') assert.notEqual((await register(center, second)).id, id)
      else await refused(ends, () => register(center, second))
    })
  }

  it('is refused when another service has chosen the id that it would have', async () => {
    const { id } = await register(startTestCenter(), draft('a'))
    const center = startTestCenter()
    for (const name of ['squatter', 'another']) {
      const squatter = await register(center, draft(name, { serviceId: id }))
      assert.equal(squatter.id, id)
      await refused('SERVICE_ALREADY_EXISTS', () => register(center, draft('a')))
      assert.equal(read(center, id).serviceName, name)
      await center.execute(deleteService(SCOPE, id, true))
    }
    assert.equal((await register(center, draft('a'))).id, id)
  })

  it('names the service that holds the alias', async () => {
    const center = startTestCenter()
    await register(center, draft('a', { alias: 'z' }))
    assert.equal((await register(center, draft('b', { alias: 'z' }))).aliasOf, 'a')
  })

  it('does not count what everybody finds against the quota', async () => {
    const center = startTestCenter()
    const limits = rules({ services: 1, instances: 1 })
    const shared = draft('SERVICECENTER', { appId: 'default', environment: 'production' })
    const registry = await center.execute(registerService(SCOPE, shared, limits))
    for (const hostName of ['n1', 'n2'])
      await center.execute(registerInstance(SCOPE, registry.id, { hostName }, rules()))
    const { id } = await register(center, draft('a'), 1)
    await center.execute(registerInstance(SCOPE, id, { hostName: 'h' }, limits))
    const { message } = await refused('QUOTA_EXCEEDED', () => register(center, draft('b'), 1))
    assert.equal(message, 'no quota to create SERVICE, max num is 1, curNum is 1, apply num is 1')
    const again = () => center.execute(registerInstance(SCOPE, id, { hostName: 'h' }, limits))
    assert.match((await refused('QUOTA_EXCEEDED', again)).message, /curNum is 1,/)
  })

  it('settles identity before the quota', async () => {
    const center = startTestCenter()
    const { id } = await register(center, draft('a'), 1)
    assert.equal((await register(center, draft('a'), 1)).id, id)
    const { message } = await refused('QUOTA_EXCEEDED', () => register(center, draft('b'), 1))
    assert.equal(message, 'no quota to create SERVICE, max num is 1, curNum is 1, apply num is 1')
  })

  it('counts the own cluster only, and registers here what another has', async () => {
    const [there, here] = [startTestCenter(), startTestCenter({ label: 'sc2' })]
    const { id } = await register(there, draft('a'))
    learn(there, here)
    assert.equal((await register(here, draft('a', { description: 'here' }), 1)).id, id)
    assert.equal(read(here, id).description, 'here')
    await refused('QUOTA_EXCEEDED', () => register(here, draft('b'), 1))
  })
})

describe('properties of a microservice', () => {
  it('are replaced, and cleared by none', async () => {
    const center = startTestCenter()
    const { id } = await register(center, draft('a', { properties: { a: '1', b: '2' } }))
    await center.execute(setServiceProperties(SCOPE, id, { c: '3' }))
    assert.deepEqual(read(center, id).properties, { c: '3' })
    await center.execute(setServiceProperties(SCOPE, id, {}))
    assert.equal(read(center, id).properties, undefined)
  })

  it('of an unknown one are refused, and siblings would be asked', async () => {
    const { missing } = await refused('SERVICE_NOT_FOUND', () =>
      startTestCenter().execute(setServiceProperties(SCOPE, 'nobody', {})),
    )
    assert.deepEqual(missing, [{ kind: 'service', id: 'nobody' }])
  })
})

describe('deleting a microservice', () => {
  it('is refused while others use it, then while it has instances', async () => {
    const center = startTestCenter()
    const provider = (await register(center, draft('provider'))).id
    const consumer = (await register(center, draft('consumer'))).id
    const instanceId = await center.execute(registerInstance(SCOPE, provider, { hostName: 'h' }, rules()))
    const uses = center.read(view => view.service(SCOPE, consumer))
    assert.ok(uses)
    await center.execute(recordDependency(uses, { appId: 'app', serviceName: 'provider' }))
    await refused('SERVICE_HAS_CONSUMERS', () => center.execute(deleteService(SCOPE, provider, false)))
    await center.execute(deleteService(SCOPE, consumer, false))
    await refused('SERVICE_HAS_INSTANCES', () => center.execute(deleteService(SCOPE, provider, false)))
    await center.execute(unregisterInstance(SCOPE, provider, instanceId))
    await center.execute(deleteService(SCOPE, provider, false))
    assert.equal(exists(center, provider), false)
    await refused('SERVICE_NOT_FOUND', () => center.execute(deleteService(SCOPE, provider, true)))
  })

  it('is not refused for using itself, nor when forced', async () => {
    const center = startTestCenter()
    const { id } = await register(center, draft('own'))
    const self = center.read(view => view.service(SCOPE, id))
    assert.ok(self)
    await center.execute(recordDependency(self, { appId: 'app', serviceName: 'own' }))
    await center.execute(deleteService(SCOPE, id, false))
    const again = (await register(center, draft('own'))).id
    await center.execute(registerInstance(SCOPE, again, { hostName: 'h' }, rules()))
    await center.execute(deleteService(SCOPE, again, true))
    assert.equal(exists(center, again), false)
  })

  it('ends this cluster’s part and nobody else’s', async () => {
    const [there, here] = [startTestCenter(), startTestCenter({ label: 'sc2' })]
    const { id } = await register(there, draft('a'))
    await there.execute(registerInstance(SCOPE, id, { hostName: 'there' }, rules()))
    learn(there, here)
    const { message, missing } = await refused('SERVICE_NOT_FOUND', () => here.execute(deleteService(SCOPE, id, true)))
    assert.match(message, /sc1/)
    assert.deepEqual(missing, [])
    await here.execute(registerInstance(SCOPE, id, { hostName: 'here' }, rules()))
    await refused('SERVICE_HAS_INSTANCES', () => here.execute(deleteService(SCOPE, id, false)))
    await here.execute(deleteService(SCOPE, id, true))
    const hosts = here.read(view =>
      view
        .service(SCOPE, id)
        ?.instances()
        .map(instance => instance.read().hostName),
    )
    assert.deepEqual(hosts, ['there'])
  })

  it('of the center itself is refused', async () => {
    const center = startTestCenter()
    const { id } = await register(center, draft('SERVICECENTER', { appId: 'default' }))
    await refused('INVALID_PARAMS', () => center.execute(deleteService(SCOPE, id, true)))
  })
})
