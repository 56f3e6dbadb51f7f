import type { SharedServices } from '../queries/access.ts'

/** How much one scope (services, instances), one service (schemas, tags) or the federation may hold. Infinity: no limit. */
export interface Quotas {
  readonly services: number
  readonly instances: number
  readonly schemas: number
  readonly tags: number
  readonly accounts: number
  readonly roles: number
}

/** What registering an instance does beyond what its owner says. */
export interface InstanceRules {
  /** Shorter heartbeat intervals are raised to it. */
  readonly minIntervalS: number
  /** Fewer forgiven heartbeats are raised to it. */
  readonly minTimes: number
  /** Above 0: the length of every lease, whatever its owner asks for. */
  readonly leaseS: number
  /** Registering a living id: `renew` keeps what is stored, as the reference does; `replace` takes the new content. */
  readonly reregister: 'renew' | 'replace'
  /** `endpoints`: a registration ends those of the same service with the same endpoints, left over from an earlier life. */
  readonly supersede: 'off' | 'endpoints'
  /** Merged into every instance's properties. */
  readonly properties: Readonly<Record<string, string>>
}

/** What a node's configuration says about writes. */
export interface Rules {
  readonly quotas: Quotas
  readonly instances: InstanceRules
  readonly shared: SharedServices
}
