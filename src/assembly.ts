/** From options as people write them to options as the edges take them. */
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { type ApiOptions, DEFAULT_API_OPTIONS } from './api/options.ts'
import type { RbacOptions } from './api/rbac/options.ts'
import { isStrong } from './api/rbac/passwords.ts'
import { limitsOf } from './config/table-limits.ts'
import { ConfigError, flagOf, httpAddressOf, OPTIONS, type Resolved, type Values } from './config.ts'
import { hostMultiaddr } from './mesh/addresses.ts'
import type { MeshOptions } from './mesh/mesh.ts'

export const GOSSIP_PORT = 30_190

export const meshOptionsOf = (resolved: Resolved, identity: Ed25519PrivateKey): MeshOptions => {
  const { values } = resolved
  const { host } = httpAddressOf(resolved)
  return {
    identity,
    listen: values.gossip ?? [hostMultiaddr(host, GOSSIP_PORT)],
    advertise: values.advertise,
    peers: values.peers,
    clusters: values.clusters,
    meshKey: values.meshKey,
    allow: values.allow.length > 0 ? values.allow : undefined,
  }
}

const unlimited = Number.POSITIVE_INFINITY

/** Throws ConfigError for a password that nobody could give an account later. */
const rbacOptionsOf = (values: Values): RbacOptions => {
  const { rbacEnabled, rootPassword, rbacScope, releaseAfterMs, retainMs } = values
  if (rbacEnabled && rootPassword !== '' && !isStrong(rootPassword)) {
    throw new ConfigError(
      `${flagOf(OPTIONS.rootPassword.key)}: it is too weak; allowed are 8 to 32 bytes with a digit, an upper-case letter, a lower-case letter and one of the others`,
    )
  }
  return { enabled: rbacEnabled, rootPassword, scope: rbacScope, releaseAfterMs, retainMs }
}

export const apiOptionsOf = (values: Values, version: string): ApiOptions => {
  const limited = (limit: number): number => (values.quotaKind === 'buildin' ? limit : unlimited)
  return {
    ...DEFAULT_API_OPTIONS,
    version,
    limits: limitsOf(values),
    quotas: {
      services: limited(values.quotaServices),
      instances: limited(values.quotaInstances),
      schemas: limited(values.quotaSchemas),
      tags: limited(values.quotaTags),
      accounts: limited(values.quotaAccounts),
      roles: limited(values.quotaRoles),
    },
    instances: {
      minIntervalS: values.minIntervalMs / 1000,
      minTimes: values.minTimes,
      leaseS: values.leaseMs / 1000,
      reregister: values.reregister,
      supersede: values.supersede,
      properties: values.instanceProperties,
    },
    environment: values.environment,
    globalVisible: values.globalVisible,
    versionRules: values.versionRules,
    schemaDisable: values.schemaDisable,
    corsOrigins: values.corsOrigins,
    dump: values.dump,
    heartbeatPingIntervalMs: values.pingIntervalMs,
    // Whoever has got in by a key or as one of those named is trusted with accounts; in an open mesh anybody gets in.
    federated: values.meshKey !== undefined || values.allow.length > 0,
    rbac: rbacOptionsOf(values),
    gov: { kieEndpoint: values.kieEndpoint },
  }
}
