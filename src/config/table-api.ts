import { DEFAULT_API_OPTIONS, DEFAULT_QUOTAS } from '../api/options.ts'
import { choice, duration, flag, list, option, Refusal, text, whole } from './option.ts'

/** `embeded_etcd` is how the reference's files spell it. */
const REFUSED_STORES = ['etcd', 'embedded_etcd', 'embeded_etcd', 'mongo']

const refuseStore = (kind: string): void => {
  if (!REFUSED_STORES.includes(kind)) return
  throw new Refusal(
    `${kind} is not used: every node keeps the registry itself. Say buildin, and give --data a directory to keep it`,
  )
}

const refuseDiscovery = (kind: string): void => {
  if (kind === 'etcd') throw new Refusal('etcd is not used: nodes tell each other. Say aggregate')
}

const AGGREGATED = ['k8s', 'servicecenter']

const parseAggregate = (raw: string): readonly string[] => {
  const kinds = raw.split(',').map(each => each.trim())
  if (kinds.includes('etcd')) throw new Refusal('etcd is not used: nodes tell each other. Say k8s,servicecenter')
  if (!kinds.every(each => AGGREGATED.includes(each))) throw new Error()
  return kinds
}

const properties = (raw: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    raw.split(',').map(pair => {
      const [key, value] = pair.split('=')
      if (key === undefined || value === undefined || key === '') throw new Error()
      return [key.trim(), value.trim()]
    }),
  )

const DAY_MS = 86_400_000

/** The reference's registry settings. */
export const REGISTRY = {
  registryKind: choice({
    key: 'registry.kind',
    choices: ['buildin', ''],
    fallback: 'buildin',
    doc: 'Kept for the original install line; the registry is built in.',
    keys: ['registry_plugin'],
    refuse: refuseStore,
  }),
  discoveryKind: choice({
    key: 'discovery.kind',
    choices: ['aggregate', 'servicecenter', 'k8s', 'local', 'buildin', ''],
    fallback: 'aggregate',
    doc: 'Kept for the original install line.',
    keys: ['discovery_plugin'],
    refuse: refuseDiscovery,
  }),
  aggregate: option<readonly string[]>({
    key: 'discovery.aggregate',
    value: 'k8s,servicecenter',
    fallback: ['servicecenter'],
    shown: 'servicecenter',
    doc: 'Sources beside this registry: Kubernetes services, and older service centers among --clusters.',
    keys: ['discovery.aggregate.mode', 'aggregate_mode'],
    parse: parseAggregate,
  }),
  selfRegister: flag({
    key: 'registry.selfRegister',
    fallback: true,
    doc: 'Whether the node shows itself as SERVICECENTER.',
    keys: ['self_register'],
    envs: ['REGISTRY_SELF_REGISTER'],
  }),
  minIntervalMs: duration({
    key: 'instance.minInterval',
    fallbackMs: DEFAULT_API_OPTIONS.instances.minIntervalS * 1_000,
    minMs: 1_000,
    maxMs: 3_600_000,
    doc: 'Shorter heartbeat intervals are raised to it.',
    keys: ['registry.instance.minInterval'],
  }),
  minTimes: whole({
    key: 'instance.minTimes',
    fallback: DEFAULT_API_OPTIONS.instances.minTimes,
    min: 0,
    max: 1_000,
    doc: 'Fewer forgiven heartbeats are raised to it. A lease is interval × (times + 1).',
  }),
  leaseMs: duration({
    key: 'instance.ttl',
    fallbackMs: 0,
    minMs: 0,
    maxMs: DAY_MS,
    doc: 'Above 0: the length of every lease, whatever its owner asks for.',
    keys: ['registry.instance.ttl'],
    envs: ['INSTANCE_TTL'],
  }),
  instanceProperties: option<Readonly<Record<string, string>>>({
    key: 'instance.properties',
    value: 'KEY=VALUE[,…]',
    fallback: {},
    doc: "Merged into every instance's properties.",
    keys: ['registry.instance.properties'],
    parse: properties,
  }),
  reregister: choice({
    key: 'instance.reregister',
    choices: ['renew', 'replace'],
    fallback: DEFAULT_API_OPTIONS.instances.reregister,
    doc: 'Registering a living instance id: keep what is stored, as the reference does, or take the new content.',
  }),
  supersede: choice({
    key: 'instance.supersede',
    choices: ['off', 'endpoints'],
    fallback: DEFAULT_API_OPTIONS.instances.supersede,
    doc: 'endpoints: a registration ends those of its service with the same endpoints.',
  }),
  environment: text({
    key: 'environment',
    value: 'NAME',
    fallback: DEFAULT_API_OPTIONS.environment,
    doc: 'Environment under which the node shows itself.',
    keys: ['server.environment'],
  }),
  globalVisible: list({
    key: 'globalVisible',
    value: 'NAME[,NAME…]',
    fallback: [],
    doc: 'Services in default/default that every scope finds.',
    keys: ['registry.service.globalVisible'],
    envs: ['CSE_SHARED_SERVICES'],
  }),
  versionRules: choice({
    key: 'find.versionRules',
    choices: ['off', 'v3', 'all'],
    fallback: DEFAULT_API_OPTIONS.versionRules,
    doc: 'On which paths find honours version=.',
  }),
  schemaDisable: flag({
    key: 'schema.disable',
    fallback: false,
    doc: 'Refuses single schemas.',
    keys: ['registry.schema.disable'],
    envs: ['SCHEMA_DISABLE'],
  }),
  pingIntervalMs: duration({
    key: 'heartbeat.pingInterval',
    fallbackMs: DEFAULT_API_OPTIONS.heartbeatPingIntervalMs,
    minMs: 1_000,
    maxMs: 3_600_000,
    doc: 'How often heartbeat sockets are pinged.',
    keys: ['heartbeat.websocket.pingInterval'],
  }),
}

const quota = (what: string, singular: string, fallback: number) =>
  whole({
    key: `quota.${what}`,
    fallback,
    min: 0,
    max: 100_000_000,
    doc: `How many ${what} there may be.`,
    keys: [`quota.cap.${singular}.limit`],
    envs: [`QUOTA_${singular.toUpperCase()}`],
  })

export const QUOTAS = {
  quotaKind: choice({
    key: 'quota.kind',
    choices: ['buildin', 'unlimit', ''],
    fallback: 'buildin',
    doc: 'unlimit, or empty: no quotas.',
    keys: ['quota_plugin'],
  }),
  quotaServices: quota('services', 'service', DEFAULT_QUOTAS.services),
  quotaInstances: quota('instances', 'instance', DEFAULT_QUOTAS.instances),
  quotaSchemas: quota('schemas', 'schema', DEFAULT_QUOTAS.schemas),
  quotaTags: quota('tags', 'tag', DEFAULT_QUOTAS.tags),
  quotaAccounts: quota('accounts', 'account', DEFAULT_QUOTAS.accounts),
  quotaRoles: quota('roles', 'role', DEFAULT_QUOTAS.roles),
}

export const EDGE = {
  corsOrigins: list({
    key: 'cors.origins',
    value: 'ORIGIN[,ORIGIN…]',
    fallback: ['*'],
    doc: 'Origins that browsers may call from.',
  }),
  dump: choice({
    key: 'admin.dump',
    choices: ['open', 'peers', 'off'],
    fallback: DEFAULT_API_OPTIONS.dump,
    doc: 'Who may read the whole registry at once. Older centers need it.',
  }),
}
