import { recordDependency } from '../../core/commands/dependency.ts'
import { type Found, find } from '../../core/queries/find.ts'
import { combineRevisions } from '../../core/queries/revision.ts'
import { parseVersionRule, type VersionRule } from '../../core/version-rule.ts'
import type { ReadOptions, ServiceView } from '../../core/view.ts'
import { type Answer, JSON_TYPE, json } from '../http/answer.ts'
import type { Call } from './call.ts'
import { instanceWithOrigin, listOrNothing } from './render.ts'
import { type Context, type Route, registry } from './route.ts'
import { checked } from './shape/json.ts'
import { findInstances } from './shapes/find.ts'

export const REVISION_HEADER = 'x-resource-revision'

export const findRoutes = (context: Context): readonly Route[] => [
  {
    method: 'GET',
    ...registry('/instances'),
    summary: 'Finds the instances of a microservice by name or alias',
    query: {
      appId: 'application',
      serviceName: 'name or alias',
      version: 'a version or a rule, where older clients are served; otherwise ignored',
      env: 'environment; that of the consumer counts where one is named',
      tags: 'keys of tags that a service must carry, separated by commas',
      rev: 'the revision that the client holds: 304 when nothing has changed',
    },
    handle: call => findByName(context, call),
  },
]

function findByName(context: Context, call: Call): Answer | Promise<Answer> {
  const { appId = '', serviceName = '', env: environment = '' } = call.query
  const { consumerId, tags, options } = call
  checked(findInstances, { consumerServiceId: consumerId, appId, serviceName, tags, environment })
  const versions = versionsOf(context, call)
  const request = { scope: call.scope, consumerId, environment, appId, serviceName, tags, versions }
  return context.catalog.lookup(view => {
    const found = find(view, request, options, context.rules.shared)
    record(context, found)
    return answerInstances(context, call, found.services, found.options)
  })
}

function versionsOf({ options }: Context, call: Call): VersionRule | undefined {
  const honoured = options.versionRules === 'all' || (options.versionRules === 'v3' && call.version === 'v3')
  return honoured && call.query.version ? parseVersionRule(call.query.version) : undefined
}

/** In the background: a find is answered from memory, whether or not this can be stored. */
export function record({ catalog, deps }: Context, { dependency }: Found): void {
  if (dependency === undefined) return
  const { consumer, provider } = dependency
  queueMicrotask(() => {
    catalog.execute(recordDependency(consumer, provider)).catch(error => {
      deps.log.warn({ err: error, consumer: consumer.id, provider }, 'dependency not recorded')
    })
  })
}

/** The instances of these services, or 304 when the client has them. */
export function answerInstances(
  { cache }: Context,
  call: Call,
  services: readonly ServiceView[],
  options: ReadOptions,
): Answer {
  const revision = combineRevisions(services.map(service => service.revision(options)))
  const headers = { [REVISION_HEADER]: revision }
  if (call.revision === revision) return { status: 304, type: JSON_TYPE, body: '', headers }
  if (call.withOrigin) {
    const instances = services.flatMap(service => service.instances(options).map(instanceWithOrigin))
    return json({ instances: listOrNothing(instances) }, headers)
  }
  const { body, compressed } = cache.render(services, options, revision)
  return { status: 200, type: JSON_TYPE, body, compressed, headers }
}
