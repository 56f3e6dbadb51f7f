import type { Directory } from '../directory.ts'
import type { Entry } from '../entry.ts'
import type { Group } from '../group.ts'
import type { ClusterId, NodeId, Scope, ServiceKey } from '../model.ts'
import type { ReadOptions } from '../view.ts'
import { statusOf } from './status.ts'

/** What of the replica is browsed. */
export interface BrowseParts {
  readonly node: NodeId
  readonly directory: Directory
  /** Monotonic. */
  readonly nowMs: number
}

/** States of instances that are filtered for: a status, `stale`, or of services without any `none`. */
export interface BrowseFilter {
  readonly scope: Scope
  /** Part of a name, an alias, an application or an instance id, in any case. Empty: all. */
  readonly text: string
  readonly environment: string | undefined
  readonly appId: string | undefined
  readonly serviceName: string | undefined
  readonly version: string | undefined
  /** A name or an id. */
  readonly cluster: string | undefined
  readonly state: string | undefined
  /** What the asker's roles are about. */
  readonly sees: (key: ServiceKey) => boolean
  readonly options: ReadOptions
  readonly offset: number
  readonly limit: number
}

export interface Page<T> {
  /** Of all pages. */
  readonly total: number
  readonly rows: readonly T[]
}

/** `sc2` or its id; undefined: nobody is called so. */
export const clusterNamed = (directory: Directory, name: string): ClusterId | undefined => {
  const ids = new Set<ClusterId>([directory.cluster, ...directory.labels.keys()])
  for (const { clusterId, record } of directory.nodes.values()) {
    ids.add(clusterId)
    for (const proxied of record.proxies) ids.add(proxied as ClusterId)
  }
  for (const id of ids) if (id === name || directory.labelOf(id) === name) return id
  return undefined
}

/** Services that fit, in no order. The text may fit an instance instead (see `fitsText`). */
export const servicesThatFit = (
  { directory }: BrowseParts,
  filter: BrowseFilter,
  cluster: ClusterId | undefined,
): Group[] => {
  const found: Group[] = []
  for (const group of directory.names.scope(filter.scope)) {
    const { key } = group
    if (filter.environment !== undefined && key.environment !== filter.environment) continue
    if (filter.appId !== undefined && key.appId !== filter.appId) continue
    if (filter.serviceName !== undefined && key.serviceName !== filter.serviceName) continue
    if (filter.version !== undefined && key.version !== filter.version) continue
    if (cluster !== undefined && !group.registrations.has(cluster)) continue
    if (group.exists(filter.options) && filter.sees(key)) found.push(group)
  }
  return found
}

export const fitsText = (text: string, { key, alias }: Group): boolean =>
  text === '' ||
  key.serviceName.toLowerCase().includes(text) ||
  key.appId.toLowerCase().includes(text) ||
  alias.toLowerCase().includes(text)

/** Instances of a service that readers see and that fit cluster and state. `idPart`: in lower case, part of their ids. */
export const entriesThatFit = (
  { directory }: BrowseParts,
  group: Group,
  { options, state }: BrowseFilter,
  cluster: ClusterId | undefined,
  idPart = '',
): Entry[] => {
  const found: Entry[] = []
  for (const head of group.entries.values()) {
    // Looked at first: it is the cheapest question, and most say no.
    if (idPart !== '' && !head.instanceId.toLowerCase().includes(idPart)) continue
    const entry = directory.choose(head, options)
    if (entry === undefined || (cluster !== undefined && entry.clusterId !== cluster)) continue
    if (state === undefined || isIn(state, directory, entry)) found.push(entry)
  }
  return found
}

export const STALE = 'stale'

const isIn = (state: string, directory: Directory, entry: Entry): boolean =>
  state === STALE ? directory.isStale(entry) : statusOf(entry) === state

/** Of services: by name, then by what else tells them apart. */
export const byName = ({ key: a }: Group, { key: b }: Group): number =>
  compare(a.serviceName, b.serviceName) ||
  compare(a.appId, b.appId) ||
  compare(a.environment, b.environment) ||
  compareVersions(a.version, b.version)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const compareVersions = (a: string, b: string): number => {
  const [left, right] = [a.split('.'), b.split('.')]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = Number(left[i] ?? -1) - Number(right[i] ?? -1)
    if (order !== 0) return order
  }
  return 0
}
