import type { Entry } from '../entry.ts'
import type { Group } from '../group.ts'
import type { Instance } from '../model.ts'
import {
  type BrowseFilter,
  type BrowseParts,
  byName,
  clusterNamed,
  entriesThatFit,
  fitsText,
  type Page,
  servicesThatFit,
} from './filter.ts'

export interface InstanceRow {
  readonly serviceId: string
  readonly environment: string
  readonly appId: string
  readonly serviceName: string
  readonly version: string
  readonly cluster: string
  readonly local: boolean
  /** The node that answers for its lease, by name, otherwise by id. */
  readonly holder: string
  readonly stale: boolean
  readonly leaseMs: number
  /** What is left of it, as far as this node can tell: it heard the instance, or holds its lease. */
  readonly leaseLeftMs: number | undefined
  readonly instance: Instance
}

/** Instances that fit, by the names of their services, then by id. Only those of the page are decoded. */
export function browseInstances(parts: BrowseParts, filter: BrowseFilter): Page<InstanceRow> {
  const cluster = filter.cluster === undefined ? undefined : clusterNamed(parts.directory, filter.cluster)
  if (filter.cluster !== undefined && cluster === undefined) return { total: 0, rows: [] }
  const text = filter.text.toLowerCase()
  const end = filter.offset + filter.limit
  const found: { readonly group: Group; readonly fitting: Entry[] }[] = []
  for (const group of servicesThatFit(parts, filter, cluster)) {
    const fitting = entriesThatFit(parts, group, filter, cluster, fitsText(text, group) ? '' : text)
    if (fitting.length > 0) found.push({ group, fitting })
  }
  const shown: Entry[] = []
  let total = 0
  for (const { fitting } of found.sort((a, b) => byName(a.group, b.group))) {
    const from = Math.max(0, filter.offset - total)
    if (from < fitting.length && total < end) shown.push(...fitting.sort(byId).slice(from, end - total))
    total += fitting.length
  }
  return { total, rows: shown.map(entry => rowOf(parts, entry)) }
}

const byId = (a: Entry, b: Entry): number => (a.instanceId < b.instanceId ? -1 : 1)

function rowOf({ directory, node, nowMs }: BrowseParts, entry: Entry): InstanceRow {
  const { group, lease, heardAtMs } = entry
  const { environment, appId, serviceName, version } = group.key
  const { cluster, holder, stale } = directory.originOf(entry)
  const known = heardAtMs >= 0 && (entry.heard || holder === node)
  const leaseMs = lease?.leaseMs ?? 0
  return {
    serviceId: group.id,
    environment,
    appId,
    serviceName,
    version,
    cluster,
    local: entry.local,
    holder: directory.nodes.get(holder)?.record.name ?? holder,
    stale,
    leaseMs,
    leaseLeftMs: known ? Math.max(0, Math.round(heardAtMs + leaseMs - nowMs)) : undefined,
    instance: entry.read(),
  }
}
