import { registerInstance } from '../../../src/core/commands/instance.ts'
import type { InstanceDraft } from '../../../src/core/commands/instance-draft.ts'
import type { Rules } from '../../../src/core/commands/rules.ts'
import type { ServiceDraft } from '../../../src/core/commands/service.ts'
import type { Scope, ServiceKey } from '../../../src/core/model.ts'
import type { Command } from '../../../src/core/transaction.ts'

export const SCOPE: Scope = { domain: 'default', project: 'default' }

export const keyOf = (name: string): ServiceKey => ({
  ...SCOPE,
  environment: '',
  appId: 'app',
  serviceName: name,
  version: '1.0.0',
})

export const serviceDraft = (name: string, serviceId?: string): ServiceDraft => ({
  appId: 'app',
  serviceName: name,
  version: '1.0.0',
  level: 'BACK',
  status: 'UP',
  ...(serviceId === undefined ? {} : { serviceId }),
})

export const RULES: Rules = {
  quotas: { services: 1e6, instances: 1e6, schemas: 1e6, tags: 1e6, accounts: 1e6, roles: 1e6 },
  instances: { minIntervalS: 1, minTimes: 1, leaseS: 0, reregister: 'replace', supersede: 'off', properties: {} },
  shared: { names: new Set(['SERVICECENTER']), environment: '' },
}

export const instanceDraft = (token: string, interval: number, times: number, instanceId?: string): InstanceDraft => ({
  hostName: token,
  endpoints: [`rest://${token}:80`],
  healthCheck: { mode: 'push', interval, times },
  ...(instanceId === undefined ? {} : { instanceId }),
})

export const register = (serviceId: string, draft: InstanceDraft): Command<string> =>
  registerInstance(SCOPE, serviceId, draft, RULES)
