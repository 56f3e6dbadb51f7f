import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Instance, Model, Service } from './model.ts'
import type { Wire } from './wire.ts'

export interface Step {
  readonly kind: keyof typeof STEPS
  readonly name: string
  /** Another service, or the same. */
  readonly other: string
  readonly instanceId: string
  readonly value: string
  /** By the older path. */
  readonly older: boolean
}

interface Scene extends Step {
  readonly wire: Wire
  readonly model: Model
  readonly service: Service | undefined
  readonly instance: Instance | undefined
  /** Below the registry; of a service that is nowhere when there is none. */
  readonly path: string
  readonly one: string
  readonly noService: string
  readonly noInstance: string
}

const APP = { appId: 'model', version: '1.0.0' }
const keyOf = (serviceName: string) => ({ ...APP, serviceName })

/** Sends what a step says, expects what the model says, and lets the model follow. */
const STEPS = {
  register: async ({ wire, model, name, value, service }: Scene) => {
    const body = { service: { ...keyOf(name), properties: { value } } }
    const { serviceId } = await wire.expect<{ serviceId: string }>('', 'POST', '/microservices', body)
    // What is registered already stays as it is.
    if (service === undefined) model.add(serviceId, name, { value })
    else assert.equal(serviceId, service.id)
  },
  remove: async ({ wire, model, name, service, path, noService }: Scene) => {
    const used = model.consumersOf(name).some(consumer => consumer !== name)
    const code = noService || (used ? '400023' : service?.instances.size ? '400013' : '')
    await wire.expect(code, 'DELETE', path)
    if (code === '') model.services.delete(name)
  },
  force: async ({ wire, model, name, path, noService }: Scene) => {
    await wire.expect(noService, 'DELETE', `${path}?force=1`)
    model.services.delete(name)
  },
  removeMany: async ({ wire, model, name, service }: Scene) => {
    const body = { serviceIds: [service?.id ?? 'nobody', 'nowhere'], force: true }
    const { services } = await wire.expect<{ services: { errMessage?: string }[] }>(
      '',
      'DELETE',
      '/microservices',
      body,
    )
    const refused = services.map(({ errMessage }) => errMessage !== undefined)
    assert.deepEqual(refused, [service === undefined, true])
    model.services.delete(name)
  },
  properties: async ({ wire, service, path, value, noService }: Scene) => {
    await wire.expect(noService, 'PUT', `${path}/properties`, { properties: { value } })
    if (service !== undefined) service.properties = { value }
  },
  tags: async ({ wire, service, path, value, noService }: Scene) => {
    await wire.expect(noService, 'POST', `${path}/tags`, { tags: { tag: value } })
    if (service !== undefined) service.tags = { tag: value }
  },
  tag: async ({ wire, service, path, value, noService }: Scene) => {
    const code = noService || (service?.tags.tag === undefined ? '400018' : '')
    await wire.expect(code, 'PUT', `${path}/tags/tag?value=${value}`)
    if (service !== undefined && code === '') service.tags = { tag: value }
  },
  untag: async ({ wire, service, path, noService }: Scene) => {
    const code = noService || (service?.tags.tag === undefined ? '400018' : '')
    await wire.expect(code, 'DELETE', `${path}/tags/tag`)
    if (service !== undefined && code === '') service.tags = {}
  },
  schema: async ({ wire, service, path, instanceId: schemaId, value, noService }: Scene) => {
    await wire.expect(noService, 'PUT', `${path}/schemas/${schemaId}`, { schema: value, summary: value })
    service?.schemas.set(schemaId, { content: value, summary: value })
  },
  schemas: async ({ wire, service, path, instanceId: schemaId, value, noService }: Scene) => {
    const schemas = [{ schemaId, schema: value, summary: value }]
    await wire.expect(noService, 'POST', `${path}/schemas`, { schemas })
    if (service !== undefined) service.schemas = new Map([[schemaId, { content: value, summary: value }]])
  },
  unschema: async ({ wire, service, path, instanceId: schemaId, noService }: Scene) => {
    const code = noService || (service?.schemas.get(schemaId)?.content === undefined ? '400016' : '')
    await wire.expect(code, 'DELETE', `${path}/schemas/${schemaId}`)
    // Its id stays declared.
    if (code === '') service?.schemas.set(schemaId, {})
  },
  instance: async ({ wire, service, instance, path, instanceId, value, noService }: Scene) => {
    const body = { instance: { instanceId, hostName: 'h', endpoints: ['rest://h'], status: value } }
    await wire.expect(noService, 'POST', `${path}/instances`, body)
    // Registering a living instance again is a heartbeat: what is stored stays.
    if (instance === undefined) service?.instances.set(instanceId, { status: value, properties: {} })
  },
  unregister: async ({ wire, service, one, instanceId, noInstance }: Scene) => {
    await wire.expect(noInstance, 'DELETE', one)
    service?.instances.delete(instanceId)
  },
  status: async ({ wire, instance, one, value, noInstance }: Scene) => {
    await wire.expect(noInstance, 'PUT', `${one}/status?value=${value}`)
    if (instance !== undefined) instance.status = value
  },
  statusWhere: async ({ wire, model, value }: Scene) => {
    const body = { matches: { properties: { value } }, status: 'OUTOFSERVICE' }
    await wire.expect('', 'PUT', '/instances/status', body)
    model.setStatusWhere(value, 'OUTOFSERVICE')
  },
  instanceProperties: async ({ wire, instance, one, value, noInstance }: Scene) => {
    await wire.expect(noInstance, 'PUT', `${one}/properties`, { properties: { value } })
    if (instance !== undefined) instance.properties = { value }
  },
  heartbeat: async ({ wire, one, noInstance }: Scene) => {
    await wire.expect(noInstance, 'PUT', `${one}/heartbeat`)
  },
  heartbeats: async ({ wire, service, instance, instanceId }: Scene) => {
    const serviceId = service?.id ?? 'nobody'
    const body = {
      instances: [
        { serviceId, instanceId },
        { serviceId, instanceId: 'nowhere' },
      ],
    }
    const { instances } = await wire.expect<{ instances: { errMessage?: string }[] }>('', 'PUT', '/heartbeats', body)
    const refused = instances.map(({ errMessage }) => errMessage !== undefined)
    assert.deepEqual(refused, [instance === undefined, true])
  },
  depend: async ({ wire, service, name, other, noService }: Scene) => {
    const dependencies = [{ consumer: keyOf(name), providers: [keyOf(other)] }]
    await wire.expect(noService, 'PUT', '/dependencies', { dependencies })
    if (service !== undefined) service.uses = new Set([other])
  },
  dependMore: async ({ wire, service, name, other, noService }: Scene) => {
    const dependencies = [{ consumer: keyOf(name), providers: [keyOf(other)] }]
    await wire.expect(noService, 'POST', '/dependencies', { dependencies })
    service?.uses.add(other)
  },
  find: async ({ wire, model, service, other, noService }: Scene) => {
    const code = noService || (model.services.has(other) ? '' : '400012')
    const path = `/instances?appId=model&serviceName=${other}`
    await wire.expect(code, 'GET', path, undefined, service?.id ?? 'nobody')
    // Who finds something uses it from then on.
    if (code === '') service?.uses.add(other)
  },
}

const KINDS = Object.keys(STEPS) as (keyof typeof STEPS)[]
/** What makes things comes more often than what takes them away. */
const OFTEN: readonly (keyof typeof STEPS)[] = ['register', 'register', 'register', 'instance', 'instance', 'schema']

/** One change, or one question that leaves a trace. */
export const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...KINDS, ...OFTEN),
  name: fc.constantFrom('a', 'b', 'c'),
  other: fc.constantFrom('a', 'b', 'c'),
  instanceId: fc.constantFrom('i', 'j', 'k'),
  value: fc.constantFrom('UP', 'DOWN', 'TESTING'),
  older: fc.boolean(),
})

export async function take(wire: Wire, model: Model, step: Step): Promise<void> {
  const service = model.services.get(step.name)
  const instance = service?.instances.get(step.instanceId)
  const path = `/microservices/${service?.id ?? 'nobody'}`
  wire.older = step.older
  await STEPS[step.kind]({
    ...{ ...step, wire, model, service, instance, path, one: `${path}/instances/${step.instanceId}` },
    noService: service === undefined ? '400012' : '',
    noInstance: instance === undefined ? '400017' : '',
  })
}
