import { createWriteStream } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { PeersView } from '../../center/ports.ts'
import type { Backup, SavedService } from '../backup.ts'
import { type Cache, type DumpedService, type Pair, partOf, readCache, scopeOf } from '../registry-dump.ts'
import type { Action, Run } from '../run.ts'
import { schemasOf } from './get.ts'

export interface DumpOptions {
  readonly raw?: boolean
  readonly all?: boolean
  readonly instances?: boolean
}

/**
 * A backup of what the node's cluster registered, with contracts, tags and dependencies: to a file, or to standard output.
 * `--raw` is the node's own dump, as older centers read it.
 */
export const dump: Action<DumpOptions> = async (run, options, [file]) => {
  if (options.raw === true) return raw(run, options, file)
  const cache = await readCache(run.client, { local: options.all !== true })
  const { cluster } = await run.client.v4<PeersView>('GET', '/admin/peers')
  const services: SavedService[] = []
  const pairs = (cache.services ?? []).filter(({ value }) => value.serviceName !== CENTER)
  const index = new CacheIndex(cache)
  for (const [i, pair] of pairs.entries()) {
    run.out.progress(`${i + 1} of ${pairs.length} services`)
    services.push(await savedOf(run, pair, index, options.instances === true))
  }
  run.out.progress('')
  const takenAt = new Date().toISOString()
  const backup: Backup = { format: 'grapevine-backup', version: 1, takenAt, cluster, services }
  if (file === undefined) await run.out.data(backup)
  else await writeWhole(file, `${JSON.stringify(backup, undefined, 1)}\n`)
  run.out.note(`${services.length} services of cluster ${options.all === true ? '(all)' : cluster} saved`)
  return undefined
}

/** Centers register themselves. */
const CENTER = 'SERVICECENTER'

async function raw({ client, out }: Run, { all }: DumpOptions, file: string | undefined): Promise<undefined> {
  const query = { options: 'cache', global: all === true ? undefined : '0' }
  const stream = await client.stream('/v4/default/admin/dump', { query, domain: 'default' })
  if (file !== undefined) {
    await pipeline(stream, createWriteStream(file))
    out.note(`saved to ${file}`)
  } else await pipeline(stream, process.stdout, { end: false })
  return undefined
}

/** A broken backup must not take the place of a good one. */
async function writeWhole(file: string, text: string): Promise<void> {
  const part = `${file}.part`
  try {
    await writeFile(part, text, { mode: 0o600 })
    await rename(part, file)
  } finally {
    await rm(part, { force: true })
  }
}

/** What belongs to each service, by its id. */
class CacheIndex {
  readonly tags: ReadonlyMap<string, Readonly<Record<string, string>>>
  readonly instances: ReadonlyMap<string, readonly Pair<SavedService['instances'][number]>[]>
  readonly providers: ReadonlyMap<string, SavedService['providers']>

  constructor(cache: Cache) {
    this.tags = new Map((cache.serviceTags ?? []).map(({ key, value }) => [partOf(key, 1), value]))
    this.instances = Map.groupBy(cache.instances ?? [], ({ value }) => value.serviceId)
    this.providers = new Map(
      (cache.dependencyRules ?? [])
        .filter(({ key }) => key.includes('/c/'))
        .map(({ key, value }) => [ruleName(key), value.Dependency]),
    )
  }
}

/** `/cse-sr/ms/dep-rules/{domain}/{project}/c/{env}/{app}/{name}/{version}` without its beginning. */
const ruleName = (key: string): string => key.split('/').slice(4).join('/')

async function savedOf(
  run: Run,
  pair: Pair<DumpedService>,
  index: CacheIndex,
  withInstances: boolean,
): Promise<SavedService> {
  const { domain, project } = scopeOf(pair.key)
  const { value: service } = pair
  const { serviceId, environment = '', appId, serviceName, version } = service
  const rule = [domain, project, 'c', environment, appId, serviceName, version].join('/')
  return {
    domain,
    project,
    service,
    tags: index.tags.get(serviceId) ?? {},
    schemas: (await schemasOf(run, pair)).map(schema => ({ ...schema, schema: schema.schema ?? '' })),
    providers: (index.providers.get(rule) ?? []).map(({ environment: env, appId: app, serviceName: name }) => ({
      ...(env === undefined || env === '' ? {} : { environment: env }),
      appId: app,
      serviceName: name,
    })),
    instances: withInstances ? (index.instances.get(serviceId) ?? []).map(({ value }) => value) : [],
  }
}
