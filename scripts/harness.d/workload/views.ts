/** What one viewer sees of its services; only changes are written down. */
import type { ClientEvent } from '../events.ts'

interface Seen {
  readonly node: string
  readonly ids: ReadonlyMap<string, number>
  readonly sentMs: number
  readonly answeredMs: number
  /** The longest from a read's sending to the next one's answer, of those that were not written down. */
  readonly spacingMs: number
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
    else this.#seen.set(service, { ...before, sentMs, answeredMs, spacingMs: spacingOf(before, answeredMs) })
  }

  /** A read answered these. */
  changed(service: string, { node, sentMs, answeredMs }: Read, ids: ReadonlyMap<string, number>): void {
    const before = this.#seen.get(service)
    // At another node everything is told: what it shows is a statement of its own.
    const old = before?.node === node ? before.ids : new Map<string, number>()
    const add = Object.fromEntries([...ids].filter(([id, version]) => old.get(id) !== version))
    const del = [...old.keys()].filter(id => !ids.has(id))
    const spacingMs = before?.node === node ? spacingOf(before, answeredMs) : 0
    const isSame = before?.node === node && Object.keys(add).length === 0 && del.length === 0
    this.#seen.set(service, { node, ids, sentMs, answeredMs, spacingMs: isSame ? spacingMs : 0 })
    if (isSame) return
    if (before !== undefined && before.node !== node) this.#log(this.#last(service, before))
    const p = before?.node === node ? before.sentMs : null
    const read = { n: node, svc: service, p, g: spacingMs, s: sentMs, a: answeredMs }
    this.#log({ k: 'view', w: this.#viewer, ...read, add, del })
  }

  /** Writes down until when everything is known. */
  close(): void {
    for (const event of this.lasts()) this.#log(event)
  }

  lasts(): readonly ClientEvent[] {
    return [...this.#seen].map(([service, seen]) => this.#last(service, seen))
  }

  #last(service: string, { node, sentMs, answeredMs, spacingMs }: Seen): ClientEvent {
    return { k: 'last', w: this.#viewer, n: node, svc: service, g: spacingMs, s: sentMs, a: answeredMs }
  }
}

const spacingOf = (before: Seen, answeredMs: number): number => Math.max(before.spacingMs, answeredMs - before.sentMs)

export const idsOf = (instances: readonly InstanceBody[] = []): ReadonlyMap<string, number> =>
  new Map(instances.map(({ instanceId, properties }) => [instanceId, Number(properties?.v ?? 0)]))
