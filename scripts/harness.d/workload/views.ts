/** What one viewer sees of its services; only changes are written down. */
import type { ClientEvent } from '../events.ts'

interface Seen {
  readonly node: string
  readonly ids: ReadonlyMap<string, number>
  readonly sentMs: number
  readonly answeredMs: number
}

export interface Read {
  readonly node: string
  readonly sentMs: number
  readonly answeredMs: number
}

/** Of an instance as the API shows it. */
export interface InstanceBody {
  readonly instanceId: string
  readonly properties?: { readonly v?: string }
}

export class Views {
  readonly #viewer: string
  readonly #log: (event: ClientEvent) => void
  readonly #seen = new Map<string, Seen>()

  constructor(viewer: string, log: (event: ClientEvent) => void) {
    this.#viewer = viewer
    this.#log = log
  }

  /** Ids that it sees of a service. */
  of(service: string): ReadonlyMap<string, number> {
    return this.#seen.get(service)?.ids ?? new Map()
  }

  /** A read answered that nothing has changed. */
  same(service: string, { node, sentMs, answeredMs }: Read): void {
    const before = this.#seen.get(service)
    if (before === undefined) return
    if (before.node !== node) this.changed(service, { node, sentMs, answeredMs }, before.ids)
    else this.#seen.set(service, { ...before, sentMs, answeredMs })
  }

  /** A read answered these. */
  changed(service: string, { node, sentMs, answeredMs }: Read, ids: ReadonlyMap<string, number>): void {
    const before = this.#seen.get(service)
    // At another node everything is told: what it shows is a statement of its own.
    const old = before?.node === node ? before.ids : new Map<string, number>()
    const add = Object.fromEntries([...ids].filter(([id, version]) => old.get(id) !== version))
    const del = [...old.keys()].filter(id => !ids.has(id))
    this.#seen.set(service, { node, ids, sentMs, answeredMs })
    if (before?.node === node && Object.keys(add).length === 0 && del.length === 0) return
    if (before !== undefined && before.node !== node) this.#log(this.#last(service, before))
    const p = before?.node === node ? before.sentMs : null
    this.#log({ k: 'view', w: this.#viewer, n: node, svc: service, p, s: sentMs, a: answeredMs, add, del })
  }

  /** Writes down until when everything is known. */
  close(): void {
    for (const event of this.lasts()) this.#log(event)
  }

  lasts(): readonly ClientEvent[] {
    return [...this.#seen].map(([service, seen]) => this.#last(service, seen))
  }

  #last(service: string, { node, sentMs, answeredMs }: Seen): ClientEvent {
    return { k: 'last', w: this.#viewer, n: node, svc: service, s: sentMs, a: answeredMs }
  }
}

export const idsOf = (instances: readonly InstanceBody[] = []): ReadonlyMap<string, number> =>
  new Map(instances.map(({ instanceId, properties }) => [instanceId, Number(properties?.v ?? 0)]))
