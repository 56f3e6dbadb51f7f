import type { Identity } from '../center/ports.ts'
import { json, plain } from './http/answer.ts'
import { refusal } from './servicecomb/errors.ts'
import type { Context, Route } from './servicecomb/route.ts'
import { listOf, object } from './servicecomb/shapes/answers.ts'

export const IDENTITY_PATH = '/grapevine/v1/identity'
export const READY_PATH = '/grapevine/v1/ready'
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const OPEN = { method: 'GET', guard: 'open', always: true } as const

const text = { type: 'string' }

/** What a node says of itself to other nodes, probes and Prometheus, free of tokens. */
export const nodeRoutes = ({ deps, catalog }: Context): readonly Route[] => [
  {
    ...OPEN,
    // A node that knows another only by its HTTP address asks here whom to dial and whom to admit.
    path: IDENTITY_PATH,
    summary: 'Tells who the node is',
    answer: object(
      { node: text, clusterId: text, cluster: text, gossip: listOf(text), members: listOf(text) } satisfies Record<
        keyof Identity,
        unknown
      >,
      ['node', 'clusterId', 'cluster'],
    ),
    handle: () => json(deps.identity()),
  },
  {
    ...OPEN,
    path: READY_PATH,
    summary: 'For load balancers and probes: 503 until the node serves, after its first repair or all alone',
    answer: object({ ready: { type: 'boolean' } }, ['ready']),
    handle: () => {
      const { ready } = catalog.status()
      return { ...json({ ready }), status: ready ? 200 : 503 }
    },
  },
  {
    ...OPEN,
    path: '/metrics',
    summary: 'Metrics for Prometheus',
    handle: () =>
      deps.metrics.scrape().then(
        body => ({ ...plain(200, body), type: METRICS_TYPE }),
        () => refusal('INTERNAL', 'metrics are not available'),
      ),
  },
]
