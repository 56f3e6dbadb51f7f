import { heartbeat, heartbeats, type InstanceName } from '../../core/commands/heartbeat.ts'
import { CatalogError } from '../../core/errors.ts'
import { invalid } from '../../core/queries/refusals.ts'
import { type Answer, EMPTY, json } from '../http/answer.ts'
import { inBatches } from '../http/batches.ts'
import type { Call } from './call.ts'
import { oneLine } from './errors.ts'
import { type Context, type Route, registry } from './route.ts'
import { checked, decode, UNMARSHAL_ERROR } from './shape/json.ts'
import { ANSWERS } from './shapes/answers.ts'
import { heartbeatSet, instanceName } from './shapes/instance.ts'
import { bodyOf, keysOfIds } from './targets.ts'

/** Unknown instances of one set that siblings are asked about at the same time. */
const BATCH_CONCURRENCY = 256

const request = instanceName('HeartbeatRequest')
const PLAIN_NAME = /^[A-Za-z0-9_.-]{1,64}$/

export const heartbeatRoutes = (context: Context): readonly Route[] => [
  {
    method: 'PUT',
    ...registry('/microservices/:serviceId/instances/:instanceId/heartbeat'),
    summary: 'Keeps an instance alive',
    handle: call => {
      const [serviceId, instanceId] = [call.param('serviceId'), call.param('instanceId')]
      // By far the most frequent request: its names are looked at closely only when they look odd.
      if (!PLAIN_NAME.test(serviceId) || !PLAIN_NAME.test(instanceId)) checked(request, { serviceId, instanceId })
      return context.catalog.execute(heartbeat(call.scope, serviceId, instanceId)).then(() => EMPTY)
    },
  },
  {
    method: 'PUT',
    ...registry('/heartbeats'),
    summary: 'Keeps many instances alive and reports each',
    body: heartbeatSet,
    answer: ANSWERS.heartbeats,
    targets: (call, view) => {
      const { instances = [] } = bodyOf(heartbeatSet, call) ?? {}
      return keysOfIds(
        view,
        call,
        instances.map(({ serviceId }) => serviceId),
      )
    },
    handle: call => sendMany(context, call),
  },
]

async function sendMany({ catalog }: Context, call: Call): Promise<Answer> {
  const { instances = [] } = decode(heartbeatSet, call.body, UNMARSHAL_ERROR)
  if (instances.length === 0) throw invalid('Request format invalid.')
  const names = distinct(instances.map(({ serviceId = '', instanceId = '' }) => ({ serviceId, instanceId })))
  const unheard = await catalog.execute(heartbeats(call.scope, names))
  // One by one: a refused command makes the node ask its siblings before it is final.
  const messages = await inBatches(unheard, BATCH_CONCURRENCY, name => again(catalog, call, name))
  const failed = new Map(unheard.map((name, i) => [name, messages[i]]))
  return json({ instances: names.map(name => ({ ...name, errMessage: failed.get(name) })) })
}

async function again(catalog: Context['catalog'], call: Call, name: InstanceName): Promise<string | undefined> {
  try {
    await catalog.execute(heartbeat(call.scope, name.serviceId, name.instanceId))
    return undefined
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error
    return oneLine(error)
  }
}

const distinct = (names: readonly InstanceName[]): readonly InstanceName[] => [
  ...new Map(names.map(name => [`${name.serviceId}\n${name.instanceId}`, name])).values(),
]
