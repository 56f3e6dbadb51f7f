import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EXIT } from '../cli-error.ts'
import { age, type Column, orDash } from '../output.ts'
import { type Cache, type DumpedInstance, type DumpedService, type Pair, readCache, scopeOf } from '../registry-dump.ts'
import type { Action, Run } from '../run.ts'

export interface GetOptions {
  readonly domain?: string
  readonly allDomains?: boolean
}

export interface SchemaOptions extends GetOptions {
  readonly app?: string
  readonly name?: string
  readonly version?: string
  readonly saveDir?: string
}

interface ServiceLine {
  readonly domain: string
  readonly services: readonly DumpedService[]
  readonly endpoints: readonly string[]
}

const SERVICE_COLUMNS: readonly Column<ServiceLine>[] = [
  { title: 'DOMAIN', value: row => row.domain, wide: true },
  { title: 'NAME', value: row => row.services[0]?.serviceName ?? '', style: () => 'bold', shrink: 1 },
  { title: 'APPID', value: row => row.services[0]?.appId ?? '', shrink: 2 },
  { title: 'VERSIONS', value: row => row.services.map(({ version }) => version).join(','), shrink: 3 },
  { title: 'ENV', value: row => orDash(row.services[0]?.environment) },
  { title: 'FRAMEWORK', value: row => orDash(frameworkOf(row.services)), shrink: 4 },
  { title: 'ENDPOINTS', value: row => orDash(row.endpoints.join(',')), wide: true, shrink: 5 },
  { title: 'AGE', value: row => ageOf(row.services.map(({ timestamp }) => timestamp)), align: 'right' },
]

/** The reference's `get svc`: one line a name. */
export const getServices: Action<GetOptions> = async (run, options) => {
  const cache = await readCache(run.client)
  const endpoints = new Map<string, string[]>()
  for (const { value } of cache.instances ?? []) {
    endpoints.set(value.serviceId, [...(endpoints.get(value.serviceId) ?? []), ...(value.endpoints ?? [])])
  }
  const names = Map.groupBy(wanted(cache.services, options), ({ key, value }) => {
    const { domain, project } = scopeOf(key)
    return JSON.stringify([value.serviceName, domain, project, value.environment ?? '', value.appId])
  })
  const lines = [...names]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([, pairs]): ServiceLine => ({
        domain: domainName(pairs[0]?.key ?? ''),
        services: pairs.map(({ value }) => value),
        endpoints: pairs.flatMap(({ value }) => endpoints.get(value.serviceId) ?? []),
      }),
    )
  return print(
    run,
    lines.flatMap(({ services }) => services),
    lines,
    SERVICE_COLUMNS,
  )
}

interface InstanceLine {
  readonly domain: string
  readonly instance: DumpedInstance
  readonly service: DumpedService | undefined
}

const INSTANCE_COLUMNS: readonly Column<InstanceLine>[] = [
  { title: 'DOMAIN', value: row => row.domain, wide: true },
  { title: 'HOST', value: row => row.instance.hostName, shrink: 3 },
  { title: 'ENDPOINTS', value: row => orDash(row.instance.endpoints?.join(',')), shrink: 4 },
  { title: 'VERSION', value: row => orDash(row.service?.version) },
  { title: 'SERVICE', value: row => orDash(row.service?.serviceName), style: () => 'bold', shrink: 1 },
  { title: 'APPID', value: row => orDash(row.service?.appId), shrink: 2 },
  { title: 'ENV', value: row => orDash(row.service?.environment), wide: true },
  { title: 'FRAMEWORK', value: row => orDash(row.service && frameworkOf([row.service])), wide: true },
  { title: 'LEASE', value: row => leaseOf(row.instance), align: 'right' },
  { title: 'AGE', value: row => ageOf([row.instance.timestamp]), align: 'right' },
]

/** The reference's `get inst`. */
export const getInstances: Action<GetOptions> = async (run, options) => {
  const cache = await readCache(run.client)
  const services = new Map((cache.services ?? []).map(({ value }) => [value.serviceId, value]))
  const pairs = wanted(cache.instances, options)
  const lines = pairs.map(
    ({ key, value }): InstanceLine => ({
      domain: domainName(key),
      instance: value,
      service: services.get(value.serviceId),
    }),
  )
  const name = ({ service, instance }: InstanceLine): string => `${service?.serviceName} ${instance.instanceId}`
  lines.sort((a, b) => (name(a) < name(b) ? -1 : 1))
  return print(
    run,
    lines.map(({ instance }) => instance),
    lines,
    INSTANCE_COLUMNS,
  )
}

interface ClusterLine {
  readonly name: string
  readonly endpoints: readonly string[]
}

const CLUSTER_COLUMNS: readonly Column<ClusterLine>[] = [
  { title: 'CLUSTER', value: row => row.name, style: () => 'bold' },
  { title: 'ENDPOINTS', value: row => row.endpoints.join(','), shrink: 1 },
]

