import { type Declaration, declareDependencies } from '../../core/commands/dependency.ts'
import { consumersOf, providersOf } from '../../core/queries/dependencies.ts'
import { type Answer, EMPTY, json } from '../http/answer.ts'
import type { LabelledKey } from '../rbac/access.ts'
import type { Call } from './call.ts'
import { listOrNothing, serviceJson } from './render.ts'
import { type Context, type Route, registry, registryV4 } from './route.ts'
import { checked, decode } from './shape/json.ts'
import { ANSWERS } from './shapes/answers.ts'
import { addDependencies, putDependencies } from './shapes/dependency.ts'
import { serviceName } from './shapes/service.ts'
import { bodyOf } from './targets.ts'

const request = serviceName('GetDependenciesRequest')

const QUERY = {
  noSelf: '1: without the service itself',
  sameDomain: '1: of this domain and project only, which all are',
}

export const dependencyRoutes = (context: Context): readonly Route[] => [
  {
    method: 'GET',
    ...registry('/microservices/:serviceId/providers'),
    summary: 'Lists the services that a microservice uses',
    query: QUERY,
    answer: ANSWERS.providers,
    handle: call => {
      const { serviceId, filter } = named(call)
      return context.catalog.lookup(view => {
        const services = providersOf(view, call.scope, serviceId, filter)
        return json({ providers: listOrNothing(call.visible(services).map(serviceJson)) })
      })
    },
  },
  {
    method: 'GET',
    ...registry('/microservices/:serviceId/consumers'),
    summary: 'Lists the services that use a microservice',
    query: QUERY,
    answer: ANSWERS.consumers,
    handle: call => {
      const { serviceId, filter } = named(call)
      return context.catalog.lookup(view => {
        const services = consumersOf(view, call.scope, serviceId, filter)
        return json({ consumers: listOrNothing(call.visible(services).map(serviceJson)) })
      })
    },
  },
  {
    method: 'POST',
    ...registryV4('/dependencies'),
    summary: 'Declares dependencies beside those that are known',
    body: addDependencies,
    targets: call => consumersIn(addDependencies, call),
    handle: call => declare(context, addDependencies, call, false),
  },
  {
    method: 'PUT',
    ...registryV4('/dependencies'),
    summary: 'Declares dependencies in place of those that are known',
    body: putDependencies,
    targets: call => consumersIn(putDependencies, call),
    handle: call => declare(context, putDependencies, call, true),
  },
]

const consumersIn = (shape: typeof addDependencies, call: Call): readonly LabelledKey[] =>
  (bodyOf(shape, call)?.dependencies ?? []).map(
    ({ consumer: { environment = '', appId = '', serviceName = '' } = {} }) => ({
      environment,
      appId,
      serviceName,
    }),
  )

function named(call: Call) {
  const { serviceId } = checked(request, { serviceId: call.param('serviceId') })
  return { serviceId, filter: { noSelf: call.query.noSelf === '1' } }
}

async function declare(
  { catalog }: Context,
  shape: typeof addDependencies,
  call: Call,
  overwrite: boolean,
): Promise<Answer> {
  const { dependencies = [] } = checked(shape, decode(shape, call.body))
  const declarations = dependencies.map<Declaration>(({ consumer = {}, providers = [] }) => ({
    consumer: { environment: '', appId: '', serviceName: '', version: '', ...consumer },
    providers: providers.map(({ environment = '', appId = '', serviceName = '' }) => ({
      environment,
      appId,
      serviceName,
    })),
  }))
  await catalog.execute(declareDependencies(call.scope, declarations, overwrite))
  return { ...EMPTY, headers: { deprecation: 'version="v4"' } }
}
