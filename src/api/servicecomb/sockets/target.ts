import type { IncomingMessage } from 'node:http'
import type { Scope } from '../../../core/model.ts'
import { valuesOf } from '../../http/query.ts'
import { routable } from '../../http/target.ts'
import { scopeOf } from '../call.ts'

const WATCHER = /^\/(?:v4\/([^/]+)\/registry|registry\/v3)\/microservices\/([^/]+)\/watcher$/
const HEARTBEAT = /^\/v4\/([^/]+)\/registry\/microservices\/([^/]+)\/instances\/([^/]+)\/heartbeat$/

/** What a websocket is asked for. */
export interface SocketTarget {
  readonly scope: Scope
  readonly serviceId: string
  /** Of a heartbeat socket; undefined: a watcher. */
  readonly instanceId: string | undefined
  /** What a watcher holds of its providers. */
  readonly revisions: ReadonlySet<string>
}

/** Undefined where there is no websocket. */
export function socketTarget(request: IncomingMessage, targetBytesMax: number): SocketTarget | undefined {
  if (request.method !== 'GET' || request.headers.upgrade?.toLowerCase() !== 'websocket') return undefined
  const [path = '', search = ''] = routable(request, targetBytesMax).split('?')
  const [, project = '', serviceId = '', instanceId] = WATCHER.exec(path) ?? HEARTBEAT.exec(path) ?? []
  if (serviceId === '') return undefined
  try {
    return {
      scope: scopeOf(path.startsWith('/v4/') ? 'v4' : 'v3', request.headers, decodeURIComponent(project)),
      serviceId: decodeURIComponent(serviceId),
      instanceId: instanceId && decodeURIComponent(instanceId),
      revisions: new Set(valuesOf(search, 'rev')),
    }
  } catch {
    // A malformed escape: the ordinary router says so.
    return undefined
  }
}
