import { registerInstance } from '../../core/commands/instance.ts'
import type { InstanceDraft } from '../../core/commands/instance-draft.ts'
import { replaceTags } from '../../core/commands/tags.ts'
import { CatalogError } from '../../core/errors.ts'
import type { Scope } from '../../core/model.ts'
import { invalid } from '../../core/queries/refusals.ts'
import { oneLine } from './errors.ts'
import type { Context } from './route.ts'
import { checked } from './shape/json.ts'
import type { Decoded } from './shape/shape.ts'
import { instanceDraft, registerInstance as instanceRequest } from './shapes/instance.ts'
import type { createService } from './shapes/service.ts'
import { addTags } from './shapes/tag.ts'

type Body = Decoded<ReturnType<typeof createService>>

/**
 * Adds the tags and instances that came with a registration: all of them, or none and says why. The service itself stays
 * in either case, as in the reference.
 */
export async function addDetails(context: Context, scope: Scope, serviceId: string, body: Body): Promise<void> {
  const { tags = {}, instances = [] } = body
  if (Object.keys(tags).length === 0 && instances.length === 0) return
  const problems: string[] = []
  const valid = <T>(check: () => T): T | undefined => {
    try {
      return check()
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error
      problems.push(oneLine(error))
      return undefined
    }
  }
  valid(() => checked(addTags(context.options.quotas.tags), { serviceId, tags }))
  const drafts = instances.flatMap<InstanceDraft>(
    instance => valid(() => [instanceDraft(checked(instanceRequest, { instance }).instance ?? {})]) ?? [],
  )
  if (problems.length === 0) {
    await context.catalog
      .execute(tx => {
        if (Object.keys(tags).length > 0) replaceTags(scope, serviceId, tags)(tx)
        for (const draft of drafts) registerInstance(scope, serviceId, draft, context.rules)(tx)
      })
      .catch(error => {
        if (!(error instanceof CatalogError)) throw error
        problems.push(oneLine(error))
      })
  }
  if (problems.length > 0) throw invalid(`errMessages: [${problems.join(' ')}]`)
}