/** The reference's `get cluster`. */
export const getClusters: Action = async run => {
  const { clusters } = await run.client.v4<{ readonly clusters: Readonly<Record<string, readonly string[]>> }>(
    'GET',
    '/admin/clusters',
  )
  const lines = Object.entries(clusters).map(([name, endpoints]) => ({ name, endpoints }))
  return print(run, clusters, lines, CLUSTER_COLUMNS)
}

interface Schema {
  readonly schemaId: string
  readonly schema?: string
}

/** The reference's `get schema`: contracts to standard output, or one file each below a directory. */
export const getSchemas: Action<SchemaOptions> = async (run, options) => {
  const { out } = run
  const pairs = wanted((await readCache(run.client)).services, options).filter(
    ({ value }) =>
      (options.app === undefined || value.appId === options.app) &&
      (options.name === undefined || value.serviceName === options.name) &&
      (options.version === undefined || value.version === options.version),
  )
  const found: { readonly service: DumpedService; readonly schemas: readonly Schema[] }[] = []
  for (const [i, pair] of pairs.entries()) {
    out.progress(`${i + 1} of ${pairs.length} services`)
    const schemas = await schemasOf(run, pair)
    if (schemas.length === 0) continue
    found.push({ service: pair.value, schemas })
    if (options.saveDir !== undefined) await save(options.saveDir, pair, schemas)
  }
  out.progress('')
  const count = found.reduce((sum, { schemas }) => sum + schemas.length, 0)
  if (options.saveDir !== undefined) out.note(`${count} schemas of ${found.length} services saved`)
  else if (out.isForPrograms) await out.data(found)
  else for (const { schemas } of found) for (const { schema = '' } of schemas) out.line(`---\n${schema.trimEnd()}`)
  return count > 0 ? EXIT.OK : EXIT.NO
}

export async function schemasOf({ client }: Run, { key, value }: Pair<DumpedService>): Promise<readonly Schema[]> {
  const { domain, project } = scopeOf(key)
  const path = `/v4/${encodeURIComponent(project)}/registry/microservices/${encodeURIComponent(value.serviceId)}/schemas`
  const { schemas = [] } = await client.json<{ readonly schemas?: readonly Schema[] }>('GET', path, {
    query: { withSchema: 1 },
    domain,
  })
  return schemas.filter(({ schema }) => schema !== undefined && schema !== '')
}

/** `schemas/[domain/][project/][env/]app/name.vVERSION/ID.yaml`, as the reference lays them out. */
async function save(root: string, { key, value }: Pair<DumpedService>, schemas: readonly Schema[]): Promise<void> {
  const { domain, project } = scopeOf(key)
  const unless = (text: string): string => (text === 'default' ? '' : text)
  const name = `${value.serviceName}.v${value.version}`
  const folders = [unless(domain), unless(project), value.environment ?? '', value.appId, name].map(safe)
  const folder = join(root, 'schemas', ...folders)
  await mkdir(folder, { recursive: true })
  for (const { schemaId, schema = '' } of schemas) await writeFile(join(folder, `${safe(schemaId)}.yaml`), schema)
}

/** Names come from applications: none may lead out of the folder. */
const safe = (name: string): string => name.replace(/[/\\\0]/g, '_').replace(/^\.+$/, '_')

/** The scctl way to choose: one domain, every project of it; or all. */
const wanted = <V>(
  pairs: readonly Pair<V>[] = [],
  { domain = 'default', allDomains }: GetOptions,
): readonly Pair<V>[] => (allDomains === true ? pairs : pairs.filter(({ key }) => scopeOf(key).domain === domain))

const domainName = (key: string): string => {
  const { domain, project } = scopeOf(key)
  return project === 'default' ? domain : `${domain}/${project}`
}

async function print<T>(run: Run, data: unknown, rows: readonly T[], columns: readonly Column<T>[]): Promise<number> {
  if (run.out.isForPrograms) await run.out.data(data)
  else await run.out.table(rows, columns)
  return EXIT.OK
}

const frameworkOf = (services: readonly DumpedService[]): string =>
  [
    ...new Set(
      services.flatMap(({ framework }) => (framework?.name ? [`${framework.name}:${framework.version ?? ''}`] : [])),
    ),
  ].join(';')

const ageOf = (timestamps: readonly (string | undefined)[]): string => {
  const first = Math.min(...timestamps.map(Number).filter(seconds => seconds > 0))
  return Number.isFinite(first) ? age(Date.now() - first * 1_000) : '-'
}

const leaseOf = ({ healthCheck }: DumpedInstance): string =>
  healthCheck === undefined ? '-' : age(healthCheck.interval * ((healthCheck.times ?? 0) + 1) * 1_000)

export type { Cache }
