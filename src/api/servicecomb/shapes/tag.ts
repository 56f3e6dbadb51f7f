import { list, struct, text, texts } from '../shape/shape.ts'
import { SERVICE_ID, TAG } from './patterns.ts'

/** POST …/tags. */
export const addTags = (tagsMax: number) =>
  struct('AddServiceTagsRequest', { serviceId: text(SERVICE_ID), tags: texts({ max: tagsMax, pattern: TAG }) })

/** PUT …/tags/{key}?value=. */
export const updateTag = struct('UpdateServiceTagRequest', {
  serviceId: text(SERVICE_ID),
  key: text({ pattern: TAG }),
  value: text({ pattern: TAG }),
})

/** DELETE …/tags/{key,key}. */
export const deleteTags = (tagsMax: number) =>
  struct('DeleteServiceTagsRequest', {
    serviceId: text(SERVICE_ID),
    keys: list(text(), { min: 1, max: tagsMax, pattern: TAG }),
  })
