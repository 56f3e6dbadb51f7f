import { CatalogError, type ErrorCode, type Missing } from '../../core/errors.ts'
import { find } from '../../core/queries/find.ts'
import { instanceOf } from '../../core/queries/instances.ts'
import { invalid } from '../../core/queries/refusals.ts'
import { combineRevisions } from '../../core/queries/revision.ts'
import type { ReadOptions, View } from '../../core/view.ts'
import { type Answer, JSON_TYPE } from '../http/answer.ts'
import { Parts } from '../http/parts.ts'
import type { Call } from './call.ts'
import { errorBody, oneLine } from './errors.ts'
import { record } from './find.ts'
import { instanceJson, instanceWithOrigin } from './render.ts'
import { arrayOf } from './render-cache.ts'
import { CONSUMER, type Context, type Route, registryV4 } from './route.ts'
import { checked, decode, UNMARSHAL_ERROR } from './shape/json.ts'
import type { Decoded } from './shape/shape.ts'
import { ANSWERS } from './shapes/answers.ts'
import { batchFind } from './shapes/find.ts'
import { bodyOf, keysOfIds, keysOfNames } from './targets.ts'

type Body = Decoded<typeof batchFind>
type ServiceItem = NonNullable<Body['services']>[number]
type InstanceItem = NonNullable<Body['instances']>[number]

/** `instances`: a JSON array, absent when there are none. */
interface Found {
  readonly revision: string
  readonly instances: string | Buffer | undefined
}

export const batchFindRoutes = (context: Context): readonly Route[] => [
  {
    method: 'POST',
    ...registryV4('/instances/action'),
    summary: 'Finds many at once, and reports what has changed since the revisions that the client holds',
    query: { type: 'query' },
    required: ['type'],
    headers: CONSUMER,
    body: batchFind,
    answer: ANSWERS.batch,
    verb: 'get',
    targets: (call, view) => {
      const { services = [], instances = [] } = bodyOf(batchFind, call) ?? {}
      const ids = instances.map(({ instance }) => instance?.serviceId)
      const names = services.map(({ service = {} }) => service)
      return [...keysOfIds(view, call, ids), ...keysOfNames(view, call, names)]
    },
    handle: call => query(context, call),
  },
]

function query(context: Context, call: Call): Answer | Promise<Answer> {
  const { type = '' } = call.query
  if (type !== 'query') throw invalid(`Invalid action: ${type}`)
  const body = decode(batchFind, call.body, UNMARSHAL_ERROR)
  const { services = [], instances = [] } = body
  if (services.length === 0 && instances.length === 0) throw invalid('Required services or instances')
  const { batchFindMax } = context.options.limits
  if (services.length + instances.length > batchFindMax) {
    context.deps.metrics.refused('batchFindMax')
    throw invalid(`services and instances are more than ${batchFindMax} together`)
  }
  checked(batchFind, { ...body, consumerServiceId: call.consumerId })
  const { options } = call
  const answered = () => context.catalog.read(view => answer(new Batch(context, call, options, view), body))
  const asked = askSiblings(context, call, body)
  return asked === undefined ? answered() : asked.then(answered)
}

/** An item that fails does not fail the batch, so what it misses here is asked for beforehand. Undefined: nothing is. */
function askSiblings({ catalog }: Context, call: Call, body: Body): Promise<unknown> | undefined {
  const missing = (view: View): readonly Missing[] => [
    ...(call.consumerId !== '' && view.service(call.scope, call.consumerId) === undefined
      ? [{ kind: 'service', id: call.consumerId } as const]
      : []),
    ...(body.instances ?? []).flatMap<Missing>(({ instance: { serviceId = '', instanceId = '' } = {} }) =>
      view.service(call.scope, serviceId)?.instance(instanceId) === undefined
        ? [
            { kind: 'service', id: serviceId },
            { kind: 'instance', id: instanceId },
          ]
        : [],
    ),
  ]
  if (catalog.read(missing).length === 0) return undefined
  const probe = async () =>
    catalog.lookup(view => {
      const names = missing(view)
      if (names.length > 0) throw new CatalogError('INSTANCE_NOT_FOUND', '', names)
    })
  return probe().catch(error => {
    if (!(error instanceof CatalogError)) throw error
  })
}

