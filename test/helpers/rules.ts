import { DEFAULT_API_OPTIONS } from '../../src/api/options.ts'
import type { InstanceRules, Quotas, Rules } from '../../src/core/commands/rules.ts'
import type { ServiceDraft } from '../../src/core/commands/service.ts'
import type { Scope } from '../../src/core/model.ts'

export const SCOPE: Scope = { domain: 'default', project: 'default' }

/** The defaults of a node, some of them replaced. */
export const rules = (quotas: Partial<Quotas> = {}, instances: Partial<InstanceRules> = {}): Rules => ({
  quotas: { ...DEFAULT_API_OPTIONS.quotas, ...quotas },
  instances: { ...DEFAULT_API_OPTIONS.instances, ...instances },
  shared: { names: new Set(['SERVICECENTER']), environment: 'production' },
})

export const draft = (serviceName: string, more: Partial<ServiceDraft> = {}): ServiceDraft => ({
  appId: 'app',
  serviceName,
  version: '1.0.0',
  level: 'BACK',
  status: 'UP',
  ...more,
})
