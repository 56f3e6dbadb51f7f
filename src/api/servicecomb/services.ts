import { deleteService, keyOf, registerService, setServiceProperties } from '../../core/commands/service.ts'
import { CatalogError } from '../../core/errors.ts'
import { serviceOf } from '../../core/queries/existence.ts'
import { servicesOf } from '../../core/queries/overview.ts'
import { invalid } from '../../core/queries/refusals.ts'
import { type Answer, EMPTY, json } from '../http/answer.ts'
import { inBatches } from '../http/batches.ts'
import { isTrue } from '../http/query.ts'
import type { Call } from './call.ts'
import { oneLine } from './errors.ts'
import { listOrNothing, serviceJson } from './render.ts'
import { type Context, type Route, registry } from './route.ts'
import { addDetails } from './service-details.ts'
import { checked, decode } from './shape/json.ts'
import { ANSWERS } from './shapes/answers.ts'
import {
  createService,
  deleteServices,
  serviceDraft,
  serviceName,
  serviceProperties,
  withDefaults,
} from './shapes/service.ts'
import { bodyOf, keysOfIds } from './targets.ts'

/** Deletions of one batch that wait for the store at the same time. */
const BATCH_CONCURRENCY = 64

const getService = serviceName('GetServiceRequest')
const deleteOne = serviceName('DeleteServiceRequest')
const nameOfProperties = serviceName('UpdateServicePropsRequest')

export function serviceRoutes(context: Context): readonly Route[] {
  const { quotas } = context.options
  const create = createService(quotas.schemas)
  return [
    {
      method: 'POST',
      ...registry('/microservices'),
      summary: 'Registers a microservice, with tags and instances if given',
      body: create,
      answer: ANSWERS.serviceId,
      targets: call => {
        const { service } = bodyOf(create, call) ?? {}
        return service === undefined ? [] : [keyOf(call.scope, serviceDraft(withDefaults(service)))]
      },
      handle: call => register(context, create, call),
    },
    {
      method: 'GET',
      ...registry('/microservices'),
      summary: 'Lists the microservices of a project',
      query: { withShared: 'also the services that everybody finds' },
      answer: ANSWERS.services,
      handle: call => listServices(context, call),
    },
    {
      method: 'DELETE',
      ...registry('/microservices'),
      summary: 'Deletes many microservices and reports each',
      body: deleteServices,
      answer: ANSWERS.deletions,
      targets: (call, view) => keysOfIds(view, call, bodyOf(deleteServices, call)?.serviceIds ?? []),
      handle: call => deleteMany(context, call),
    },
    {
      method: 'GET',
      ...registry('/microservices/:serviceId'),
      summary: 'Reads a microservice',
      answer: ANSWERS.service,
      handle: call => {
        const { serviceId } = checked(getService, { serviceId: call.param('serviceId') })
        const read = context.catalog.lookup(view =>
          json({ service: serviceJson(serviceOf(view, call.scope, serviceId)) }),
        )
        return read
      },
    },
    {
      method: 'PUT',
      ...registry('/microservices/:serviceId/properties'),
      summary: 'Replaces the properties of a microservice',
      body: serviceProperties,
      bodyLimit: 'propertiesBodyBytesMax',
      handle: call => putProperties(context, call),
    },
    {
      method: 'DELETE',
      ...registry('/microservices/:serviceId'),
      summary: 'Deletes a microservice',
      query: { force: 'with its instances, and although others use it: 0, 1, false or true' },
      handle: call => deleteOneService(context, call),
    },
  ]
}

async function register(context: Context, shape: ReturnType<typeof createService>, call: Call): Promise<Answer> {
  const body = decode(shape, call.body)
  if (body.service === undefined) throw invalid('Request body is empty')
  const request = checked(shape, { ...body, service: withDefaults(body.service) })
  const draft = serviceDraft(request.service)
  const registered = await context.catalog.execute(registerService(call.scope, draft, context.rules))
  if (registered.aliasOf !== undefined) {
    const { serviceName, alias } = draft
    context.deps.log.warn({ serviceName, alias, holder: registered.aliasOf }, 'alias belongs to another service')
  }
  await addDetails(context, call.scope, registered.id, body)
  return json({ serviceId: registered.id })
}

const listServices = ({ catalog, rules }: Context, call: Call): Answer => {
  const filter = { withShared: isTrue(call.query.withShared) }
  const services = catalog.read(view =>
    call.visible(servicesOf(view, call.scope, filter, call.options, rules.shared)).map(serviceJson),
  )
  return json({ services: listOrNothing(services) })
}

async function putProperties({ catalog }: Context, call: Call): Promise<Answer> {
  const { properties = {} } = decode(serviceProperties, call.body)
  // The path decides, whatever the body says: the reference believes the body, and RBAC looks at the path.
  const { serviceId } = checked(nameOfProperties, { serviceId: call.param('serviceId') })
  await catalog.execute(setServiceProperties(call.scope, serviceId, properties))
  return EMPTY
}

const FORCE: Readonly<Record<string, boolean>> = { '': false, '0': false, false: false, '1': true, true: true }

async function deleteOneService({ catalog }: Context, call: Call): Promise<Answer> {
  const asked = call.query.force ?? ''
  if (!Object.hasOwn(FORCE, asked)) throw invalid('parameter force must be false or true')
  const { serviceId } = checked(deleteOne, { serviceId: call.param('serviceId') })
  await catalog.execute(deleteService(call.scope, serviceId, FORCE[asked] === true))
  return EMPTY
}

async function deleteMany({ catalog }: Context, call: Call): Promise<Answer> {
  const { serviceIds = [], force = false } = checked(deleteServices, decode(deleteServices, call.body))
  const services = await inBatches([...new Set(serviceIds)], BATCH_CONCURRENCY, async serviceId => {
    try {
      await catalog.execute(deleteService(call.scope, serviceId, force))
      return { serviceId }
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error
      return { serviceId, errMessage: oneLine(error) }
    }
  })
  return json({ services })
}
