import { createHash } from 'node:crypto'
import type { CatalogPort, Clock } from '../../center/ports.ts'
import { heartbeat } from '../../core/commands/heartbeat.ts'
import { registerInstance, unregisterInstance } from '../../core/commands/instance.ts'
import type { InstanceRules, Rules } from '../../core/commands/rules.ts'
import { registerService } from '../../core/commands/service.ts'
import { CatalogError } from '../../core/errors.ts'
import type { NodeId } from '../../core/model.ts'
import { CENTER_NAME } from '../../core/queries/access.ts'
import type { ApiLog } from '../deps.ts'
import { API_VERSION } from './center.ts'

export interface SelfOptions {
  readonly node: NodeId
  readonly hostName: string
  /** Where clients reach this node: `rest://host:port/`, with `?sslEnabled=true` for HTTPS. */
  readonly endpoints: readonly string[]
  readonly environment: string
  readonly instances: InstanceRules
}

export interface SelfDeps {
  readonly catalog: CatalogPort
  readonly clock: Clock
  readonly log: ApiLog
}

/** The node as clients find it: an instance of SERVICECENTER. */
export interface Self {
  /** Registers the node and keeps it alive. Resolves after the first try; later ones follow by themselves. */
  start(): Promise<void>
  /** Unregisters the node, so that clients of its siblings forget it at once. */
  stop(): Promise<void>
}

const SCOPE = { domain: 'default', project: 'default' }
const INTERVAL_S = 30

const unlimited = Number.POSITIVE_INFINITY
const QUOTAS = {
  services: unlimited,
  instances: unlimited,
  schemas: unlimited,
  tags: unlimited,
  accounts: unlimited,
  roles: unlimited,
}

/** The same for every start of the node, so that a restart renews what is there. */
export const selfInstanceId = (node: NodeId): string => createHash('sha256').update(node).digest('hex').slice(0, 32)

export function createSelf(options: SelfOptions, { catalog, clock, log }: SelfDeps): Self {
  const instanceId = selfInstanceId(options.node)
  let serviceId: string | undefined
  let cancel: (() => void) | undefined
  let stopped = false

  const register = async (): Promise<void> => {
    const rules = rulesOf(options)
    const { id } = await catalog.execute(registerService(SCOPE, service(options.environment), rules))
    await catalog.execute(registerInstance(SCOPE, id, { ...instance(options), instanceId }, rules))
    serviceId = id
  }

  /** Registers where that has not happened yet, or where the registration is lost; heartbeats otherwise. */
  const renew = async (): Promise<void> => {
    try {
      if (serviceId === undefined) return await register()
      await catalog.execute(heartbeat(SCOPE, serviceId, instanceId))
    } catch (error) {
      serviceId = undefined
      const lost = error instanceof CatalogError && error.code === 'INSTANCE_NOT_FOUND'
      if (lost) await register().catch(report)
      else report(error)
    }
  }
  const report = (error: unknown) => log.warn({ err: error }, 'this node could not register itself')

  const next = (): void => {
    if (stopped) return
    cancel = clock.after(INTERVAL_S * 1000, () => {
      renew().then(next, next)
    })
  }

  return {
    start: () => renew().then(next),
    stop: async () => {
      stopped = true
      cancel?.()
      if (serviceId !== undefined) await catalog.execute(unregisterInstance(SCOPE, serviceId, instanceId)).catch(report)
    },
  }
}

const service = (environment: string) => ({
  ...(environment === '' ? {} : { environment }),
  appId: 'default',
  serviceName: CENTER_NAME,
  alias: CENTER_NAME,
  version: API_VERSION,
  level: 'BACK',
  status: 'UP',
  properties: { allowCrossApp: 'true' },
})

const instance = ({ hostName, endpoints }: SelfOptions) => ({
  hostName: hostName.slice(0, 64),
  endpoints,
  healthCheck: { mode: 'push', interval: INTERVAL_S, times: 3 },
})

/** A node always registers, and with the addresses that it has now. */
const rulesOf = ({ environment, instances }: SelfOptions): Rules => ({
  quotas: QUOTAS,
  instances: { ...instances, reregister: 'replace', supersede: 'off', leaseS: 0 },
  shared: { names: new Set([CENTER_NAME]), environment },
})
