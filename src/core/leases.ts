import type { Catalog, Version } from './catalog.ts'
import type { Directory } from './directory.ts'
import type { Entry } from './entry.ts'
import { Interner } from './interner.ts'
import { instanceKey, leaseKey, nodeKey, propertiesKey, statusKey } from './keys.ts'
import type { NodeId } from './model.ts'
import { type FirstLease, type LeaseRecord, leaseFields, openedBy, readLease } from './records.ts'
import type { Writer } from './writer.ts'

export interface LeasesParts {
  readonly node: NodeId
  readonly catalog: Catalog
  readonly directory: Directory
  readonly writer: Writer
}

export interface LeaseTerms {
  readonly leaseMs: number
  readonly intervalMs: number
}

/** Writes lease records: one per instance, each naming the registration it is for (replication.md, "Leases"). */
export class Leases {
  readonly #parts: LeasesParts
  readonly #interner = new Interner()

  constructor(parts: LeasesParts) {
    this.#parts = parts
  }

  /** Makes this node the holder with a registration that it writes, at the next version. */
  first(entry: Entry | undefined, { leaseMs, intervalMs }: LeaseTerms): FirstLease {
    return { version: (entry?.lease?.version ?? 0) + 1, holder: this.#parts.node, leaseMs, intervalMs }
  }

  /** Behind the end of the registration, or the new one, that it is no longer for. */
  removeRecord({ clusterId, group, instanceId }: Entry): void {
    const key = leaseKey(clusterId, group.sid, instanceId)
    this.#parts.writer.end(key, this.#ownOf(key))
  }

  /** Makes this node the holder at the next version: it hears an instance that another one holds. */
  takeOver(entry: Entry): void {
    if (entry.face === undefined || entry.lease === undefined) return
    this.#write(entry, openedBy(entry.face.registration, this.first(entry, entry.lease)))
  }

  /** Ends a lease that lapsed here. The registration stays, hidden, until nobody can contest the end. */
  end(entry: Entry, wallMs: number): void {
    if (entry.lease !== undefined) this.#write(entry, { ...entry.lease, open: false, endedMs: wallMs })
  }

  /** Ends the lease of a holder that is gone: at the next version, never having opened it. */
  endOrphan(entry: Entry, wallMs: number): void {
    const { lease } = entry
    if (lease === undefined) return
    const holder = this.#parts.node
    this.#write(entry, { ...lease, version: lease.version + 1, holder, open: false, endedMs: wallMs })
  }

  /** Ends everything that is known of an instance. */
  remove(entry: Entry): void {
    const { clusterId, group, instanceId } = entry
    this.removeOverlays(entry)
    this.#parts.writer.end(instanceKey(clusterId, group.sid, instanceId))
    this.removeRecord(entry)
  }

  /** Status and properties of an earlier life. */
  removeOverlays({ clusterId, group, instanceId }: Entry): void {
    this.#parts.writer.end(statusKey(clusterId, group.sid, instanceId))
    this.#parts.writer.end(propertiesKey(clusterId, group.sid, instanceId))
  }

  /** Takes away the record of a node of the own cluster that will not come back. */
  removeNode(node: NodeId): void {
    this.#parts.writer.end(nodeKey(this.#parts.directory.cluster, node))
  }

  #write({ clusterId, group, instanceId }: Entry, lease: LeaseRecord): void {
    const key = leaseKey(clusterId, group.sid, instanceId)
    this.#parts.writer.put(key, leaseFields(lease), { lease }, this.#ownOf(key))
  }

  /**
   * What a lease record is replaced by, or ended with: not those for a registration that has not come here yet. It is another
   * one than this node writes for, and lives on.
   */
  #ownOf(key: string): readonly Version[] {
    const { catalog } = this.#parts
    return catalog.versions(key).filter(({ value }) => {
      const lease = readLease(value, this.#interner)
      return lease === undefined || catalog.context.covers(lease.epoch, lease.seq)
    })
  }
}
