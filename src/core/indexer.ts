import type { Catalog, Version } from './catalog.ts'
import { isDot, later } from './catalog.ts'
import type { Directory, KnownNode } from './directory.ts'
import { Entry, makeFace, type Overlays } from './entry.ts'
import type { Child, Group } from './group.ts'
import { Interner } from './interner.ts'
import { type ParsedKey, parseKey } from './keys.ts'
import type { ClusterId, NodeId, Sid } from './model.ts'
import {
  type LeaseRecord,
  readDependency,
  readInstance,
  readLease,
  readNode,
  readProperties,
  readSchema,
  readService,
  readStatus,
  readTag,
} from './records.ts'
import type { Digests } from './transaction.ts'
import type { Packed } from './wire.ts'

/** Keeps the directory in step with the records: told which key has changed, it derives anew what readers see of it. */
export class Indexer {
  readonly #catalog: Catalog
  readonly #directory: Directory
  readonly #digests: Digests
  readonly #interner = new Interner()

  constructor(catalog: Catalog, directory: Directory, digests: Digests) {
    this.#catalog = catalog
    this.#directory = directory
    this.#digests = digests
  }

  update(key: string): void {
    const parsed = parseKey(key)
    if (parsed === undefined) return
    switch (parsed.kind) {
      case 'service':
        return this.#updateService(key, parsed)
      case 'instance':
      case 'status':
      case 'properties':
      case 'lease':
        return this.#updateInstance(key, parsed)
      case 'schema':
      case 'tag':
      case 'dependency':
        return this.#updateChild(key, parsed)
      case 'node':
        return this.#updateNode(key, parsed)
      case 'document':
        return this.#directory.documents.update(key, parsed)
      case 'content':
        return
    }
  }

