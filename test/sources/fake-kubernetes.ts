import {
  type KubeApi,
  KubeError,
  type ListPage,
  type Query,
  type WatchEvent,
  type WatchHandler,
} from '../../src/sources/kubernetes/api.ts'

type Json = Record<string, unknown>

export interface FakeObject extends Json {
  metadata: {
    name: string
    namespace?: string
    uid?: string
    resourceVersion?: string
    creationTimestamp?: string
    labels?: Record<string, string>
    annotations?: Record<string, string>
  }
}

interface Watcher {
  readonly kind: string
  readonly handler: WatchHandler
  readonly end: (error?: Error) => void
  paused: WatchEvent[] | undefined
}

export type Kind = 'services' | 'endpointslices' | 'pods' | 'nodes'

/** What an API server holds, told to lists and watches as a real one does, in memory. */
export class FakeKubernetes implements KubeApi {
  readonly #objects = new Map<string, FakeObject>()
  readonly #watchers = new Set<Watcher>()
  readonly #forbidden = new Set<string>()
  /** Paths of the lists that were asked for. */
  readonly lists: string[] = []
  #version = 100
  #down = false
  requests = 0
  receivedBytes = 0

  put(kind: Kind, object: FakeObject): void {
    const key = keyOf(kind, object)
    const known = this.#objects.get(key)
    this.#version += 1
    const metadata = { creationTimestamp: '2026-01-01T00:00:00Z', uid: `uid-${key}`, ...object.metadata }
    const stored = { ...object, metadata: { ...metadata, resourceVersion: String(this.#version) } }
    this.#objects.set(key, stored)
    this.#tell(kind, { type: known === undefined ? 'ADDED' : 'MODIFIED', object: stored })
  }

  delete(kind: Kind, namespace: string, name: string): void {
    const key = `${kind}/${namespace}/${name}`
    const object = this.#objects.get(key)
    if (object === undefined) throw new Error(`${key} is not there`)
    this.#objects.delete(key)
    this.#version += 1
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) }
    this.#tell(kind, { type: 'DELETED', object: { ...object, metadata } })
  }

  forbid(kind: Kind): void {
    this.#forbidden.add(kind)
  }

  /** Ends every watch and refuses everything, until it is back. */
  down(): void {
    this.#down = true
    for (const watcher of [...this.#watchers]) watcher.end(new Error('connection reset'))
  }

  up(): void {
    this.#down = false
  }

  /** Tells every watch that its version is forgotten. */
  compact(): void {
    for (const { handler, end } of [...this.#watchers]) {
      try {
        handler.event({ type: 'ERROR', object: { code: 410, message: 'too old resource version' } })
      } catch (error) {
        end(error as Error)
      }
    }
  }

  /** The watches opened after the first `count` bring nothing until `resume`. */
  pause(count: number): void {
    for (const watcher of [...this.#watchers].slice(count)) watcher.paused = []
  }

  resume(): void {
    for (const watcher of this.#watchers) {
      const { paused } = watcher
      watcher.paused = undefined
      for (const event of paused ?? []) watcher.handler.event(event)
    }
  }

  get watches(): number {
    return this.#watchers.size
  }

  async list(path: string, query: Query): Promise<ListPage> {
    this.#request(path)
    this.lists.push(path)
    const { kind, namespace } = parse(path)
    const all = [...this.#objects].flatMap(([key, object]) => (key.startsWith(`${kind}/`) ? [object] : []))
    const fitting = all.filter(each => fits(each, namespace, query))
    const from = Number(query.continue ?? 0)
    const limit = Number(query.limit ?? fitting.length)
    const next = from + limit < fitting.length ? String(from + limit) : ''
    return { items: fitting.slice(from, from + limit), resourceVersion: String(this.#version), next }
  }

  watch(path: string, _query: Query, handler: WatchHandler, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#request(path)
      const watcher: Watcher = {
        kind: parse(path).kind,
        handler,
        paused: undefined,
        end: error => {
          this.#watchers.delete(watcher)
          if (error === undefined) resolve()
          else reject(error)
        },
      }
      signal.addEventListener('abort', () => watcher.end(new Error('aborted')))
      this.#watchers.add(watcher)
      handler.opened()
    })
  }

  #request(path: string): void {
    this.requests += 1
    if (this.#down) throw new Error('connection refused')
    if (this.#forbidden.has(parse(path).kind)) throw new KubeError(403, `403 cannot list ${path}`)
  }

  #tell(kind: Kind, event: WatchEvent): void {
    for (const watcher of this.#watchers) {
      if (watcher.kind !== kind) continue
      if (watcher.paused === undefined) watcher.handler.event(event)
      else watcher.paused.push(event)
    }
  }
}

const keyOf = (kind: Kind, { metadata }: FakeObject): string => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`

function parse(path: string): { readonly kind: string; readonly namespace: string | undefined } {
  const parts = path.split('/')
  const at = parts.indexOf('namespaces')
  return { kind: parts.at(-1) ?? '', namespace: at < 0 ? undefined : parts[at + 1] }
}

function fits({ metadata }: FakeObject, namespace: string | undefined, query: Query): boolean {
  if (namespace !== undefined && metadata.namespace !== namespace) return false
  const [, name] = query.fieldSelector?.match(/^metadata\.name=(.*)$/) ?? []
  if (name !== undefined && metadata.name !== name) return false
  const [label, value] = query.labelSelector?.split('=') ?? []
  return label === undefined || metadata.labels?.[label] === value
}

export interface ServiceWish {
  readonly labels?: Record<string, string>
  readonly annotations?: Record<string, string>
  readonly created?: string
  readonly spec?: Json
  readonly status?: Json
}

export const service = (namespace: string, name: string, wish: ServiceWish = {}): FakeObject => ({
  metadata: {
    namespace,
    name,
    creationTimestamp: wish.created ?? '2026-01-01T00:00:00Z',
    labels: wish.labels ?? {},
    annotations: Object.fromEntries(
      Object.entries(wish.annotations ?? {}).map(([key, value]) => [`service-center.servicecomb.io/${key}`, value]),
    ),
  },
  spec: { type: 'ClusterIP', ipFamilies: ['IPv4'], ports: [{ name: '', port: 80, protocol: 'TCP' }], ...wish.spec },
  status: wish.status ?? { loadBalancer: {} },
})

export interface EndpointWish {
  readonly ip: string
  readonly pod?: string
  readonly ready?: boolean
  readonly node?: string
  readonly zone?: string
}

export interface SliceWish {
  readonly name?: string
  readonly addressType?: string
  readonly ports?: readonly Json[]
}

/** A slice of a Service; an endpoint with a `pod` belongs to the Pod of that name, whose uid is `00-NAME`. */
export const slice = (
  namespace: string,
  serviceName: string,
  endpoints: readonly EndpointWish[],
  wish: SliceWish = {},
): FakeObject => ({
  metadata: {
    namespace,
    name: wish.name ?? `${serviceName}-1`,
    labels: { 'kubernetes.io/service-name': serviceName },
  },
  addressType: wish.addressType ?? 'IPv4',
  ports: wish.ports ?? [{ name: '', port: 8080, protocol: 'TCP' }],
  endpoints: endpoints.map(({ ip, pod, ready = true, node, zone }) => ({
    addresses: [ip],
    conditions: { ready, serving: true, terminating: !ready },
    ...(node === undefined ? {} : { nodeName: node }),
    ...(zone === undefined ? {} : { zone }),
    ...(pod === undefined ? {} : { targetRef: { kind: 'Pod', namespace, name: pod, uid: `00-${pod}` } }),
  })),
})

export const node = (name: string, wish: { labels?: Record<string, string>; addresses?: Json[] } = {}): FakeObject => ({
  metadata: { name, labels: wish.labels ?? {} },
  status: { addresses: wish.addresses ?? [{ type: 'InternalIP', address: '192.168.0.1' }] },
})
