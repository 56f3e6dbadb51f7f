import { CatalogError } from '../../core/errors.ts'
import { json } from '../http/answer.ts'
import type { Call } from '../servicecomb/call.ts'
import type { Context, Route } from '../servicecomb/route.ts'
import { checked, decode } from '../servicecomb/shape/json.ts'
import { struct, text } from '../servicecomb/shape/shape.ts'

const NAME_MAX = 256

const retireBody = struct('RetireRequest', { name: text({ min: 1, max: NAME_MAX }) })

export const peerRoutes = ({ deps }: Context): readonly Route[] => [
  {
    method: 'GET',
    path: '/v4/:project/admin/peers',
    guard: 'ops',
    summary: 'Lists the nodes of the federation as this one knows them: state, lag, link, and who is refused',
    always: true,
    handle: () => json(deps.insight.peers()),
  },
  {
    method: 'POST',
    path: '/v4/:project/admin/retire',
    guard: 'ops',
    summary: 'Says that a node or cluster is gone for good: what it held ends, what a cluster registered goes',
    body: retireBody,
    handle: async call => {
      const { name = '' } = checked(retireBody, decode(retireBody, call.body))
      return json(await deps.insight.retire(name, whoOf(call)))
    },
  },
  {
    method: 'DELETE',
    path: '/v4/:project/admin/retire',
    guard: 'ops',
    summary: 'Takes a retirement back',
    query: { name: 'the node or cluster, by name or id' },
    handle: async call => {
      const { name = '' } = call.query
      if (name === '') throw new CatalogError('INVALID_PARAMS', 'parameter name must name a node or a cluster')
      return json(await deps.insight.unretire(name))
    },
  },
]

/** The account, otherwise the address: whom others are told. */
const whoOf = ({ access, address }: Call): string => access?.account ?? address
