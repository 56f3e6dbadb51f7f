import { CatalogError } from '../../core/errors.ts'
import type { WhyQuestion } from '../../core/why/facts.ts'
import { json } from '../http/answer.ts'
import type { Call } from '../servicecomb/call.ts'
import type { Context, Route } from '../servicecomb/route.ts'

const TEXT_MAX = 512

export const whyRoutes = ({ deps, rules }: Context): readonly Route[] => [
  {
    method: 'GET',
    path: '/v4/:project/admin/why',
    guard: 'ops',
    summary: 'Says why readers here see a service, or do not: the chain from its registration to this node',
    always: true,
    query: {
      service: 'name, alias or id',
      from: 'the cluster that should have registered it, by name or id; any when absent',
      env: 'its environment; any when absent',
      appId: 'its application; any when absent',
      version: 'its version; any when absent',
      consumerId: 'id of the service that does not find it: its environment and application count',
      unreachable: 'keep, mark or hide; the policy of this node when absent',
    },
    handle: call => json(deps.insight.why(questionOf(call), { time, shared: rules.shared })),
  },
]

function questionOf(call: Call): WhyQuestion {
  const { service = '', from, env, appId, version, consumerId } = call.query
  if (service === '') throw new CatalogError('INVALID_PARAMS', 'parameter service must name a service')
  for (const [name, value] of Object.entries({ service, from, env, appId, version, consumerId })) {
    if (value !== undefined && value.length > TEXT_MAX)
      throw new CatalogError('INVALID_PARAMS', `parameter ${name} is longer than ${TEXT_MAX} characters`)
  }
  return {
    scope: call.scope,
    service,
    environment: env,
    appId: given(appId),
    version: given(version),
    consumerId: given(consumerId) ?? call.consumerId,
    from: given(from),
    options: call.options,
  }
}

/** `from=` is as good as nothing; `env=` is the empty environment. */
const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value)

/** To the second, in UTC, whatever the zone of the machine. */
export const time = (unixMs: number): string => {
  const date = new Date(unixMs)
  return Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString().replace(/\.\d+Z$/, 'Z')
}