  #updateService(key: string, { cluster, a }: ParsedKey): void {
    const group = this.#directory.group(a as Sid)
    this.#directory.touchAll(group)
    this.#directory.names.remove(group)
    const wasLocal = group.local
    const versions = this.#catalog.versions(key)
    const winner = this.#catalog.winner(key)
    const record = winner === undefined ? undefined : readService(winner.value)
    if (winner === undefined || record === undefined) {
      group.registrations.delete(cluster)
    } else {
      const generations = versions.flatMap(version => readService(version.value)?.generations ?? [])
      group.registrations.set(cluster, { version: winner, record, generations })
      group.key = record.key
    }
    group.generations.clear()
    for (const each of group.registrations.values()) for (const g of each.generations) group.generations.add(g)
    this.#directory.names.add(group)
    if (group.local !== wasLocal) this.#directory.counts.addServices(group.key, group.local ? 1 : -1)
    for (const head of group.entries.values())
      for (let e: Entry | undefined = head; e; e = e.next) this.#directory.evaluate(e)
    this.#dropIfEmpty(group)
  }

  #updateInstance(key: string, { cluster, a, b, kind }: ParsedKey): void {
    const group = this.#directory.group(a as Sid)
    this.#directory.touch(group, b)
    const entry = this.#directory.entry(group.sid, cluster, b) ?? this.#addEntry(group, cluster, b)
    if (kind === 'lease') this.#updateLease(entry, key)
    else this.#updateFace(entry, kind, this.#catalog.winner(key))
    this.#directory.evaluate(entry)
    if (entry.face === undefined && entry.lease === undefined && entry.laid === undefined) this.#removeEntry(entry)
  }

  #updateLease(entry: Entry, key: string): void {
    const before = entry.lease
    let best: LeaseRecord | undefined
    for (const version of this.#catalog.versions(key)) {
      const lease = readLease(version.value, this.#interner)
      if (lease !== undefined && (best === undefined || compareLeases(lease, best) > 0)) best = lease
    }
    entry.lease = best
    this.#directory.leases?.leaseChanged(entry, before)
  }

  /** `changed`: the version that readers now see of one of the records an instance is made of. */
  #updateFace(entry: Entry, kind: ParsedKey['kind'], changed: Version | undefined): void {
    if (kind === 'status') entry.laid = laidOver(entry, { status: changed })
    if (kind === 'properties') entry.laid = laidOver(entry, { properties: changed })
    const registration = kind === 'instance' ? changed : entry.face?.registration
    const record = registration === undefined ? undefined : readInstance(registration.value)
    if (registration === undefined || record === undefined) {
      entry.face = undefined
      return
    }
    entry.parents = this.#interner.all(record.parents)
    const overlay = <T extends { parents: readonly string[] }>(
      version: Version | undefined,
      read: (packed: Packed) => T | undefined,
    ) => {
      const laid = version === undefined ? undefined : read(version.value)
      return laid?.parents.some(parent => record.generations.includes(parent)) === true ? laid : undefined
    }
    entry.face = makeFace(this.#digests, record.instance, {
      registration,
      status: overlay(entry.laid?.status, readStatus),
      properties: overlay(entry.laid?.properties, readProperties),
    })
  }

  #addEntry(group: Group, cluster: ClusterId, instanceId: string): Entry {
    const entry = new Entry(group, cluster, instanceId)
    entry.next = group.entries.get(instanceId)
    group.entries.set(instanceId, entry)
    return entry
  }

  #removeEntry(entry: Entry): void {
    const { entries } = entry.group
    const head = entries.get(entry.instanceId)
    if (head === entry) {
      if (entry.next === undefined) entries.delete(entry.instanceId)
      else entries.set(entry.instanceId, entry.next)
    } else {
      for (let each = head; each !== undefined; each = each.next) if (each.next === entry) each.next = entry.next
    }
    this.#dropIfEmpty(entry.group)
  }

  #updateChild(key: string, parsed: ParsedKey): void {
    const group = this.#directory.group(parsed.a as Sid)
    this.#directory.names.removeConsumer(group)
    const winner = this.#catalog.winner(key)
    const child = winner === undefined ? undefined : readChild(parsed, winner)
    if (child === undefined) group.children.delete(key)
    else group.children.set(key, child)
    this.#directory.names.addConsumer(group)
    this.#dropIfEmpty(group)
  }

  #updateNode(key: string, { cluster, a }: ParsedKey): void {
    const { nodes, nodeRecords } = this.#directory
    const node = a as NodeId
    const version = this.#catalog.winner(key)
    const record = version === undefined ? undefined : readNode(version.value)
    const records = nodeRecords.get(node) ?? new Map<ClusterId, KnownNode & { readonly version: Version }>()
    if (version === undefined || record === undefined) records.delete(cluster)
    else records.set(cluster, { clusterId: cluster, record, version })
    if (records.size === 0) {
      nodes.delete(node)
      nodeRecords.delete(node)
      return
    }
    nodes.set(
      node,
      [...records.values()].reduce((a, b) => (later(a.version, b.version) === a.version ? a : b)),
    )
    nodeRecords.set(node, records)
  }

  #dropIfEmpty(group: Group): void {
    if (group.registrations.size > 0 || group.entries.size > 0 || group.children.size > 0) return
    this.#directory.names.remove(group)
    this.#directory.groups.delete(group.sid)
    if (group.keyKnown) this.#directory.former.note(group.sid, group.key)
  }
}

const laidOver = ({ laid }: Entry, changed: Partial<Overlays>): Overlays | undefined => {
  const both = { status: laid?.status, properties: laid?.properties, ...changed }
  return both.status === undefined && both.properties === undefined ? undefined : both
}

const readChild = ({ cluster, kind, b }: ParsedKey, { value }: Version): Child | undefined => {
  if (kind === 'schema') return ifRead(readSchema(value), record => ({ kind, cluster, id: b, record }))
  if (kind === 'tag') return ifRead(readTag(value), record => ({ kind, cluster, id: b, record }))
  if (kind === 'dependency') return ifRead(readDependency(value), record => ({ kind, cluster, id: b, record }))
  return undefined
}

const ifRead = <T, R>(value: T | undefined, make: (value: T) => R): R | undefined =>
  value === undefined ? undefined : make(value)

/** By the registration it names, then version, then holder; ended above open. */
export const compareLeases = (a: LeaseRecord, b: LeaseRecord): number => {
  if (!isDot(a, b))
    return a.ms - b.ms || a.count - b.count || (a.epoch === b.epoch ? a.seq - b.seq : a.epoch > b.epoch ? 1 : -1)
  return (
    a.version - b.version || (a.holder === b.holder ? Number(b.open) - Number(a.open) : a.holder > b.holder ? 1 : -1)
  )
}
