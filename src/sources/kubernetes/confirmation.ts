import { type KubeApi, KubeError } from './api.ts'
import { readService, readSlice } from './objects.ts'
import type { ObjectsStore } from './objects-store.ts'

/** Services (`namespace/name`) asked about in one confirmation; more than one share a name only by annotation. */
const REFS_MAX = 16

/**
 * Asks the API server itself whether this node's picture of a Service is the present one. A watch may lag behind a
 * sibling's: what the sibling has just written or removed must then not be undone from an older picture.
 */
export class Confirmation {
  readonly #api: KubeApi
  readonly #store: ObjectsStore

  constructor(api: KubeApi, store: ObjectsStore) {
    this.#api = api
    this.#store = store
  }

  /** True when all of them are at the API server exactly as they are known here. Rejects when it does not answer. */
  async holds(refs: ReadonlySet<string>, signal: AbortSignal): Promise<boolean> {
    for (const ref of [...refs].slice(0, REFS_MAX)) if (!(await this.#isPresent(ref, signal))) return false
    return true
  }

  async #isPresent(ref: string, signal: AbortSignal): Promise<boolean> {
    const [namespace = '', name = ''] = ref.split('/')
    const fields = { fieldSelector: `metadata.name=${name}` }
    const services = await this.#list(`/api/v1/namespaces/${namespace}/services`, fields, signal)
    const [service] = services.map(readService)
    if (service?.resourceVersion !== this.#store.services.get(ref)?.resourceVersion) return false
    const labels = { labelSelector: `kubernetes.io/service-name=${name}` }
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`
    const slices = (await this.#list(path, labels, signal)).flatMap(each => readSlice(each) ?? [])
    const known = this.#store.slicesOf(ref)
    const versions = new Map(known.map(slice => [slice.ref, slice.resourceVersion]))
    return slices.length === known.length && slices.every(each => versions.get(each.ref) === each.resourceVersion)
  }

  /** A namespace that is gone, or that this node may not read, has nothing. */
  async #list(path: string, query: Record<string, string>, signal: AbortSignal): Promise<readonly unknown[]> {
    try {
      return (await this.#api.list(path, query, signal)).items
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return []
      throw error
    }
  }
}
