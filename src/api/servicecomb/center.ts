import { centerInstances } from '../../core/queries/health.ts'
import { type Answer, json } from '../http/answer.ts'
import type { PathVersion } from './call.ts'
import { instanceJson, listOrNothing } from './render.ts'
import type { Context, Route } from './route.ts'
import { ANSWERS } from './shapes/answers.ts'

/** The version of the API that v4 paths speak; the center registers itself under it. */
export const API_VERSION = '4.0.0'

const API_VERSIONS: Readonly<Record<PathVersion, string>> = { v3: '3.0.0', v4: API_VERSION }

export const centerRoutes = (context: Context): readonly Route[] => [
  {
    method: 'GET',
    path: '/v4/:project/registry/health',
    v3: '/health',
    summary: "Lists this cluster's nodes, as soon as the API listens",
    answer: ANSWERS.instances,
    always: true,
    guard: 'open',
    handle: () => health(context),
  },
  {
    method: 'GET',
    path: '/v4/:project/registry/version',
    v3: '/version',
    summary: 'Tells the versions of the product and of the API',
    answer: ANSWERS.version,
    always: true,
    guard: 'open',
    handle: call => json({ ...info(context), apiVersion: API_VERSIONS[call.version] }),
  },
]

function health({ catalog, options }: Context): Answer {
  const instances = catalog.read(view =>
    centerInstances(view, options.environment).map(one => instanceJson(one.read(), one.service.id)),
  )
  return json({ instances: listOrNothing(instances) })
}

/** What runs here. `goVersion` is where the reference names its runtime. */
export const info = ({ options }: Context) => ({
  version: options.version,
  buildTag: options.version,
  goVersion: process.version,
  os: process.platform,
  arch: process.arch,
})
