import { isShared, optionsFor } from '../../core/queries/access.ts'
import { consumersOf, providersOf } from '../../core/queries/dependencies.ts'
import { serviceOf } from '../../core/queries/existence.ts'
import { appsOf, instanceCount, servicesOf, statisticsOf } from '../../core/queries/overview.ts'
import { invalid } from '../../core/queries/refusals.ts'
import type { ServiceView, View } from '../../core/view.ts'
import { type Answer, json } from '../http/answer.ts'
import { isTrue, valuesOf } from '../http/query.ts'
import type { Call } from './call.ts'
import { instanceJson, instanceWithOrigin, listOrNothing, mapOrNothing, schemaJson, serviceJson } from './render.ts'
import type { Context, Route } from './route.ts'
import { checked } from './shape/json.ts'
import { ANSWERS } from './shapes/answers.ts'
import { appsRequest, serviceName } from './shapes/service.ts'

const DETAILS = ['tags', 'instances', 'schemas', 'dependencies']
const SHARED = { withShared: 'also the services that everybody finds' }

const detailRequest = serviceName('GetServiceRequest')

export const governRoutes = (context: Context): readonly Route[] => [
  {
    method: 'GET',
    path: '/v4/:project/govern/microservices',
    guard: 'service',
    summary: 'Lists microservices with what is asked for of each',
    query: {
      options: 'tags, instances, schemas, dependencies, statistics or all, separated by commas',
      appId: 'application',
      serviceName: 'name',
      env: 'environment',
      property: 'key:value; repeatable, all must match',
      countOnly: '1: numbers of instances instead of the instances',
      ...SHARED,
    },
    answer: ANSWERS.details,
    handle: call => listDetails(context, call),
  },
  {
    method: 'GET',
    path: '/v4/:project/govern/microservices/:serviceId',
    guard: 'service',
    summary: 'Reads everything about one microservice',
    answer: ANSWERS.detail,
    handle: call => readDetail(context, call),
  },
  {
    method: 'GET',
    path: '/v4/:project/govern/relations',
    guard: 'service',
    summary: 'Draws who uses whom',
    query: SHARED,
    answer: ANSWERS.relations,
    handle: call => draw(context, call),
  },
  {
    method: 'GET',
    path: '/v4/:project/govern/apps',
    guard: 'service',
    summary: 'Lists the applications of an environment',
    query: { env: 'environment', ...SHARED },
    answer: ANSWERS.apps,
    handle: call => {
      const { environment } = checked(appsRequest, { environment: call.query.env ?? '' })
      const services = select(context, call, isTrue(call.query.withShared))
      return json({ appIds: listOrNothing(appsOf(services, environment)) })
    },
  },
  {
    method: 'GET',
    path: '/v4/:project/govern/statistics',
    guard: 'service',
    summary: 'Counts services, instances and applications',
    answer: ANSWERS.statistics,
    handle: call => json({ statistics: statistics(context, call, false) }),
  },
]

const select = ({ catalog, rules }: Context, call: Call, withShared: boolean): readonly ServiceView[] =>
  catalog.read(view => call.visible(servicesOf(view, call.scope, { withShared }, call.options, rules.shared)))

/** Zeros are left out. Instances of a domain are counted within the project, as the reference ends up doing. */
function statistics(context: Context, call: Call, withShared: boolean) {
  const { services, instances, apps } = statisticsOf(select(context, call, withShared), call.options)
  return {
    services: { count: services.count || undefined, onlineCount: services.onlineCount || undefined },
    instances: { count: instances.count || undefined, countByDomain: instances.count || undefined },
    apps: { count: apps.count || undefined },
  }
}

function listDetails(context: Context, call: Call): Answer {
  const { query, options } = call
  const countOnly = query.countOnly?.trim() ?? ''
  if (!['', '0', '1'].includes(countOnly)) throw invalid('parameter countOnly must be 1 or 0')
  const asked = new Set((query.options ?? '').split(','))
  const withShared = isTrue(query.withShared)
  const counted = asked.has('all') || asked.has('statistics') ? statistics(context, call, withShared) : undefined
  if (counted !== undefined && asked.size === 1 && !asked.has('all')) return json({ statistics: counted })
  const wanted = new Set(asked.has('all') ? DETAILS : asked)
  const filter = {
    withShared,
    environment: query.env ?? '',
    appId: query.appId ?? '',
    serviceName: query.serviceName ?? '',
    properties: properties(call),
  }
  const shown = context.catalog.read(view =>
    call
      .visible(servicesOf(view, call.scope, filter, options, context.rules.shared))
      .map(service => overview(context, call, view, service, wanted, countOnly === '1')),
  )
  return json({ allServicesDetail: listOrNothing(shown), statistics: counted })
}