function answer(batch: Batch, { services = [], instances = [] }: Body): Answer {
  const { parts } = batch
  parts.add('{')
  if (services.length > 0) {
    parts.add('"services":')
    batch.section(services, item => batch.service(item))
  }
  if (instances.length > 0) {
    parts.add(services.length > 0 ? ',"instances":' : '"instances":')
    batch.section(instances, item => batch.instance(item))
  }
  parts.add('}')
  return { status: 200, type: JSON_TYPE, body: parts.join() }
}

/** One batch being answered. */
class Batch {
  readonly parts: Parts
  readonly #context: Context
  readonly #call: Call
  readonly #options: ReadOptions
  readonly #view: View

  constructor(context: Context, call: Call, options: ReadOptions, view: View) {
    this.#context = context
    this.#call = call
    this.#options = options
    this.#view = view
    const { batchBytesMax } = context.options.limits
    this.parts = new Parts(batchBytesMax, () => {
      context.deps.metrics.refused('batchBytesMax')
      throw invalid(`the answer would be larger than ${batchBytesMax} bytes`)
    })
  }

  /** `{"failed"?,"notModified"?,"updated"?}`: failures are grouped by code, with the first one's words. */
  section<I extends { readonly rev?: string }>(items: readonly I[], each: (item: I) => Found): void {
    const failures = new Map<ErrorCode, { indexes: number[]; error: CatalogError }>()
    const notModified: number[] = []
    const { parts } = this
    let separator = '{"updated":['
    items.forEach((item, index) => {
      try {
        const { revision, instances } = each(item)
        if (item.rev === revision) {
          notModified.push(index)
          return
        }
        parts.add(`${separator}{"index":${index},"rev":"${revision}"`)
        if (instances !== undefined) parts.add(',"instances":', instances)
        parts.add('}')
        separator = ','
      } catch (error) {
        if (!(error instanceof CatalogError) || error.code === 'INVALID_PARAMS') throw error
        const group = failures.get(error.code)
        if (group === undefined) failures.set(error.code, { indexes: [index], error })
        else group.indexes.push(index)
      }
    })
    const some = separator === ','
    if (some) parts.add(']')
    const rest = {
      failed: [...failures.values()].map(({ indexes, error }) => ({
        indexes,
        error: errorBody(error.code, oneLine(error)),
      })),
      notModified,
    }
    const text = JSON.stringify({
      ...(rest.failed.length > 0 ? { failed: rest.failed } : {}),
      ...(rest.notModified.length > 0 ? { notModified: rest.notModified } : {}),
    })
    if (!some) parts.add(text)
    else parts.add(text === '{}' ? '}' : `,${text.slice(1)}`)
  }

  service({ service: { appId = '', serviceName = '', environment = '' } = {} }: ServiceItem): Found {
    const { scope, consumerId, withOrigin } = this.#call
    const request = { scope, consumerId, environment, appId, serviceName, tags: [], noAlias: true }
    const found = find(this.#view, request, this.#options, this.#context.rules.shared)
    record(this.#context, found)
    const { services, options } = found
    const revision = combineRevisions(services.map(service => service.revision(options)))
    if (!withOrigin) return { revision, instances: arrayOf(this.#context.cache.render(services, options, revision)) }
    const instances = services.flatMap(service => service.instances(options).map(instanceWithOrigin))
    return { revision, instances: instances.length > 0 ? JSON.stringify(instances) : undefined }
  }

  instance({ instance: { serviceId = '', instanceId = '' } = {} }: InstanceItem): Found {
    const { scope, consumerId, withOrigin } = this.#call
    const request = { scope, consumerId, serviceId, instanceId, tags: [] }
    const instance = instanceOf(this.#view, request, this.#options, this.#context.rules.shared)
    const shown = withOrigin ? instanceWithOrigin(instance) : instanceJson(instance.read(), instance.service.id)
    return { revision: instance.revision, instances: JSON.stringify([shown]) }
  }
}
