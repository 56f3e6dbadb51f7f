import type { EventKind, PastEvent } from '../core/why/facts.ts'

/** Events kept: an hour of a busy day for people to read; what came before is in the log of the process. */
export const EVENTS_MAX = 2_000

export interface EventQuery {
  /** Only those after this one; 0: from the oldest kept. */
  readonly after: number
  readonly limit: number
  /** Name of a microservice. */
  readonly service?: string | undefined
  readonly kinds?: ReadonlySet<EventKind> | undefined
}

export interface EventPage {
  readonly events: readonly PastEvent[]
  /** To ask for what follows. */
  readonly last: number
  /** Events between `after` and the first one kept are gone. */
  readonly missed: boolean
}

/** The latest events of this node, oldest first, in a ring. */
export class History {
  readonly #events: PastEvent[] = []
  readonly #listeners = new Set<() => void>()
  #next = 0
  #seq = 0

  add(event: Omit<PastEvent, 'seq'>): void {
    this.#seq += 1
    // Field by field: it happens at every registration, and a spread costs several times as much.
    const { atMs, kind, cluster, key, instanceId, node, detail } = event
    this.#events[this.#next] = { seq: this.#seq, atMs, kind, cluster, key, instanceId, node, detail }
    this.#next = (this.#next + 1) % EVENTS_MAX
    for (const listener of this.#listeners) listener()
  }

  /** Oldest first. */
  all(): readonly PastEvent[] {
    return [...this.#events.slice(this.#next), ...this.#events.slice(0, this.#next)]
  }

  read({ after, limit, service, kinds }: EventQuery): EventPage {
    const kept = this.all()
    const events: PastEvent[] = []
    let last = Math.max(after, this.#seq)
    for (const event of kept) {
      if (event.seq <= after) continue
      if (service !== undefined && event.key?.serviceName !== service) continue
      if (kinds !== undefined && !kinds.has(event.kind)) continue
      if (events.length >= limit) {
        last = events.at(-1)?.seq ?? after
        break
      }
      events.push(event)
    }
    const oldest = kept[0]?.seq ?? 1
    // A cursor from before a restart points beyond what there is: then everything is news.
    if (after > this.#seq) return this.read({ after: 0, limit, service, kinds })
    return { events, last, missed: after > 0 && after < oldest - 1 }
  }

  /** Called after each event. The answer stops it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
