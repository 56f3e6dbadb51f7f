import {
  registerInstance,
  setInstanceProperties,
  setInstanceStatus,
  setStatusWhere,
  unregisterInstance,
} from '../../core/commands/instance.ts'
import { instanceOf, instancesOf } from '../../core/queries/instances.ts'
import { invalid } from '../../core/queries/refusals.ts'
import { type Answer, EMPTY, JSON_TYPE, json } from '../http/answer.ts'
import { isTrue } from '../http/query.ts'
import type { Call } from './call.ts'
import { answerInstances, REVISION_HEADER } from './find.ts'
import { instanceJson, instanceWithOrigin } from './render.ts'
import { CONSUMER, type Context, type Route, registry, registryV4 } from './route.ts'
import { checked, decode, UNMARSHAL_ERROR } from './shape/json.ts'
import { ANSWERS } from './shapes/answers.ts'
import { listInstances, oneInstance } from './shapes/find.ts'
import {
  instanceDraft,
  instanceName,
  instanceProperties,
  instanceStatus,
  manyStatus,
  registerInstance as registerShape,
} from './shapes/instance.ts'

const unregisterRequest = instanceName('UnregisterInstanceRequest')
const propertiesRequest = instanceName('UpdateInstancePropsRequest')

const READ_QUERY = {
  tags: 'keys of tags that the service must carry, separated by commas',
  env: 'taken and ignored, as by the original',
  rev: 'the revision that the client holds: 304 when nothing has changed',
}

export function instanceRoutes(context: Context): readonly Route[] {
  const one = registry('/microservices/:serviceId/instances/:instanceId')
  return [
    {
      method: 'POST',
      ...registry('/microservices/:serviceId/instances'),
      summary: 'Registers an instance',
      body: registerShape,
      answer: ANSWERS.instanceId,
      bodyLimit: 'instanceBodyBytesMax',
      handle: call => register(context, call),
    },
    {
      method: 'GET',
      ...registry('/microservices/:serviceId/instances'),
      summary: 'Lists the instances of a microservice',
      query: READ_QUERY,
      headers: CONSUMER,
      answer: ANSWERS.instances,
      handle: call => listOf(context, call),
    },
    {
      method: 'GET',
      ...one,
      summary: 'Reads an instance',
      query: READ_QUERY,
      headers: CONSUMER,
      answer: ANSWERS.instance,
      handle: call => readOne(context, call),
    },
    {
      method: 'DELETE',
      ...one,
      summary: 'Unregisters an instance',
      handle: async call => {
        const { serviceId, instanceId } = checked(unregisterRequest, named(call))
        await context.catalog.execute(unregisterInstance(call.scope, serviceId, instanceId))
        return EMPTY
      },
    },
    {
      method: 'PUT',
      ...registry('/microservices/:serviceId/instances/:instanceId/status'),
      summary: 'Sets the status of an instance',
      query: { value: 'UP, DOWN, STARTING, TESTING or OUTOFSERVICE' },
      required: ['value'],
      handle: async call => {
        const request = checked(instanceStatus, { ...named(call), status: call.query.value ?? '' })
        await context.catalog.execute(
          setInstanceStatus(call.scope, request.serviceId, request.instanceId, request.status),
        )
        return EMPTY
      },
    },
    {
      method: 'PUT',
      ...registry('/microservices/:serviceId/instances/:instanceId/properties'),
      summary: 'Replaces the properties of an instance',
      body: instanceProperties,
      bodyLimit: 'propertiesBodyBytesMax',
      handle: call => putProperties(context, call),
    },
    {
      method: 'PUT',
      ...registryV4('/instances/status'),
      summary: 'Sets the status of all instances with certain properties',
      query: { all: '1: also when no properties are named' },
      body: manyStatus,
      targets: (call, view) => view.services(call.scope, { local: true }).map(({ key }) => key),
      handle: call => putManyStatus(context, call),
    },
  ]
}

const named = (call: Call) => ({ serviceId: call.param('serviceId'), instanceId: call.param('instanceId') })

function register({ catalog, rules }: Context, call: Call): Promise<Answer> {
  const { instance } = checked(registerShape, decode(registerShape, call.body, UNMARSHAL_ERROR))
  const draft = instanceDraft(instance ?? {})
  const registered = catalog.execute(registerInstance(call.scope, call.param('serviceId'), draft, rules))
  return registered.then(instanceId => json({ instanceId }))
}

function listOf(context: Context, call: Call): Answer | Promise<Answer> {
  const serviceId = call.param('serviceId')
  const { consumerId, tags, options } = call
  checked(listInstances, { consumerServiceId: consumerId, providerServiceId: serviceId, tags })
  const request = { scope: call.scope, consumerId, serviceId, tags }
  return context.catalog.lookup(view => {
    const found = instancesOf(view, request, options, context.rules.shared)
    return answerInstances(context, call, [found.service], found.options)
  })
}

function readOne({ catalog, rules }: Context, call: Call): Answer | Promise<Answer> {
  const { serviceId, instanceId } = named(call)
  const { consumerId, tags, options } = call
  const shape = { consumerServiceId: consumerId, providerServiceId: serviceId, providerInstanceId: instanceId, tags }
  checked(oneInstance, shape)
  const request = { scope: call.scope, consumerId, serviceId, instanceId, tags }
  return catalog.lookup(view => {
    const instance = instanceOf(view, request, options, rules.shared)
    const headers = { [REVISION_HEADER]: instance.revision }
    if (call.revision === instance.revision) return { status: 304, type: JSON_TYPE, body: '', headers }
    const shown = call.withOrigin ? instanceWithOrigin(instance) : instanceJson(instance.read(), instance.service.id)
    return json({ instance: shown }, headers)
  })
}

async function putProperties({ catalog, rules }: Context, call: Call): Promise<Answer> {
  const { properties = {} } = decode(instanceProperties, call.body, UNMARSHAL_ERROR)
  const { serviceId, instanceId } = checked(propertiesRequest, named(call))
  await catalog.execute(setInstanceProperties(call.scope, serviceId, instanceId, properties, rules.instances))
  return EMPTY
}

async function putManyStatus({ catalog }: Context, call: Call): Promise<Answer> {
  const { matches, status = '' } = checked(manyStatus, decode(manyStatus, call.body, UNMARSHAL_ERROR))
  const properties = matches?.properties ?? {}
  if (Object.keys(properties).length === 0 && !isTrue(call.query.all)) {
    throw invalid('matches.properties is empty: every instance would match; say all=1 to mean it')
  }
  await catalog.execute(setStatusWhere(call.scope, properties, status))
  return EMPTY
}
