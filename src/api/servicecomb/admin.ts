import { Readable } from 'node:stream'
import { CatalogError } from '../../core/errors.ts'
import { type Answer, EMPTY, JSON_TYPE, json } from '../http/answer.ts'
import { createAlarms } from './alarms.ts'
import type { Call } from './call.ts'
import { info } from './center.ts'
import { dump } from './dump.ts'
import { listOrNothing } from './render.ts'
import type { Context, Route } from './route.ts'
import { ANSWERS } from './shapes/answers.ts'

export function adminRoutes(context: Context): readonly Route[] {
  const alarms = createAlarms(() => context.catalog.status(), context.deps.sourceAlarms)
  return [
    {
      method: 'GET',
      path: '/v4/:project/admin/dump',
      guard: 'ops',
      summary: 'Reads the whole registry, every domain and project, with the keys of an etcd',
      query: { options: 'info, cache or all, separated by commas; cache when absent' },
      answer: ANSWERS.dump,
      handle: call => readDump(context, call),
    },
    {
      method: 'GET',
      path: '/v4/:project/admin/clusters',
      guard: 'ops',
      summary: 'Lists the clusters and the addresses of their nodes',
      answer: ANSWERS.clusters,
      handle: () => clusters(context),
    },
    {
      method: 'GET',
      path: '/v4/:project/admin/alarms',
      guard: 'ops',
      summary: 'Lists what is wrong',
      answer: ANSWERS.alarms,
      handle: () => json({ alarms: listOrNothing(alarms.list()) }),
    },
    {
      method: 'DELETE',
      path: '/v4/:project/admin/alarms',
      guard: 'ops',
      summary: 'Puts alarms away until they are raised anew',
      handle: () => {
        alarms.clear()
        return EMPTY
      },
    },
  ]
}

function readDump(context: Context, call: Call): Answer {
  const { domain, project } = call.scope
  if (domain !== 'default' || project !== 'default') throw new CatalogError('FORBIDDEN', 'Required admin permission')
  checkAllowed(context, call)
  const options = new Set((call.query.options ?? '').split(',').map(option => option.trim()))
  const wants = (option: string) => options.has('all') || options.has(option)
  const head = wants('info') ? `{"info":${JSON.stringify(info(context))}` : '{'
  if (!wants('cache') && !(options.size === 1 && options.has(''))) {
    return { status: 200, type: JSON_TYPE, body: `${head}}` }
  }
  const start = head === '{' ? '{"cache":' : `${head},"cache":`
  // In pieces: the whole registry in one string would hold up everybody else.
  const stream = Readable.from(dump(context, start, call.options), { objectMode: false })
  return { status: 200, type: JSON_TYPE, body: '', stream }
}

function checkAllowed({ options, deps }: Context, call: Call): void {
  if (options.dump === 'open' || (options.dump === 'peers' && deps.isPeer(call.address))) return
  const whom = options.dump === 'off' ? 'nobody' : 'configured peers only'
  throw new CatalogError('FORBIDDEN', `The dump is for ${whom} here: option admin.dump is ${options.dump}`)
}

function clusters({ catalog }: Context): Answer {
  const named = new Map<string, string[]>()
  for (const { cluster, http } of catalog.status().nodes) {
    const urls = named.get(cluster) ?? []
    urls.push(...http)
    named.set(cluster, urls)
  }
  return json({ clusters: Object.fromEntries(named) })
}
