import type { KubeNode, KubePod, KubeService, KubeSlice } from './objects.ts'

/** What the reflectors have brought, with the questions that the mapping asks of it. Tells which Services are concerned. */
export class ObjectsStore {
  readonly services = new Map<string, KubeService>()
  readonly nodes = new Map<string, KubeNode>()
  readonly #slices = new Map<string, KubeSlice>()
  readonly #slicesOf = new Map<string, Set<string>>()
  readonly #pods = new Map<string, KubePod>()
  readonly #podsByUid = new Map<string, KubePod>()
  readonly #podsByIp = new Map<string, KubePod>()
  readonly #servicesOfPod = new Map<string, Set<string>>()
  readonly #concerned: (service: string) => void

  /** `concerned` is told the Services (`namespace/name`) that may map to something else now. */
  constructor(concerned: (service: string) => void) {
    this.#concerned = concerned
  }

  slicesOf(service: string): readonly KubeSlice[] {
    const refs = [...(this.#slicesOf.get(service) ?? [])].sort()
    return refs.flatMap(ref => this.#slices.get(ref) ?? [])
  }

  pod(uid: string): KubePod | undefined {
    return this.#podsByUid.get(uid)
  }

  /** The running Pod that an address names; those of host networks share theirs with their node. */
  podAt(ip: string): KubePod | undefined {
    const pod = this.#podsByIp.get(ip)
    return pod?.running === true ? pod : undefined
  }

  replaceServices(items: readonly KubeService[], namespace: string | undefined): void {
    replace(this.services, items, namespace, (ref, item) => this.setService(ref, item))
  }

  setService(ref: string, item: KubeService | undefined): void {
    if (item === undefined) this.services.delete(ref)
    else this.services.set(ref, item)
    this.#concerned(ref)
  }

  replaceSlices(items: readonly KubeSlice[], namespace: string | undefined): void {
    replace(this.#slices, items, namespace, (ref, item) => this.setSlice(ref, item))
  }

  setSlice(ref: string, item: KubeSlice | undefined): void {
    const before = this.#slices.get(ref)
    if (before !== undefined && before.service !== item?.service) {
      remove(this.#slicesOf, before.service, ref)
      this.#concerned(before.service)
    }
    for (const { podUid } of before?.endpoints ?? []) {
      if (before !== undefined && podUid !== '') remove(this.#servicesOfPod, podUid, before.service)
    }
    if (item === undefined) {
      this.#slices.delete(ref)
      return
    }
    this.#slices.set(ref, item)
    add(this.#slicesOf, item.service, ref)
    for (const { podUid } of item.endpoints) if (podUid !== '') add(this.#servicesOfPod, podUid, item.service)
    this.#concerned(item.service)
  }

  replacePods(items: readonly KubePod[], namespace: string | undefined): void {
    replace(this.#pods, items, namespace, (ref, item) => this.setPod(ref, item))
  }

  /** A Pod by itself is no endpoint: it only adds to what its slices say, when it adds anything. */
  setPod(ref: string, item: KubePod | undefined): void {
    const before = this.#pods.get(ref)
    if (before !== undefined) {
      if (this.#podsByUid.get(before.uid) === before) this.#podsByUid.delete(before.uid)
      for (const ip of before.ips) if (this.#podsByIp.get(ip) === before) this.#podsByIp.delete(ip)
    }
    if (item === undefined) this.#pods.delete(ref)
    else {
      this.#pods.set(ref, item)
      this.#podsByUid.set(item.uid, item)
      if (!item.hostNetwork) for (const ip of item.ips) this.#podsByIp.set(ip, item)
    }
    if (item === undefined || (before !== undefined && addsAlike(before, item))) return
    for (const service of this.#servicesOfPod.get(item.uid) ?? []) this.#concerned(service)
  }

  replaceNodes(items: readonly KubeNode[]): void {
    replace(this.nodes, items, undefined, (ref, item) => this.setNode(ref, item))
  }

  /** Nodes report their state every few minutes; only a change of address or place concerns anybody. */
  setNode(ref: string, item: KubeNode | undefined): void {
    const before = this.nodes.get(ref)
    if (item === undefined) this.nodes.delete(ref)
    else this.nodes.set(ref, item)
    if (JSON.stringify(before) !== JSON.stringify(item))
      for (const service of this.services.keys()) this.#concerned(service)
  }
}

const addsAlike = (a: KubePod, b: KubePod): boolean =>
  a.uid === b.uid && a.hostIP === b.hostIP && JSON.stringify(a.annotations) === JSON.stringify(b.annotations)

function replace<T extends { readonly ref: string }>(
  map: ReadonlyMap<string, T>,
  items: readonly T[],
  /** The only one that the list holds; undefined: all. */
  namespace: string | undefined,
  set: (ref: string, item: T | undefined) => void,
): void {
  const listed = new Set(items.map(item => item.ref))
  const isListed = (ref: string): boolean => namespace === undefined || ref.startsWith(`${namespace}/`)
  for (const ref of [...map.keys()]) if (isListed(ref) && !listed.has(ref)) set(ref, undefined)
  for (const item of items) set(item.ref, item)
}

function add(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key)
  if (set === undefined) sets.set(key, new Set([value]))
  else set.add(value)
}

function remove(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key)
  if (set?.delete(value) === true && set.size === 0) sets.delete(key)
}
