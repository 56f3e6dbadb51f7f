/** Which services a request is about, where the path does not say it: needed only for roles that are about some. */
import { CatalogError } from '../../core/errors.ts'
import type { View } from '../../core/view.ts'
import type { LabelledKey } from '../rbac/access.ts'
import type { Call } from './call.ts'
import { decode } from './shape/json.ts'
import type { Shape } from './shape/shape.ts'

/** The body, or nothing where the handler will refuse it. */
export function bodyOf<T>(shape: Shape<T>, call: Call): T | undefined {
  try {
    return decode(shape, call.body)
  } catch (error) {
    if (error instanceof CatalogError) return undefined
    throw error
  }
}

/** Services by id. Unknown ones are left to the handler. */
export const keysOfIds = (view: View, call: Call, ids: readonly (string | undefined)[]): readonly LabelledKey[] =>
  [...new Set(ids)].flatMap(id => view.service(call.scope, id ?? '')?.key ?? [])

/** Services by name or alias, every version of them. */
export function keysOfNames(
  view: View,
  call: Call,
  names: readonly { readonly environment?: string; readonly appId?: string; readonly serviceName?: string }[],
): readonly LabelledKey[] {
  const consumer = call.consumerId === '' ? undefined : view.service(call.scope, call.consumerId)
  return names.flatMap(({ environment = '', appId = '', serviceName = '' }) =>
    view
      .named(call.scope, consumer?.key.environment ?? environment, appId, serviceName, call.options)
      .map(({ key }) => key),
  )
}