/** `property=k:v`, repeated. Without a colon the value is empty. */
function properties(call: Call): Readonly<Record<string, string>> {
  const pairs = valuesOf(call.search, 'property').map(text => {
    const colon = text.indexOf(':')
    return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)]
  })
  return Object.fromEntries(pairs)
}

function overview(
  { options: { instances: rules } }: Context,
  call: Call,
  view: View,
  service: ServiceView,
  wanted: ReadonlySet<string>,
  countOnly: boolean,
) {
  const { options } = call
  const read = optionsFor(service, options)
  const instances = () =>
    service.instances(read).map(instance => ({
      ...instanceJson(instance.read(), service.id),
      // Only what the operator set for all instances: the rest is their owners' affair.
      properties: mapOrNothing(pick(instance.read().properties, rules.properties)),
    }))
  const withInstances = wanted.has('instances')
  const self = { noSelf: true }
  const { domain, project } = service.key
  const dependencies = wanted.has('dependencies')
  return {
    microService: { ...serviceJson(service), schemas: undefined },
    instances: withInstances && !countOnly ? listOrNothing(instances()) : undefined,
    schemaInfos: wanted.has('schemas')
      ? listOrNothing(service.schemas().map(schema => schemaJson(schema, true)))
      : undefined,
    providers: dependencies
      ? listOrNothing(call.visible(providersOf(view, { domain, project }, service.id, self)).map(serviceJson))
      : undefined,
    consumers: dependencies
      ? listOrNothing(call.visible(consumersOf(view, { domain, project }, service.id, self)).map(serviceJson))
      : undefined,
    tags: wanted.has('tags') ? mapOrNothing(service.tags()) : undefined,
    statics: countOnly
      ? { instances: withInstances ? { count: instanceCount(service, options) || undefined } : undefined }
      : undefined,
  }
}

const pick = (properties: Readonly<Record<string, string>> = {}, ruled: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(properties).filter(([key]) => Object.hasOwn(ruled, key)))

function readDetail({ catalog }: Context, call: Call): Answer | Promise<Answer> {
  const { serviceId } = checked(detailRequest, { serviceId: call.param('serviceId') })
  const { scope, options, withOrigin } = call
  const all = { noSelf: false }
  return catalog.lookup(view => {
    const service = serviceOf(view, scope, serviceId, options)
    const { environment, appId, serviceName } = service.key
    const versions = view.named(scope, environment, appId, serviceName, { ...options, noAlias: true })
    const instances = service.instances(optionsFor(service, options))
    const shown = withOrigin
      ? instances.map(instanceWithOrigin)
      : instances.map(instance => instanceJson(instance.read(), service.id))
    return json({
      service: {
        microService: serviceJson(service),
        instances: listOrNothing(shown),
        schemaInfos: listOrNothing(service.schemas().map(schema => schemaJson(schema, true))),
        providers: listOrNothing(call.visible(providersOf(view, scope, serviceId, all)).map(serviceJson)),
        consumers: listOrNothing(call.visible(consumersOf(view, scope, serviceId, all)).map(serviceJson)),
        tags: mapOrNothing(service.tags()),
        microServiceVersions: listOrNothing(versions.map(version => version.key.version)),
      },
    })
  })
}

/** Here empty lists are null, as in the reference. */
function draw({ catalog, rules }: Context, call: Call): Answer {
  const withShared = isTrue(call.query.withShared)
  const style = { type: '', color: '', position: '' }
  const graph = catalog.read(view => {
    const services = call.visible(servicesOf(view, call.scope, { withShared }, call.options, rules.shared))
    const nodes = services.map(({ id, key }) => ({
      id,
      name: key.serviceName,
      appId: key.appId,
      version: key.version,
      ...style,
    }))
    const lines = services.flatMap((service, i) =>
      call
        .visible(view.providers(service))
        .filter(({ sid, key, alias }) => sid !== service.sid && (withShared || !isShared(rules.shared, key, alias)))
        .map(provider => ({
          from: nodes[i],
          to: { id: provider.id, name: provider.key.serviceName, appId: '', version: '', ...style },
          type: '',
          color: '',
          descriptor: '',
        })),
    )
    return { nodes: listOrNothing(nodes) ?? null, lines: listOrNothing(lines) ?? null, circles: null }
  })
  return json(graph)
}
