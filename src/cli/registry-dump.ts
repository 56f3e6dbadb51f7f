import { CliError, EXIT } from './cli-error.ts'
import type { Client } from './client.ts'

/** One pair of `GET /v4/default/admin/dump`. */
export interface Pair<V> {
  readonly key: string
  readonly rev: number
  readonly cluster: string
  readonly value: V
}

export interface DumpedService {
  readonly serviceId: string
  readonly appId: string
  readonly serviceName: string
  readonly version: string
  readonly environment?: string
  readonly timestamp?: string
  readonly framework?: { readonly name?: string; readonly version?: string }
  readonly schemas?: readonly string[]
  readonly [field: string]: unknown
}

export interface DumpedInstance {
  readonly instanceId: string
  readonly serviceId: string
  readonly hostName: string
  readonly status: string
  readonly endpoints?: readonly string[]
  readonly timestamp?: string
  readonly healthCheck?: { readonly interval: number; readonly times: number }
  readonly [field: string]: unknown
}

export interface Cache {
  readonly services?: readonly Pair<DumpedService>[]
  readonly serviceTags?: readonly Pair<Readonly<Record<string, string>>>[]
  readonly dependencyRules?: readonly Pair<{ readonly Dependency: readonly Dependency[] }>[]
  readonly instances?: readonly Pair<DumpedInstance>[]
}

export interface Dependency {
  readonly environment?: string
  readonly appId: string
  readonly serviceName: string
  readonly version?: string
}

/** The whole registry of a node, every domain and project. `local`: what its own cluster registered. */
export async function readCache(client: Client, options: { readonly local?: boolean } = {}): Promise<Cache> {
  const query = { options: 'cache', global: options.local === true ? '0' : undefined }
  const { cache } = await client.json<{ readonly cache?: Cache }>('GET', '/v4/default/admin/dump', {
    query,
    domain: 'default',
  })
  if (cache !== undefined) return cache
  throw new CliError(`${client.address} has no dump`, 'Check that it is a service center.', EXIT.REFUSED)
}

/** `/cse-sr/ms/files/{domain}/{project}/…` and its like. */
export const scopeOf = (key: string): { readonly domain: string; readonly project: string } => {
  const [, , , , domain = '', project = ''] = key.split('/')
  return { domain, project }
}

/** The id at the end of a key, or before its last part. */
export const partOf = (key: string, fromEnd: number): string => key.split('/').at(-fromEnd) ?? ''
