import type { Catalog } from '../core/catalog.ts'
import type { Directory } from '../core/directory.ts'
import { parseKey } from '../core/keys.ts'
import type { NodeId, Sid } from '../core/model.ts'
import { readService } from '../core/records.ts'
import type { RefusedRecord } from '../core/why/facts.ts'
import type { Write } from '../core/wire.ts'

/** Refused records that are remembered; the oldest is forgotten first. A key is at most 1,200 characters. */
const REFUSED_MAX = 256

/** Records that this node did not take, with the reason: they are not covered, so peers offer them again (invariant 20). */
export class RefusedRecords {
  readonly #catalog: Catalog
  readonly #directory: Directory
  readonly #records = new Map<string, RefusedRecord>()

  constructor(catalog: Catalog, directory: Directory) {
    this.#catalog = catalog
    this.#directory = directory
  }

  /** True when it is news. */
  note({ key, epoch, seq, value }: Write, reason: string, wallMs: number): boolean {
    const name = `${epoch}${seq}`
    const known = this.#records.get(name)
    if (known === undefined && this.#records.size >= REFUSED_MAX) {
      const oldest = this.#records.keys().next().value
      if (oldest !== undefined) this.#records.delete(oldest)
    }
    const serviceName = known?.serviceName ?? this.#serviceNameOf(key, value)
    const atMs = known?.atMs ?? wallMs
    this.#records.set(name, { key, epoch, seq, reason, serviceName, atMs, times: (known?.times ?? 0) + 1 })
    return known === undefined
  }

  /** Those that have not been taken, or replaced, since. */
  list(): readonly RefusedRecord[] {
    for (const [name, { epoch, seq }] of this.#records)
      if (this.#catalog.context.covers(epoch, seq)) this.#records.delete(name)
    return [...this.#records.values()]
  }

  /** How many of them a node's present start wrote. */
  countOf(node: NodeId): number {
    const epoch = this.#directory.nodes.get(node)?.record.epoch
    return this.list().filter(each => each.epoch === epoch).length
  }

  #serviceNameOf(key: string, value: Write['value']): string | undefined {
    const parsed = parseKey(key)
    if (parsed === undefined) return undefined
    const group = this.#directory.groups.get(parsed.a as Sid)
    if (group?.keyKnown === true) return group.key.serviceName
    return parsed.kind === 'service' && value !== undefined ? readService(value)?.key.serviceName : undefined
  }
}
