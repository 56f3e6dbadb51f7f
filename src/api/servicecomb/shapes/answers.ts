import type { JsonSchema } from '../shape/shape.ts'
import { instance } from './instance.ts'
import { createService } from './service.ts'

const text = { type: 'string' }
const integer = { type: 'integer' }
const texts = { type: 'object', additionalProperties: text }
const seconds = { type: 'string', description: 'unix seconds' }

export const object = (
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
): JsonSchema => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {}),
})

export const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items })

const ref = (name: keyof typeof SCHEMAS): JsonSchema => ({ $ref: `#/components/schemas/${name}` })

/** What a request may say is what an answer shows, without the rules: those are for writers. */
function shown(schema: JsonSchema): JsonSchema {
  const { type, properties, items, additionalProperties } = schema
  return {
    type,
    ...(properties === undefined ? {} : { properties: mapped(properties as Readonly<Record<string, JsonSchema>>) }),
    ...(items === undefined ? {} : { items: shown(items as JsonSchema) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties }),
  }
}

const mapped = (properties: Readonly<Record<string, JsonSchema>>) =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, shown(schema)]))

const { service: serviceSchema } = createService(0).fields
const count = object({ count: integer })

/** Named parts of answers. */
export const SCHEMAS = {
  Error: object({ errorCode: text, errorMessage: text, detail: text }, ['errorCode', 'errorMessage']),
  Service: { ...shown(serviceSchema.schema), required: ['serviceId', 'appId', 'serviceName', 'version'] },
  Instance: {
    ...shown(instance.schema),
    properties: {
      ...mapped(instance.schema.properties as Readonly<Record<string, JsonSchema>>),
      timestamp: seconds,
      modTimestamp: seconds,
      cluster: { ...text, description: 'with origin=1: where it is registered' },
      holder: { ...text, description: 'with origin=1: the node that holds its lease' },
      stale: { type: 'boolean', description: 'with origin=1: whether that node is not heard' },
    },
    required: ['instanceId', 'serviceId', 'hostName', 'status'],
  },
  Schema: object({ schemaId: text, summary: text, schema: text }, ['schemaId']),
  Statistics: object({
    services: object({ count: integer, onlineCount: integer }),
    instances: object({ count: integer, countByDomain: integer }),
    apps: count,
  }),
  ServiceDetail: object({
    microService: { $ref: '#/components/schemas/Service' },
    instances: listOf({ $ref: '#/components/schemas/Instance' }),
    schemaInfos: listOf({ $ref: '#/components/schemas/Schema' }),
    providers: listOf({ $ref: '#/components/schemas/Service' }),
    consumers: listOf({ $ref: '#/components/schemas/Service' }),
    tags: texts,
    microServiceVersions: listOf(text),
    statics: object({ instances: count }),
  }),
  GraphNode: object({ id: text, name: text, appId: text, version: text, type: text, color: text, position: text }),
} as const

const reports = (names: Readonly<Record<string, JsonSchema>>): JsonSchema =>
  listOf(object({ ...names, errMessage: { ...text, description: 'absent: done' } }))

const changed = listOf(object({ index: integer, rev: text, instances: listOf(ref('Instance')) }))
const batch = object({
  updated: changed,
  notModified: listOf(integer),
  failed: listOf(object({ indexes: listOf(integer), error: ref('Error') })),
})

const nullable = (items: JsonSchema): JsonSchema => ({ type: ['array', 'null'], items })

/** What the routes answer. Empty lists are left out of it. */
export const ANSWERS = {
  serviceId: object({ serviceId: text }, ['serviceId']),
  instanceId: object({ instanceId: text }, ['instanceId']),
  service: object({ service: ref('Service') }, ['service']),
  services: object({ services: listOf(ref('Service')) }),
  deletions: object({ services: reports({ serviceId: text }) }),
  existence: object({ serviceId: text, schemaId: text }, ['serviceId']),
  tags: object({ tags: texts }),
  schema: object({ schema: text }, ['schema']),
  schemas: object({ schemas: listOf(ref('Schema')) }),
  instance: object({ instance: ref('Instance') }, ['instance']),
  instances: object({ instances: listOf(ref('Instance')) }),
  batch: object({ services: batch, instances: batch }),
  heartbeats: object({ instances: reports({ serviceId: text, instanceId: text }) }),
  providers: object({ providers: listOf(ref('Service')) }),
  consumers: object({ consumers: listOf(ref('Service')) }),
  detail: object({ service: ref('ServiceDetail') }, ['service']),
  details: object({ allServicesDetail: listOf(ref('ServiceDetail')), statistics: ref('Statistics') }),
  statistics: object({ statistics: ref('Statistics') }, ['statistics']),
  apps: object({ appIds: listOf(text) }),
  relations: object({
    nodes: nullable(ref('GraphNode')),
    lines: nullable(
      object({ from: ref('GraphNode'), to: ref('GraphNode'), type: text, color: text, descriptor: text }),
    ),
    circles: { type: 'null' },
  }),
  dump: object({ info: { type: 'object' }, cache: { type: 'object' } }),
  clusters: object({ clusters: { type: 'object', additionalProperties: listOf(text) } }, ['clusters']),
  alarms: object({ alarms: listOf(object({ id: text, status: text, fields: texts }, ['id', 'status'])) }),
  version: object({ version: text, buildTag: text, goVersion: text, os: text, arch: text, apiVersion: text }, [
    'version',
    'apiVersion',
  ]),
} as const
