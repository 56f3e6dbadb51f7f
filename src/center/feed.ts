import type { CatalogView } from '../core/catalog-view.ts'
import type { Before, Change } from '../core/changes.ts'
import { type Face, readFace } from '../core/entry.ts'
import type { Group } from '../core/group.ts'
import type { ClusterId, Instance, ServiceKey, Sid } from '../core/model.ts'
import type { Action, InstanceEvent } from './ports.ts'

type Listener = (event: InstanceEvent) => void

/** Hands events to the watchers they concern: consumers of the service, and those that watch everything. */
export class Feed {
  readonly #view: CatalogView
  readonly #listeners = new Map<Sid | '*', Set<Listener>>()

  constructor(view: CatalogView) {
    this.#view = view
  }

  watch(consumer: Sid | '*', listener: Listener): () => void {
    const listeners = this.#listeners.get(consumer) ?? new Set<Listener>()
    this.#listeners.set(consumer, listeners.add(listener))
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.#listeners.delete(consumer)
    }
  }

  emit(changes: readonly Change[]): void {
    if (this.#listeners.size === 0) return
    for (const change of changes) {
      const listeners = this.#concerned(change)
      if (listeners.length === 0) continue
      const event = toEvent(change)
      if (event === undefined) continue
      for (const listener of listeners) listener(event)
    }
  }

  #concerned({ group }: Change): Listener[] {
    const concerned = [...(this.#listeners.get('*') ?? [])]
    if (this.#listeners.size === (concerned.length > 0 ? 1 : 0) || !group.keyKnown) return concerned
    for (const consumer of this.#view.consumersOf(group.key)) {
      for (const listener of this.#listeners.get(consumer.sid) ?? []) concerned.push(listener)
    }
    return concerned
  }
}

const actionOf = (before: Before, after: Before): Action =>
  before === undefined ? 'CREATE' : after === undefined ? 'DELETE' : 'UPDATE'

const toEvent = ({ group, before, after }: Change): InstanceEvent | undefined => {
  const shown = after ?? before
  return shown === undefined || !group.keyKnown ? undefined : new ShownEvent(group, actionOf(before, after), shown)
}

class ShownEvent implements InstanceEvent {
  readonly action: Action
  readonly sid: Sid
  readonly serviceId: string
  readonly key: ServiceKey
  readonly alias: string
  readonly clusterId: ClusterId
  readonly #face: Face
  readonly #local: boolean
  #instance: Instance | undefined

  constructor({ sid, id, key, alias, directory }: Group, action: Action, { face, clusterId }: NonNullable<Before>) {
    this.action = action
    this.sid = sid
    this.serviceId = id
    this.key = key
    this.alias = alias
    this.clusterId = clusterId
    this.#face = face
    this.#local = clusterId === directory.cluster
  }

  /** Decoded for those who look: most events are only kept for watchers that never come back. */
  get instance(): Instance {
    this.#instance ??= readFace(this.#face, this.#local)
    return this.#instance
  }
}
