import type { InstanceRules, Quotas } from '../core/commands/rules.ts'
import { DEFAULT_RBAC, type RbacOptions } from './rbac/options.ts'

/** Every bound that clients could otherwise push. Each refusal is the reference's error and is counted by its name here. */
export interface ApiLimits {
  /** Bodies in general. */
  readonly bodyBytesMax: number
  /** A registration of one instance. */
  readonly instanceBodyBytesMax: number
  /** Properties of a service or an instance. */
  readonly propertiesBodyBytesMax: number
  /** A governance rule. */
  readonly policyBodyBytesMax: number
  /** Request line and headers together; Node closes with 431 above. */
  readonly headerBytesMax: number
  /** The request target; 400 above. The reference's own number, which clients may rely on. */
  readonly targetBytesMax: number
  /** Open connections; further ones are closed at once. 0: no limit. */
  readonly connectionsMax: number
  /** From the first byte of a request until its headers are complete: a slow client costs its socket and no more. */
  readonly headersTimeoutMs: number
  /** From the first byte of a request until its body is complete. */
  readonly requestTimeoutMs: number
  /** Without a byte in either direction a connection is taken for half open and closed. Sockets have pings of their own. */
  readonly idleTimeoutMs: number
  /** How long an idle connection is kept. Longer than load balancers wait, or they meet closed ones. */
  readonly keepAliveTimeoutMs: number
  /** Requests of one address a second, with a burst of as many; further ones are refused. 0: no limit. */
  readonly requestsPerSecondMax: number
  /** Addresses whose rate is known at the same time; the one longest silent is forgotten first. */
  readonly addressesMax: number
  /** Services and instances asked for in one batch find. */
  readonly batchFindMax: number
  /** Bytes of one batch find's answer. */
  readonly batchBytesMax: number
  /** Watchers of one consumer. */
  readonly watchersPerConsumerMax: number
  /** Watchers and heartbeat sockets together. */
  readonly socketsMax: number
  /** Bytes waiting for one slow watcher before it is closed. */
  readonly watcherBufferBytesMax: number
  /** Bytes of rendered answers kept for further readers. */
  readonly renderCacheBytesMax: number
  /** Recent events kept so that a watcher can resume where it left off. */
  readonly watchHistoryMax: number
}

export interface ApiOptions {
  /** This product's version, as `Server:` and the version route say it. */
  readonly version: string
  readonly limits: ApiLimits
  readonly quotas: Quotas
  readonly instances: InstanceRules
  /** The environment under which the center itself is registered. */
  readonly environment: string
  /** Names of services in `default/default`, application `default`, that everybody finds (besides SERVICECENTER). */
  readonly globalVisible: readonly string[]
  /** On which paths find honours `version=` when it is a version or a rule: the reference stopped doing so in 2.1. */
  readonly versionRules: 'off' | 'v3' | 'all'
  /** Refuses single schemas with 403001, as `registry.schema.disable` does. */
  readonly schemaDisable: boolean
  /** Origins that browsers may call from; `*` is anybody, the reference's default. */
  readonly corsOrigins: readonly string[]
  /** Who may read the whole registry at `/v4/default/admin/dump`. Older centers need it. */
  readonly dump: 'open' | 'peers' | 'off'
  /** How often heartbeat sockets are pinged: each pong is a heartbeat. */
  readonly heartbeatPingIntervalMs: number
  /**
   * Whether accounts, roles, keys and governance rules of other clusters count. Only where every node was let in by the
   * mesh key or by its identity: in an open mesh another cluster could make itself at home.
   */
  readonly federated: boolean
  readonly rbac: RbacOptions
  readonly gov: GovernanceOptions
}

export interface GovernanceOptions {
  /** A KIE server that keeps the governance rules, such as `http://127.0.0.1:30110`; empty: the catalog keeps them. */
  readonly kieEndpoint: string
}

export const DEFAULT_LIMITS: ApiLimits = {
  bodyBytesMax: 2 * 1024 * 1024,
  instanceBodyBytesMax: 5 * 1024,
  propertiesBodyBytesMax: 3 * 1024,
  policyBodyBytesMax: 64 * 1024,
  headerBytesMax: 32 * 1024,
  targetBytesMax: 2048,
  connectionsMax: 0,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  idleTimeoutMs: 120_000,
  keepAliveTimeoutMs: 72_000,
  requestsPerSecondMax: 0,
  addressesMax: 10_000,
  batchFindMax: 1_000,
  batchBytesMax: 64 * 1024 * 1024,
  watchersPerConsumerMax: 20_000,
  socketsMax: 50_000,
  watcherBufferBytesMax: 1024 * 1024,
  renderCacheBytesMax: 64 * 1024 * 1024,
  watchHistoryMax: 1_000,
}

export const DEFAULT_QUOTAS: Quotas = {
  services: 50_000,
  instances: 150_000,
  schemas: 100,
  tags: 100,
  accounts: 1_000,
  roles: 100,
}

/** Everything but the version, which the process knows. */
export const DEFAULT_API_OPTIONS: Omit<ApiOptions, 'version'> = {
  limits: DEFAULT_LIMITS,
  quotas: DEFAULT_QUOTAS,
  instances: { minIntervalS: 5, minTimes: 3, leaseS: 0, reregister: 'renew', supersede: 'off', properties: {} },
  environment: 'production',
  globalVisible: [],
  versionRules: 'v3',
  schemaDisable: false,
  corsOrigins: ['*'],
  dump: 'open',
  heartbeatPingIntervalMs: 30_000,
  federated: false,
  rbac: DEFAULT_RBAC,
  gov: { kieEndpoint: '' },
}
