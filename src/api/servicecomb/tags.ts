import { changeTag, removeTags, replaceTags } from '../../core/commands/tags.ts'
import { serviceOf } from '../../core/queries/existence.ts'
import { type Answer, EMPTY, json } from '../http/answer.ts'
import type { Call } from './call.ts'
import { mapOrNothing } from './render.ts'
import { type Context, type Route, registry } from './route.ts'
import { checked, decode } from './shape/json.ts'
import { ANSWERS } from './shapes/answers.ts'
import { serviceName } from './shapes/service.ts'
import { addTags, deleteTags, updateTag } from './shapes/tag.ts'

const listRequest = serviceName('GetServiceTagsRequest')

export function tagRoutes(context: Context): readonly Route[] {
  const add = addTags(context.options.quotas.tags)
  const remove = deleteTags(context.options.quotas.tags)
  return [
    {
      method: 'POST',
      ...registry('/microservices/:serviceId/tags'),
      summary: 'Replaces all tags of a microservice',
      body: add,
      handle: call => replace(context, add, call),
    },
    {
      method: 'GET',
      ...registry('/microservices/:serviceId/tags'),
      summary: 'Reads the tags of a microservice',
      answer: ANSWERS.tags,
      handle: call => {
        const { serviceId } = checked(listRequest, { serviceId: call.param('serviceId') })
        return context.catalog.lookup(view =>
          json({ tags: mapOrNothing(serviceOf(view, call.scope, serviceId).tags()) }),
        )
      },
    },
    {
      method: 'PUT',
      ...registry('/microservices/:serviceId/tags/:key'),
      summary: 'Changes one tag',
      query: { value: 'the new value' },
      required: ['value'],
      handle: call => change(context, call),
    },
    {
      method: 'DELETE',
      ...registry('/microservices/:serviceId/tags/:key'),
      summary: 'Removes tags, all of those named or none; keys are separated by commas',
      handle: async call => {
        const request = { serviceId: call.param('serviceId'), keys: call.param('key').split(',') }
        const { serviceId, keys } = checked(remove, request)
        await context.catalog.execute(removeTags(call.scope, serviceId, keys))
        return EMPTY
      },
    },
  ]
}

async function replace({ catalog }: Context, shape: ReturnType<typeof addTags>, call: Call): Promise<Answer> {
  const { tags = {} } = decode(shape, call.body)
  const serviceId = call.param('serviceId')
  checked(shape, { serviceId, tags })
  await catalog.execute(replaceTags(call.scope, serviceId, tags))
  return EMPTY
}

async function change({ catalog }: Context, call: Call): Promise<Answer> {
  const request = { serviceId: call.param('serviceId'), key: call.param('key'), value: call.query.value ?? '' }
  const { serviceId, key, value } = checked(updateTag, request)
  await catalog.execute(changeTag(call.scope, serviceId, key, value))
  return EMPTY
}
