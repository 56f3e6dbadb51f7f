import { recordDependency } from '../../core/commands/dependency.ts'
import { type Found, find } from '../../core/queries/find.ts'
import { combineRevisions } from '../../core/queries/revision.ts'
import { parseVersionRule, type VersionRule } from '../../core/version-rule.ts'
import type { ReadOptions, ServiceView } from '../../core/view.ts'
import { type Answer, JSON_TYPE, json } from '../http/answer.ts'
import type { Query } from '../http/query.ts'
import type { Call } from './call.ts'
import { instanceWithOrigin, listOrNothing } from './render.ts'
import { CONSUMER, type Context, type Route, registry } from './route.ts'
import { checked } from './shape/json.ts'
import { ANSWERS } from './shapes/answers.ts'
import { consumer, findInstances } from './shapes/find.ts'
import { keysOfNames } from './targets.ts'

export const REVISION_HEADER = 'x-resource-revision'

export function findRoutes(context: Context): readonly Route[] {
  // Kept beside the query: the same question comes again and again.
  const asked = new WeakMap<Query, Asked>()
  const route: Route = {
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
    required: ['appId', 'serviceName'],
    headers: CONSUMER,
    answer: ANSWERS.instances,
    targets: (call, view) => {
      const { env: environment = '', appId = '', serviceName = '' } = call.query
      return keysOfNames(view, call, [{ environment, appId, serviceName }])
    },
    handle: call => findByName(context, asked, call),
  }
  return [route]
}

/** What a find's query string says, once it keeps the rules. */
interface Asked {
  readonly environment: string
  readonly appId: string
  readonly serviceName: string
  readonly tags: readonly string[]
  readonly options: ReadOptions
}

function findByName(context: Context, asked: WeakMap<Query, Asked>, call: Call): Answer | Promise<Answer> {
  const { query, consumerId } = call
  const known = asked.get(query) ?? read(call)
  asked.set(query, known)
  if (consumerId !== '') checked(consumer, { consumerServiceId: consumerId })
  const { environment, appId, serviceName, tags, options } = known
  const versions = versionsOf(context, call)
  const request = { scope: call.scope, consumerId, environment, appId, serviceName, tags, versions }
  return context.catalog.lookup(view => {
    const found = find(view, request, options, context.rules.shared)
    record(context, found)
    return answerInstances(context, call, found.services, found.options)
  })
}

/** Throws INVALID_PARAMS for the first rule that the query breaks. */
function read({ query, tags, options }: Call): Asked {
  const { appId = '', serviceName = '', env: environment = '' } = query
  checked(findInstances, { appId, serviceName, tags, environment })
  return { environment, appId, serviceName, tags, options }
}

function versionsOf({ options }: Context, call: Call): VersionRule | undefined {
  if (!call.query.version) return undefined
  const honoured = options.versionRules === 'all' || (options.versionRules === 'v3' && call.version === 'v3')
  return honoured ? parseVersionRule(call.query.version) : undefined
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
