import assert from 'node:assert/strict'
import type { Model, Service } from './model.ts'
import type { Wire } from './wire.ts'

interface Named {
  readonly serviceName: string
  readonly properties?: Readonly<Record<string, string>>
}

interface Found {
  readonly instanceId: string
  readonly status: string
  readonly properties?: Readonly<Record<string, string>>
}

interface Batch {
  readonly services: {
    readonly updated?: readonly { readonly index: number; readonly instances?: readonly Found[] }[]
    readonly failed?: readonly { readonly indexes: readonly number[] }[]
  }
}

const NAMES = ['a', 'b', 'c']

/** Reads everything by every route there is, and finds the node of the model's mind. */
export async function agree(wire: Wire, model: Model): Promise<void> {
  const { services = [] } = await wire.expect<{ services?: readonly Named[] }>('', 'GET', '/microservices')
  assert.deepEqual(
    Object.fromEntries(services.map(({ serviceName, properties = {} }) => [serviceName, properties])),
    Object.fromEntries(model.all().map(({ name, properties }) => [name, properties])),
  )
  for (const service of model.all()) await agreeOn(wire, model, service)
  await agreeOnBatch(wire, model)
  await agreeOnCounts(wire, model)
}

async function agreeOn(wire: Wire, model: Model, service: Service): Promise<void> {
  const { id, name, tags } = service
  const path = `/microservices/${id}`
  const exists = `/existence?type=microservice&appId=model&serviceName=${name}&version=1.0.0`
  assert.deepEqual(await wire.expect('', 'GET', exists), { serviceId: id })
  assert.deepEqual(await wire.expect('', 'GET', `${path}/tags`), Object.keys(tags).length > 0 ? { tags } : {})
  await agreeOnSchemas(wire, service)
  for (const each of [`/instances?appId=model&serviceName=${name}`, `${path}/instances`]) {
    const { instances } = await wire.expect<{ instances?: readonly Found[] }>('', 'GET', each)
    assert.deepEqual(shown(instances), Object.fromEntries(service.instances), each)
  }
  for (const [instanceId, expected] of service.instances) {
    const { instance } = await wire.expect<{ instance: Found }>('', 'GET', `${path}/instances/${instanceId}`)
    assert.deepEqual(shown([instance]), { [instanceId]: expected })
  }
  const { providers } = await wire.expect<{ providers?: readonly Named[] }>('', 'GET', `${path}/providers`)
  assert.deepEqual(names(providers), [...model.providersOf(service)].toSorted(), `providers of ${name}`)
  const { consumers } = await wire.expect<{ consumers?: readonly Named[] }>('', 'GET', `${path}/consumers`)
  assert.deepEqual(names(consumers), [...model.consumersOf(name)].toSorted(), `consumers of ${name}`)
}

async function agreeOnSchemas(wire: Wire, { id, schemas }: Service): Promise<void> {
  const path = `/microservices/${id}/schemas`
  const listed = await wire.expect<{
    schemas?: readonly { schemaId: string; schema?: string; summary?: string }[]
  }>('', 'GET', `${path}?withSchema=1`)
  assert.deepEqual(
    Object.fromEntries((listed.schemas ?? []).map(({ schemaId, schema, summary }) => [schemaId, { schema, summary }])),
    Object.fromEntries(
      [...schemas].map(([schemaId, { content, summary }]) => [schemaId, { schema: content, summary }]),
    ),
  )
  for (const [schemaId, { content }] of schemas) {
    const code = content === undefined ? '400016' : ''
    const read = await wire.expect<{ schema?: string }>(code, 'GET', `${path}/${schemaId}`)
    if (code === '') assert.equal(read.schema, content)
  }
}

async function agreeOnBatch(wire: Wire, model: Model): Promise<void> {
  const body = { services: NAMES.map(serviceName => ({ service: { appId: 'model', serviceName } })) }
  const { services } = await wire.expect<Batch>('', 'POST', '/instances/action?type=query', body)
  const found = new Map((services.updated ?? []).map(({ index, instances }) => [NAMES[index], shown(instances)]))
  const missing = (services.failed ?? []).flatMap(({ indexes }) => indexes.map(index => NAMES[index]))
  assert.deepEqual(
    Object.fromEntries(found),
    Object.fromEntries(model.all().map(({ name, instances }) => [name, Object.fromEntries(instances)])),
  )
  assert.deepEqual(
    missing.toSorted(),
    NAMES.filter(name => !model.services.has(name)),
  )
}

async function agreeOnCounts(wire: Wire, model: Model): Promise<void> {
  const all = model.all()
  const instances = all.reduce((sum, service) => sum + service.instances.size, 0)
  const counted = (count: number, key = 'count') => (count > 0 ? { [key]: count } : {})
  const online = all.filter(service => service.instances.size > 0).length
  assert.deepEqual(await wire.govern('/statistics'), {
    statistics: {
      services: { ...counted(all.length), ...counted(online, 'onlineCount') },
      instances: { ...counted(instances), ...counted(instances, 'countByDomain') },
      apps: counted(Math.min(1, all.length)),
    },
  })
  for (const { id, name } of all) {
    const { service } = await wire.govern<{ service: { microService: Named; instances?: readonly Found[] } }>(
      `/microservices/${id}`,
    )
    assert.equal(service.microService.serviceName, name)
    assert.deepEqual(shown(service.instances), Object.fromEntries(model.services.get(name)?.instances ?? []))
  }
}

const shown = (instances: readonly Found[] = []) =>
  Object.fromEntries(instances.map(({ instanceId, status, properties = {} }) => [instanceId, { status, properties }]))

const names = (services: readonly Named[] = []): readonly string[] =>
  services.map(({ serviceName }) => serviceName).toSorted()
