import type { BrowseFilter } from '../../center/ports.ts'
import { CatalogError } from '../../core/errors.ts'
import { schemaOf } from '../../core/queries/existence.ts'
import type { Answer } from '../http/answer.ts'
import type { Call } from '../servicecomb/call.ts'
import type { Context, Route } from '../servicecomb/route.ts'
import { readContract } from './contract.ts'
import { whole } from './number.ts'
import { PageCache } from './page-cache.ts'

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 1_000
const OFFSET_MAX = 10_000_000
const TEXT_MAX = 256

const FILTER = {
  text: 'part of a name, alias, application or instance id, in any case',
  env: 'exactly this environment, which may be empty',
  appId: 'exactly this application',
  serviceName: 'exactly this name',
  version: 'exactly this version',
  cluster: 'a cluster, by name or id',
  state: 'UP, DOWN, STARTING, OUTOFSERVICE, TESTING, stale, or none for services without instances',
  offset: 'how many to pass over',
  limit: `how many to show, ${LIMIT_DEFAULT} when absent, ${LIMIT_MAX} at most`,
}

/** Pages of the catalog, filtered and cut by the node: a dashboard over 100,000 instances gets 50 of them. */
export function browseRoutes({ deps, catalog }: Context): readonly Route[] {
  const { browse } = deps.insight
  const cache = new PageCache(deps.clock)
  const page = (call: Call, kind: string, make: () => unknown): Answer => {
    const { domain, project } = call.scope
    const name = JSON.stringify([kind, domain, project, call.search, call.access?.account])
    return cache.answer(name, browse.revision, call.headers['if-none-match'], make)
  }
  return [
    {
      method: 'GET',
      path: '/v4/:project/admin/browse/services',
      guard: 'service',
      summary: 'Pages through names of services: versions, clusters, numbers of instances',
      query: FILTER,
      handle: call => page(call, 'services', () => browse.services(filterOf(call))),
    },
    {
      method: 'GET',
      path: '/v4/:project/admin/browse/instances',
      guard: 'service',
      summary: 'Pages through instances: where they come from, who holds their lease, what is left of it',
      query: FILTER,
      handle: call => page(call, 'instances', () => browse.instances(filterOf(call))),
    },
    {
      method: 'GET',
      path: '/v4/:project/admin/browse/summary',
      guard: 'service',
      summary: 'Counts a project and names what filters may ask for',
      handle: call => page(call, 'summary', () => browse.facets(filterOf(call))),
    },
    {
      method: 'GET',
      path: '/v4/:project/admin/browse/services/:serviceId',
      guard: 'service',
      summary: 'Reads one version of a service with its registrations in every cluster and whom it uses',
      handle: call =>
        page(call, `service ${call.param('serviceId')}`, () =>
          browse.detail(call.scope, call.param('serviceId'), call.options, key => call.access?.sees(key) !== false),
        ),
    },
    {
      method: 'GET',
      path: '/v4/:project/admin/browse/services/:serviceId/contracts/:schemaId',
      guard: 'service/schema',
      summary: 'Reads a contract for people: its operations, as far as it is OpenAPI, and its text',
      handle: call =>
        page(call, `contract ${call.param('serviceId')} ${call.param('schemaId')}`, () =>
          catalog.read(view => {
            const schema = schemaOf(view, call.scope, call.param('serviceId'), call.param('schemaId'))
            const text = schema.content() ?? ''
            return { schemaId: schema.schemaId, summary: schema.summary, contract: readContract(text), text }
          }),
        ),
    },
  ]
}

function filterOf(call: Call): BrowseFilter {
  const { text = '', env, appId, serviceName, version, cluster, state } = call.query
  for (const [name, value] of Object.entries({ text, env, appId, serviceName, version, cluster, state })) {
    if (value !== undefined && value.length > TEXT_MAX)
      throw new CatalogError('INVALID_PARAMS', `parameter ${name} is longer than ${TEXT_MAX} characters`)
  }
  return {
    scope: call.scope,
    text,
    environment: env,
    appId: given(appId),
    serviceName: given(serviceName),
    version: given(version),
    cluster: given(cluster),
    state: given(state),
    sees: key => call.access?.sees(key) !== false,
    options: call.options,
    offset: whole(call, 'offset', 0, OFFSET_MAX),
    limit: whole(call, 'limit', LIMIT_DEFAULT, LIMIT_MAX),
  }
}

const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value)
