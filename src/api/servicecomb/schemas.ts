import { putSchema, removeSchema, replaceSchemas } from '../../core/commands/schemas.ts'
import { CatalogError } from '../../core/errors.ts'
import { schemaOf, serviceOf } from '../../core/queries/existence.ts'
import { invalid } from '../../core/queries/refusals.ts'
import { type Answer, EMPTY, json } from '../http/answer.ts'
import type { Call } from './call.ts'
import { listOrNothing, schemaJson } from './render.ts'
import { type Context, type Route, registry } from './route.ts'
import { checked, decode } from './shape/json.ts'
import { ANSWERS } from './shapes/answers.ts'
import { modifySchema, modifySchemas, schemaName } from './shapes/schema.ts'
import { serviceName } from './shapes/service.ts'

const getRequest = schemaName('GetSchemaRequest')
const deleteRequest = schemaName('DeleteSchemaRequest')
const listRequest = serviceName('GetAllSchemaRequest')

export function schemaRoutes(context: Context): readonly Route[] {
  const replaceAll = modifySchemas(context.options.quotas.schemas)
  return [
    {
      method: 'GET',
      ...registry('/microservices/:serviceId/schemas/:schemaId'),
      guard: 'service/schema',
      summary: 'Reads a schema',
      answer: ANSWERS.schema,
      handle: call => getSchema(context, call),
    },
    {
      method: 'GET',
      ...registry('/microservices/:serviceId/schemas'),
      guard: 'service/schema',
      summary: 'Lists the schemas of a microservice',
      query: { withSchema: '1: with their contents' },
      answer: ANSWERS.schemas,
      handle: call => listSchemas(context, call),
    },
    {
      method: 'PUT',
      ...registry('/microservices/:serviceId/schemas/:schemaId'),
      guard: 'service/schema',
      summary: 'Creates or overwrites a schema',
      body: modifySchema,
      handle: call => putOne(context, call),
    },
    {
      method: 'POST',
      ...registry('/microservices/:serviceId/schemas'),
      guard: 'service/schema',
      summary: 'Replaces all schemas of a microservice',
      body: replaceAll,
      handle: call => putAll(context, replaceAll, call),
    },
    {
      method: 'DELETE',
      ...registry('/microservices/:serviceId/schemas/:schemaId'),
      guard: 'service/schema',
      summary: 'Deletes a schema',
      handle: async call => {
        const { serviceId, schemaId } = checked(deleteRequest, named(call))
        await context.catalog.execute(removeSchema(call.scope, serviceId, schemaId))
        return EMPTY
      },
    },
  ]
}

const named = (call: Call) => ({ serviceId: call.param('serviceId'), schemaId: call.param('schemaId') })

function getSchema({ catalog }: Context, call: Call): Answer | Promise<Answer> {
  const { serviceId, schemaId } = checked(getRequest, named(call))
  return catalog.lookup(view => {
    const schema = schemaOf(view, call.scope, serviceId, schemaId)
    return json({ schema: schema.content() }, { 'x-schema-summary': schema.summary ?? '' })
  })
}

function listSchemas({ catalog }: Context, call: Call): Answer | Promise<Answer> {
  const asked = call.query.withSchema?.trim() ?? ''
  if (!['', '0', '1'].includes(asked)) throw invalid('parameter withSchema must be 1 or 0')
  const { serviceId } = checked(listRequest, { serviceId: call.param('serviceId') })
  return catalog.lookup(view => {
    const schemas = serviceOf(view, call.scope, serviceId).schemas()
    return json({ schemas: listOrNothing(schemas.map(schema => schemaJson(schema, asked === '1'))) })
  })
}

async function putOne({ catalog, options }: Context, call: Call): Promise<Answer> {
  if (options.schemaDisable) throw new CatalogError('FORBIDDEN', 'schema modify is disabled')
  const body = { ...decode(modifySchema, call.body), ...named(call) }
  const { serviceId, schemaId, schema: content = '', summary } = checked(modifySchema, body)
  const schema = { schemaId, content, ...(summary ? { summary } : {}) }
  await catalog.execute(putSchema(call.scope, serviceId, schema, options.quotas.schemas))
  return EMPTY
}

async function putAll({ catalog }: Context, shape: ReturnType<typeof modifySchemas>, call: Call): Promise<Answer> {
  const { schemas = [] } = decode(shape, call.body)
  const serviceId = call.param('serviceId')
  // The reference does not say which rule was broken.
  if (shape.check({ schemas }) ?? listRequest.check({ serviceId })) throw invalid('Invalid request.')
  const replacing = schemas.map(({ schemaId = '', schema: content = '', summary = '' }) => ({
    schemaId,
    content,
    summary,
  }))
  await catalog.execute(replaceSchemas(call.scope, serviceId, replacing))
  return EMPTY
}
