import type { SourceDeps } from '../source.ts'
import type { KubeApi, Query } from './api.ts'
import { readNode, readPod, readService, readSlice } from './objects.ts'
import type { ObjectsStore } from './objects-store.ts'
import type { KubernetesOptions } from './options.ts'
import { Reflector, type Resource } from './reflector.ts'

/** Objects in one page: what is parsed at once must not hold up heartbeats. A slice may have a hundred endpoints. */
const PAGE_SIZE = { services: 200, endpointslices: 50, pods: 100, nodes: 50 }

export interface FollowingDeps extends Pick<SourceDeps, 'clock' | 'random' | 'log'> {
  readonly api: KubeApi
  /** A list became complete or followed, or stopped being so. */
  readonly turned: () => void
}

interface Followed {
  readonly path: string
  /** Without it nothing is known; what is not needed only adds to endpoints, and may be forbidden. */
  readonly needed: boolean
  readonly reflector: Pick<Reflector<never>, 'start' | 'stop' | 'live' | 'synced' | 'failing' | 'refusal'>
}

/** What is done with one kind of objects; `namespace` is the only one that the list holds, undefined: all. */
interface Keeping<T> {
  readonly read: Resource<T>['read']
  readonly replace: (items: readonly T[], namespace: string | undefined) => void
  readonly set: (ref: string, item: T | undefined) => void
}

/** Follows everything that the mapping needs, in all namespaces or in some. */
export class Following {
  readonly #deps: FollowingDeps
  readonly #all: readonly Followed[]

  constructor({ namespaces }: Pick<KubernetesOptions, 'namespaces'>, store: ObjectsStore, deps: FollowingDeps) {
    this.#deps = deps
    const places = namespaces.length === 0 ? [undefined] : namespaces
    const services: Keeping<NonNullable<ReturnType<typeof readService>>> = {
      read: readService,
      replace: (items, namespace) => store.replaceServices(items, namespace),
      set: (ref, item) => store.setService(ref, item),
    }
    const slices: Keeping<NonNullable<ReturnType<typeof readSlice>>> = {
      read: readSlice,
      replace: (items, namespace) => store.replaceSlices(items, namespace),
      set: (ref, item) => store.setSlice(ref, item),
    }
    const pods: Keeping<NonNullable<ReturnType<typeof readPod>>> = {
      read: readPod,
      replace: (items, namespace) => store.replacePods(items, namespace),
      set: (ref, item) => store.setPod(ref, item),
    }
    const nodes: Keeping<NonNullable<ReturnType<typeof readNode>>> = {
      read: readNode,
      replace: items => store.replaceNodes(items),
      set: (ref, item) => store.setNode(ref, item),
    }
    const running = { fieldSelector: 'status.phase=Running' }
    this.#all = [
      ...places.flatMap(namespace => [
        this.#follow('/api/v1', 'services', services, { namespace, needed: true }),
        this.#follow('/apis/discovery.k8s.io/v1', 'endpointslices', slices, { namespace, needed: true }),
        this.#follow('/api/v1', 'pods', pods, { namespace, needed: false, query: running }),
      ]),
      this.#follow('/api/v1', 'nodes', nodes, { namespace: undefined, needed: false }),
    ]
  }

  /** What is needed is complete and followed; the rest as well, where it is allowed. */
  get isLive(): boolean {
    return this.#all.every(({ needed, reflector }) => reflector.live || (!needed && isDispensable(reflector)))
  }

  start(): void {
    for (const { reflector } of this.#all) reflector.start()
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map(({ reflector }) => reflector.stop()))
  }

  /** What cannot be followed, and why. */
  faults(): ReadonlyMap<string, string> {
    const faults = new Map<string, string>()
    for (const { path, reflector } of this.#all) {
      if (reflector.refusal !== '') faults.set(path, `the Kubernetes API refuses ${path}: ${reflector.refusal}`)
      else if (reflector.failing) faults.set(path, `the Kubernetes API is not reached for ${path}`)
    }
    return faults
  }

  #follow<T extends { readonly ref: string }>(
    group: string,
    kind: keyof typeof PAGE_SIZE,
    { read, replace, set }: Keeping<T>,
    where: { readonly namespace: string | undefined; readonly needed: boolean; readonly query?: Query },
  ): Followed {
    const { namespace, needed, query = {} } = where
    const path = `${group}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${kind}`
    const handler = {
      replaced: (items: readonly T[]) => replace(items, namespace),
      changed: set,
      turned: this.#deps.turned,
    }
    const reflector = new Reflector<T>({ path, query, pageSize: PAGE_SIZE[kind], read }, handler, this.#deps)
    return { path, needed, reflector }
  }
}

/** Known well enough, or forbidden: nobody waits for it. */
const isDispensable = ({ synced, refusal }: Followed['reflector']): boolean => synced || refusal !== ''
