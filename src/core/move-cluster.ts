import type { Catalog } from './catalog.ts'
import type { Directory } from './directory.ts'
import type { Entry } from './entry.ts'
import type { Group } from './group.ts'
import { instanceKey, leaseKey, nodeKey, parseKey, propertiesKey, serviceKey, statusKey } from './keys.ts'
import type { ClusterId, NodeId } from './model.ts'
import { type LeaseRecord, leaseFields } from './records.ts'
import { compareStamps } from './stamp.ts'
import { isRecord, unpackValue } from './wire.ts'
import type { Writer } from './writer.ts'

export interface MoveParts {
  readonly node: NodeId
  readonly directory: Directory
  readonly writer: Writer
}

/**
 * Two cluster ids met between siblings and this node's was the higher: what it holds is written anew under the other, with
 * the same generations, so that readers see no gap, and the same stamps: a node that was cut off moves later than others, and
 * what clients have written under the new id meanwhile is seen before what it brings. Services and what belongs to them are
 * written by every node that moves: the same key twice is one service. The old registration goes once nobody's instances
 * need it.
 */
export const moveCluster = (parts: MoveParts, catalog: Catalog, to: ClusterId): void => {
  const { directory, writer, node } = parts
  const from = directory.cluster
  directory.setCluster(to)
  writer.end(nodeKey(from, node))
  for (const group of [...directory.groups.values()]) moveGroup(parts, catalog, group, from, to)
  for (const key of [...catalog.keys()]) {
    if (!key.startsWith(`${from}/document/`) && !key.startsWith(`${from}/content/`)) continue
    copy(parts, catalog, key, to + key.slice(from.length))
    writer.end(key)
  }
}

const moveGroup = (parts: MoveParts, catalog: Catalog, group: Group, from: ClusterId, to: ClusterId): void => {
  const { writer, node } = parts
  const old = serviceKey(from, group.sid)
  if (!group.registrations.has(from)) return
  if (group.registrations.has(to)) joinGenerations(parts, group, from, to)
  else copy(parts, catalog, old, serviceKey(to, group.sid))
  for (const key of [...group.children.keys()]) {
    if (parseKey(key)?.cluster !== from) continue
    copy(parts, catalog, key, to + key.slice(from.length))
    writer.end(key)
  }
  for (const entry of group.entriesOf(from)) if (entry.lease?.holder === node) moveEntry(parts, catalog, entry, to)
  if (group.entriesOf(from).length === 0) writer.end(old)
}

/**
 * The service stands under both ids: the later description stays, and its registration carries the generations that the
 * moved children name.
 */
const joinGenerations = ({ writer }: MoveParts, group: Group, from: ClusterId, to: ClusterId): void => {
  const registrations = [from, to].flatMap(cluster => group.registrations.get(cluster) ?? [])
  const [{ version } = {}] = registrations.toSorted((a, b) => compareStamps(b.version, a.version))
  const fields = version === undefined ? undefined : unpackValue(version.value)
  if (version === undefined || !isRecord(fields)) return
  const generations = [...new Set(registrations.flatMap(each => each.generations))]
  writer.putAsOf(version, serviceKey(to, group.sid), { ...fields, generations })
}

const moveEntry = (parts: MoveParts, catalog: Catalog, entry: Entry, to: ClusterId): void => {
  const { writer, directory, node } = parts
  const { clusterId: from, group, instanceId, face, lease, heardAtMs, heard } = entry
  // What has lapsed is not begun anew: under the new id nobody knows it, and nobody can contest its end.
  const lives = lease?.open === true && face !== undefined
  if (lives) writer.restate(instanceKey(to, group.sid, instanceId), face.registration)
  for (const make of [statusKey, propertiesKey]) {
    if (lives) copy(parts, catalog, make(from, group.sid, instanceId), make(to, group.sid, instanceId))
  }
  for (const make of [statusKey, propertiesKey, instanceKey, leaseKey]) writer.end(make(from, group.sid, instanceId))
  const moved = directory.entry(group.sid, to, instanceId)
  // Its client may have registered it again under the new id, elsewhere: that registration has a lease of its own.
  if (moved?.face === undefined || !lives || compareStamps(moved.face.registration, face.registration) !== 0) return
  moved.heardAtMs = heardAtMs
  moved.heard = heard
  const { epoch, seq, ms, count } = moved.face.registration
  const version = (moved.lease?.version ?? 0) + 1
  const record: LeaseRecord = { ...lease, epoch, seq, ms, count, version, holder: node }
  writer.put(leaseKey(to, group.sid, instanceId), leaseFields(record))
}

const copy = ({ writer }: MoveParts, catalog: Catalog, from: string, to: string): void => {
  const version = catalog.winner(from)
  if (version !== undefined) writer.restate(to, version)
}
