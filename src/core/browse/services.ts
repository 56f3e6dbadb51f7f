import type { Group } from '../group.ts'
import type { ClusterId } from '../model.ts'
import {
  type BrowseFilter,
  type BrowseParts,
  byName,
  clusterNamed,
  entriesThatFit,
  fitsText,
  type Page,
  STALE,
  servicesThatFit,
} from './filter.ts'
import { statusOf } from './status.ts'

/** Services without an instance. */
const NONE = 'none'

/** A name with all its versions. */
export interface ServiceRow {
  readonly environment: string
  readonly appId: string
  readonly serviceName: string
  readonly versions: readonly { readonly version: string; readonly serviceId: string }[]
  /** Names. */
  readonly clusters: readonly string[]
  readonly instances: number
  readonly up: number
  readonly stale: number
}

/** Names that fit, in their order. Instances are counted for the page that is shown, and looked at for a state alone. */
export function browseServices(parts: BrowseParts, filter: BrowseFilter): Page<ServiceRow> {
  const cluster = filter.cluster === undefined ? undefined : clusterNamed(parts.directory, filter.cluster)
  if (filter.cluster !== undefined && cluster === undefined) return { total: 0, rows: [] }
  const text = filter.text.toLowerCase()
  const names: Group[][] = []
  const fitting = servicesThatFit(parts, filter, cluster).filter(
    group => fitsText(text, group) && fitsState(parts, group, filter, cluster),
  )
  for (const group of fitting.sort(byName)) {
    const last = names.at(-1)
    if (last?.[0] !== undefined && isSameName(last[0], group)) last.push(group)
    else names.push([group])
  }
  const shown = names.slice(filter.offset, filter.offset + filter.limit)
  return { total: names.length, rows: shown.map(groups => rowOf(parts, groups, filter, cluster)) }
}

const fitsState = (parts: BrowseParts, group: Group, filter: BrowseFilter, cluster: ClusterId | undefined): boolean => {
  if (filter.state === undefined) return true
  if (filter.state === NONE) return entriesThatFit(parts, group, { ...filter, state: undefined }, cluster).length === 0
  return entriesThatFit(parts, group, filter, cluster).length > 0
}

const isSameName = ({ key: a }: Group, { key: b }: Group): boolean =>
  a.serviceName === b.serviceName && a.appId === b.appId && a.environment === b.environment

function rowOf(
  parts: BrowseParts,
  groups: readonly Group[],
  filter: BrowseFilter,
  cluster: ClusterId | undefined,
): ServiceRow {
  const { directory } = parts
  const entries = groups.flatMap(group => entriesThatFit(parts, group, { ...filter, state: undefined }, cluster))
  const clusters = new Set(groups.flatMap(group => group.clusters))
  const { environment = '', appId = '', serviceName = '' } = groups[0]?.key ?? {}
  return {
    environment,
    appId,
    serviceName,
    versions: groups.map(({ key, id }) => ({ version: key.version, serviceId: id })),
    clusters: [...clusters].map(id => directory.labelOf(id)).sort(),
    instances: entries.length,
    up: entries.filter(entry => statusOf(entry) === 'UP').length,
    stale: entries.filter(entry => directory.isStale(entry)).length,
  }
}

/** All that a filter may name. */
export interface Facets {
  readonly environments: readonly string[]
  readonly apps: readonly string[]
  readonly clusters: readonly {
    readonly name: string
    readonly services: number
    readonly instances: number
    readonly stale: number
  }[]
  readonly services: number
  readonly instances: number
  readonly up: number
  readonly stale: number
}

/** Applications that are named; a larger federation is searched instead. */
const APPS_MAX = 1_000

/** Totals of a scope, and what is there to choose from. */
export function facetsOf(parts: BrowseParts, filter: BrowseFilter): Facets {
  const { directory } = parts
  const environments = new Set<string>()
  const apps = new Set<string>()
  const clusters = new Map<ClusterId, { services: number; instances: number; stale: number }>()
  const counted = { services: 0, instances: 0, up: 0, stale: 0 }
  const of = (id: ClusterId) => {
    const known = clusters.get(id) ?? { services: 0, instances: 0, stale: 0 }
    clusters.set(id, known)
    return known
  }
  for (const group of servicesThatFit(parts, filter, undefined)) {
    environments.add(group.key.environment)
    if (apps.size < APPS_MAX) apps.add(group.key.appId)
    counted.services += 1
    for (const id of group.clusters) of(id).services += 1
    for (const entry of entriesThatFit(parts, group, filter, undefined)) {
      counted.instances += 1
      of(entry.clusterId).instances += 1
      if (statusOf(entry) === 'UP') counted.up += 1
      if (!directory.isStale(entry)) continue
      counted.stale += 1
      of(entry.clusterId).stale += 1
    }
  }
  const named = [...clusters]
    .map(([id, counts]) => ({ name: directory.labelOf(id), ...counts }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  return { environments: [...environments].sort(), apps: [...apps].sort(), clusters: named, ...counted }
}

export { NONE, STALE }
