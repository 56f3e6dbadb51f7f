import type { ServiceKey } from '../../core/model.ts'
import { covers, type Grant, type Labels } from '../../core/rbac/permission.ts'

/** Who sends a request, and what of the registry he may see. */
export interface Access {
  readonly account: string
  readonly roles: readonly string[]
  /** Whether a service is among those that his roles are about. */
  sees(key: LabelledKey): boolean
}

export type LabelledKey = Pick<ServiceKey, 'environment' | 'appId' | 'serviceName'>

export const labelsOf = ({ environment, appId, serviceName }: LabelledKey): Labels => ({
  environment,
  appId,
  serviceName,
})

export const accessOf = (account: string, roles: readonly string[], grant: Grant): Access => ({
  account,
  roles,
  sees: key => covers(grant, labelsOf(key)),
})
