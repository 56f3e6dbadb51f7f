import { createHash } from 'node:crypto'
import { schemaOf, serviceExists } from '../../core/queries/existence.ts'
import { invalid } from '../../core/queries/refusals.ts'
import { deriveSid } from '../../core/transaction.ts'
import { type Answer, json } from '../http/answer.ts'
import type { Call } from './call.ts'
import { type Context, type Route, registry } from './route.ts'
import { checked } from './shape/json.ts'
import { ANSWERS } from './shapes/answers.ts'
import { schemaName } from './shapes/schema.ts'
import { serviceExistence } from './shapes/service.ts'
import { keysOfIds, keysOfNames } from './targets.ts'

const schemaRequest = schemaName('GetSchemaRequest')

const digests = {
  sha1: (text: string) => createHash('sha1').update(text).digest('hex'),
  sha256: (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex'),
}

export const existenceRoutes = (context: Context): readonly Route[] => [
  {
    method: 'GET',
    ...registry('/existence'),
    summary: 'Tells whether a microservice or a schema exists, and its id',
    query: {
      type: 'microservice or schema',
      env: 'environment',
      appId: 'application',
      serviceName: 'name or alias',
      version: 'one exact version',
      serviceId: 'with type=schema',
      schemaId: 'with type=schema',
    },
    required: ['type'],
    answer: ANSWERS.existence,
    targets: (call, view) => {
      const { serviceId, env: environment = '', appId = '', serviceName = '' } = call.query
      return serviceId
        ? keysOfIds(view, call, [serviceId])
        : keysOfNames(view, call, [{ environment, appId, serviceName }])
    },
    handle: call => {
      const { type } = call.query
      if (type === 'microservice') return microservice(context, call)
      if (type === 'schema') return schema(context, call)
      throw invalid('Only micro-service and schema can be used as type.')
    },
  },
]

function microservice({ catalog }: Context, call: Call): Answer | Promise<Answer> {
  const { appId = '', serviceName = '', version = '', env = '' } = call.query
  checked(serviceExistence, { appId, serviceName, version, environment: env })
  const key = { ...call.scope, environment: env, appId, serviceName, version }
  const request = { ...key, derivedId: deriveSid(digests, key) }
  return catalog.lookup(view => json({ serviceId: serviceExists(view, request, call.options) }))
}

function schema({ catalog }: Context, call: Call): Answer | Promise<Answer> {
  const { serviceId = '', schemaId = '' } = call.query
  checked(schemaRequest, { serviceId, schemaId })
  return catalog.lookup(view => {
    const { summary = '' } = schemaOf(view, call.scope, serviceId, schemaId)
    return json({ serviceId, schemaId }, { 'x-schema-summary': summary })
  })
}
