import type { CatalogPort, InstanceEvent } from '../../../center/ports.ts'
import type { ServiceKey } from '../../../core/model.ts'
import { combineRevisions } from '../../../core/queries/revision.ts'
import type { View } from '../../../core/view.ts'

/** All versions of a service: what a find answers, and what its revision stands for. */
type Group = Omit<ServiceKey, 'version'>

interface Entry {
  readonly event: InstanceEvent
  /** Of the group after the event. */
  readonly revision: string
}

const isSame = (a: Group, b: Group): boolean =>
  a.serviceName === b.serviceName &&
  a.appId === b.appId &&
  a.environment === b.environment &&
  a.project === b.project &&
  a.domain === b.domain

export const revisionOf = (view: View, group: Group): string => {
  const { environment, appId, serviceName } = group
  const versions = view.named(group, environment, appId, serviceName, { noAlias: true })
  return combineRevisions(versions.map(service => service.revision()))
}

/** The latest events, so that a watcher that was away can be told what it missed, removals included. */
export class WatchHistory {
  readonly #entries: Entry[] = []
  readonly #limit: number
  readonly #stop: () => void

  constructor(catalog: CatalogPort, limit: number) {
    this.#limit = limit
    this.#stop = catalog.watch('*', event => this.#keep(catalog, event))
  }

  #keep(catalog: CatalogPort, event: InstanceEvent): void {
    const revision = catalog.read(view => revisionOf(view, event.key))
    this.#entries.push({ event, revision })
    // Dropped in blocks: shifting the whole list for each event would cost more than keeping a few more.
    if (this.#entries.length > 2 * this.#limit) this.#entries.splice(0, this.#limit)
  }

  /** What has happened to a group since it had one of these revisions. Undefined when that was too long ago to say. */
  since(group: Group, revisions: ReadonlySet<string>): readonly InstanceEvent[] | undefined {
    const last = this.#entries.findLastIndex(
      ({ event, revision }) => isSame(event.key, group) && revisions.has(revision),
    )
    if (last < 0) return undefined
    const later = this.#entries.slice(last + 1).map(({ event }) => event)
    return later.filter(event => isSame(event.key, group))
  }

  close(): void {
    this.#stop()
  }
}
