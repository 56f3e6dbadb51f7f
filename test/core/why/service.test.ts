import assert from 'node:assert/strict'
import { deleteService, registerService } from '../../../src/core/commands/service.ts'
import { WITHHELD } from '../../../src/core/why/facts.ts'
import { startTestCenter } from '../../helpers/center.ts'
import { refused } from '../../helpers/refused.ts'
import { draft, rules, SCOPE } from '../../helpers/rules.ts'
import { ask, expectCause, instance, outside, provider, service, twoClusters } from './helpers.ts'

describe('why a service is visible', () => {
  it('says who registered it, who holds it and over which link it came', async () => {
    const { world, reader, home } = twoClusters()
    await provider(home)
    world.run(2_000)
    const report = expectCause(
      ask(reader, { from: 'sc2' }),
      'visible',
      /cluster sc2 is heard directly: node home; this node lacks 0 changes of it/,
      /orders 1\.0\.0 \(application app, the empty environment\) was registered in cluster sc2 through node home at 20/,
      /instance i1 of cluster sc2 is UP, held by node home/,
    )
    assert.deepEqual(report.instances, { shown: 1, hidden: 0 })
    assert.equal(report.next, '')
  })

  it('says at its own node how much of the lease is left', async () => {
    const { world, home } = twoClusters()
    await provider(home)
    world.run(20_000)
    expectCause(ask(home), 'visible', /held by this node \(home\), 1\.7 min of its lease left/)
  })

  it('is found by alias and by id, too', async () => {
    const center = startTestCenter()
    const id = await provider(center, { alias: 'bestellungen' })
    expectCause(ask(center, { service: 'bestellungen' }), 'visible')
    expectCause(ask(center, { service: id }), 'visible')
  })
})

describe('why a service is not visible: registration', () => {
  it('never registered, with the names that are near', async () => {
    const center = startTestCenter()
    await center.execute(registerService(SCOPE, draft('order'), rules()))
    expectCause(ask(center), 'never-registered', /nothing here says that it ever was/, /Did you mean "order"\?/)
    expectCause(ask(center, { service: 'something-else' }), 'never-registered', /Check the name/)
  })

  it('never registered in that cluster, but in another', async () => {
    const { world, reader, home } = twoClusters()
    await provider(reader)
    world.run(2_000)
    expectCause(ask(reader, { from: 'sc2' }), 'never-registered', /it is registered in sc1/, /not in cluster sc2/)
    assert.equal(ask(home, { from: 'sc1' }).visible, true)
  })

  it('a cluster that nobody knows', () => {
    expectCause(
      ask(startTestCenter(), { from: 'sc9' }),
      'cluster-unknown',
      /no cluster is called "sc9"/,
      /Known are: sc1/,
    )
  })

  it('another domain or project', async () => {
    const center = startTestCenter()
    await service(center, {}, { domain: 'default', project: 'shop' })
    expectCause(ask(center), 'other-scope', /registered in domain default, project shop/, /X-Domain-Name/)
  })

  it('another environment, asked for or the consumer’s own', async () => {
    const center = startTestCenter()
    await provider(center, { environment: 'production' })
    const text = /registered in environment production, and was asked for in environment testing/
    expectCause(ask(center, { environment: 'testing' }), 'other-environment', text)
    const consumerId = await service(center, { serviceName: 'shop', environment: 'testing' })
    expectCause(ask(center, { consumerId }), 'other-environment', text)
  })

  it('another application without cross-app, and one with it', async () => {
    const center = startTestCenter()
    await provider(center)
    const consumerId = await service(center, { serviceName: 'shop', appId: 'other' })
    expectCause(
      ask(center, { consumerId }),
      'other-app',
      /belongs to application "app" and does not allow consumers of "other"/,
    )
    expectCause(
      ask(center, { appId: 'other' }),
      'other-app',
      /registered in application "app", and was asked for in "other"/,
    )
    await provider(center, { serviceName: 'open', properties: { allowCrossApp: 'true' } })
    expectCause(ask(center, { service: 'open', consumerId }), 'visible')
  })

  it('another version', async () => {
    const center = startTestCenter()
    await provider(center)
    expectCause(
      ask(center, { version: '2.0.0' }),
      'other-version',
      /registered in version 1\.0\.0, and was asked for in 2\.0\.0/,
    )
  })

  it('refused by the quota, of services and of instances', async () => {
    const center = startTestCenter()
    const full = rules({ services: 0 })
    await refused('QUOTA_EXCEEDED', () => center.execute(registerService(SCOPE, draft('orders'), full)))
    expectCause(ask(center), 'quota-refused', /no quota to create SERVICE, max num is 0/, /quota\.services/)
    const other = startTestCenter()
    const id = await service(other)
    const { registerInstance } = await import('../../../src/core/commands/instance.ts')
    const none = rules({ instances: 0 })
    await refused('QUOTA_EXCEEDED', () => other.execute(registerInstance(SCOPE, id, { hostName: 'h' }, none)))
    expectCause(ask(other), 'quota-refused', /no quota to create INSTANCE/)
  })

  it('registered, and no instance ever', async () => {
    const center = startTestCenter()
    await service(center)
    expectCause(ask(center), 'no-instances', /no instance of it ever was/)
  })

  it('a Kubernetes Service that must not or cannot be registered', () => {
    const note = {
      source: 'kubernetes',
      id: 'KubernetesAnnotation',
      subject: 'shop/orders',
      detail: 'annotation register is "false"',
    }
    const center = startTestCenter(outside({ notes: [note] }))
    expectCause(ask(center), 'kubernetes-annotation', /kubernetes says of shop\/orders: annotation register is "false"/)
    expectCause(ask(center, { service: 'other' }), 'never-registered')
  })

  it('a Kubernetes Service that says so itself, although it was registered before', async () => {
    const note = {
      source: 'kubernetes',
      id: WITHHELD,
      subject: 'shop/orders',
      detail: 'annotation register is "false"',
    }
    const center = startTestCenter(outside({ notes: [note] }))
    await center.execute(deleteService(SCOPE, await service(center), false))
    expectCause(
      ask(center),
      'kubernetes-annotation',
      /annotation register is "false"/,
      /annotations of Service shop\/orders/,
    )
  })

  it('a Kubernetes Service without ready endpoints', async () => {
    const center = startTestCenter()
    await service(center, { registerBy: 'PLATFORM', framework: { name: 'Kubernetes' } })
    expectCause(ask(center), 'kubernetes-no-endpoints', /no ready endpoint/, /kubectl get endpointslices/)
  })

  it('a node that has not learned anything yet', () => {
    const center = startTestCenter({ peersConfigured: true })
    expectCause(ask(center), 'node-not-ready', /has not yet learned what its peers know/)
  })

  it('an unknown consumer is refused', async () => {
    await refused('SERVICE_NOT_FOUND', () => ask(startTestCenter(), { consumerId: 'nobody' }))
  })
})

it('why: two versions of which one has instances are visible', async () => {
  const center = startTestCenter()
  await service(center)
  await instance(center, await service(center, { version: '2.0.0' }))
  expectCause(ask(center), 'visible')
})
