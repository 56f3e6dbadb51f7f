import { EXIT } from '../cli-error.ts'
import { refusal } from '../client.ts'
import { type Column, orDash } from '../output.ts'
import type { Action } from '../run.ts'

export interface FindOptions {
  readonly app: string
  readonly env?: string
  readonly consumer?: string
  readonly unreachable?: string
  readonly global?: boolean
  readonly tags?: string
}

interface Found {
  readonly instanceId: string
  readonly hostName: string
  readonly status: string
  readonly version?: string
  readonly endpoints?: readonly string[]
  readonly cluster?: string
  readonly stale?: boolean
}

const COLUMNS: readonly Column<Found>[] = [
  { title: 'INSTANCE', value: row => row.instanceId, shrink: 3 },
  { title: 'VERSION', value: row => orDash(row.version) },
  { title: 'CLUSTER', value: row => orDash(row.cluster) },
  {
    title: 'STATUS',
    value: row => row.status + (row.stale === true ? ' stale' : ''),
    style: row => (row.stale === true ? 'warn' : row.status === 'UP' ? 'good' : 'bad'),
  },
  { title: 'HOST', value: row => row.hostName, shrink: 2 },
  { title: 'ENDPOINTS', value: row => orDash(row.endpoints?.join(',')), shrink: 4 },
]

const NOT_FOUND = '400012'

/** What an application gets that asks for a service. Exit code 1 where it gets nothing. */
export const find: Action<FindOptions> = async ({ client, out }, options, [name = '']) => {
  const path = `/v4/${encodeURIComponent(client.connection.project)}/registry/instances`
  const headers: Record<string, string> = options.consumer === undefined ? {} : { 'x-consumerid': options.consumer }
  const reply = await client.reply('GET', path, {
    query: {
      appId: options.app,
      serviceName: name,
      version: '0.0.0+',
      env: options.env,
      tags: options.tags,
      unreachable: options.unreachable,
      global: options.global === false ? '0' : undefined,
      origin: 1,
    },
    headers,
  })
  const { errorCode, instances = [] } = (reply.json ?? {}) as { errorCode?: string; instances?: readonly Found[] }
  if (reply.status >= 300 && errorCode !== NOT_FOUND) throw refusal(client.address, path, reply)
  if (out.isForPrograms) await out.data({ instances })
  else if (instances.length > 0) await out.table(instances, COLUMNS)
  if (instances.length > 0) return EXIT.OK
  const known = errorCode === NOT_FOUND ? 'is not registered' : 'has no instance'
  out.note(`${name} ${known} for this reader. Try: grapevine why ${name}`)
  return EXIT.NO
}
