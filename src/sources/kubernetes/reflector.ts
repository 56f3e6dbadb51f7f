import type { Clock, Random } from '../../center/ports.ts'
import { pause } from '../pause.ts'
import type { SourceLog } from '../source.ts'
import { type KubeApi, KubeError, type Query } from './api.ts'

/** Pauses between failed attempts. */
const BACK_OFF_MIN_MS = 250
const BACK_OFF_MAX_MS = 5_000
/** The server ends watches after this long, so that they spread anew over its replicas. Jittered. */
const WATCH_S = 300
/** A version that keeps failing may be one that the server never had (restored from a backup): list anew. */
const FAILURES_UNTIL_LIST = 5

/** A watch that the server ends sooner than this is not opened again at once. */
const WATCH_LEAST_MS = 1_000

export interface Resource<T> {
  /** `/api/v1/namespaces/shop/services`. */
  readonly path: string
  readonly query: Query
  /** Objects in one page: what is parsed at once. */
  readonly pageSize: number
  /** What is kept of an object, at once; undefined: nothing. */
  readonly read: (object: unknown) => T | undefined
}

export interface ReflectorHandler<T> {
  /** A complete list: whatever it does not hold is gone. */
  replaced(items: readonly T[]): void
  /** One object (`namespace/name`) as it is now; undefined: it is gone. */
  changed(ref: string, item: T | undefined): void
  /** It became live, or stopped being so, or was refused. */
  turned(): void
}

export interface ReflectorDeps {
  readonly api: KubeApi
  readonly clock: Clock
  readonly random: Random
  readonly log: SourceLog
}

/** Follows one kind of objects: lists them, watches from there, and lists anew when the server has forgotten the version. */
export class Reflector<T extends { readonly ref: string }> {
  readonly #resource: Resource<T>
  readonly #handler: ReflectorHandler<T>
  readonly #deps: ReflectorDeps
  readonly #ended = new AbortController()
  #version = ''
  #failures = 0
  #running: Promise<void> | undefined
  /** The list is complete and a watch is open, or was ended by the server a moment ago. */
  live = false
  /** It has been listed at least once. */
  synced = false
  /** Why the server refuses it for good; empty when it does not. */
  refusal = ''

  constructor(resource: Resource<T>, handler: ReflectorHandler<T>, deps: ReflectorDeps) {
    this.#resource = resource
    this.#handler = handler
    this.#deps = deps
  }

  /** The last attempts have failed. */
  get failing(): boolean {
    return this.#failures > 0
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#ended.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended
    while (!signal.aborted) {
      try {
        if (this.#version === '') await this.#list(signal)
        const sinceMs = this.#deps.clock.monotonicMs()
        await this.#watch(signal)
        if (this.#deps.clock.monotonicMs() - sinceMs < WATCH_LEAST_MS)
          await pause(this.#deps.clock, WATCH_LEAST_MS, signal)
      } catch (error) {
        if (signal.aborted) return
        await this.#failed(error as Error, signal)
      }
    }
  }

  async #failed(error: Error, signal: AbortSignal): Promise<void> {
    this.#failures += 1
    const status = error instanceof KubeError ? error.status : 0
    if (status === 410 || this.#failures % FAILURES_UNTIL_LIST === 0) this.#version = ''
    this.refusal = status === 401 || status === 403 ? error.message : ''
    this.#deps.log.debug({ path: this.#resource.path, error: error.message }, 'following Kubernetes objects failed')
    // A forgotten version says nothing against the connection: the list that follows does.
    if (status !== 410) this.#turn(false)
    if (status === 410 && this.#failures === 1) return
    const doubled = BACK_OFF_MIN_MS * 2 ** Math.min(this.#failures - 1, 10)
    const jitter = 0.5 + this.#deps.random.fraction() / 2
    await pause(this.#deps.clock, Math.min(BACK_OFF_MAX_MS, doubled) * jitter, signal)
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { path, query, pageSize, read } = this.#resource
    const items: T[] = []
    let next = ''
    do {
      const more: Query = next === '' ? {} : { continue: next }
      const page = await this.#deps.api.list(path, { ...query, limit: String(pageSize), ...more }, signal)
      for (const object of page.items) {
        const item = read(object)
        if (item !== undefined) items.push(item)
      }
      next = page.next
      if (next === '') this.#version = page.resourceVersion
    } while (next !== '')
    this.#handler.replaced(items)
    this.synced = true
    this.refusal = ''
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { path, query } = this.#resource
    const timeoutSeconds = String(Math.round(WATCH_S * (1 + this.#deps.random.fraction())))
    const more = { resourceVersion: this.#version, allowWatchBookmarks: 'true', timeoutSeconds }
    const handler = {
      opened: () => {
        this.#failures = 0
        this.#turn(true)
      },
      event: ({ type, object }: { type: string; object: unknown }) => this.#event(type, object),
    }
    await this.#deps.api.watch(path, { ...query, ...more }, handler, signal)
  }

  #event(type: string, object: unknown): void {
    if (type === 'ERROR') {
      const { code, message } = object as { code?: number; message?: string }
      throw new KubeError(code ?? 0, message ?? 'the watch reported an error')
    }
    const { namespace, name, resourceVersion } = (object as { metadata?: Metadata }).metadata ?? {}
    if (name !== undefined && (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED')) {
      const ref = namespace === undefined ? name : `${namespace}/${name}`
      this.#handler.changed(ref, type === 'DELETED' ? undefined : this.#resource.read(object))
    }
    if (resourceVersion !== undefined && resourceVersion !== '') this.#version = resourceVersion
  }

  #turn(live: boolean): void {
    this.live = live
    this.#handler.turned()
  }
}

interface Metadata {
  readonly namespace?: string
  readonly name?: string
  readonly resourceVersion?: string
}
