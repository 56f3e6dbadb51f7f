import { setImmediate } from 'node:timers/promises'
import type { CatalogPort } from '../../center/ports.ts'
import type { ClusterId, ServiceKey } from '../../core/model.ts'
import type { Transaction } from '../../core/transaction.ts'
import type { InstanceView, ServiceView, View } from '../../core/view.ts'
import type { SourceLog } from '../source.ts'

/** Writes in one step: about four milliseconds. */
const STEP_MAX = 25
/** A holder that was not heard for this long is replaced. */
const SILENT_MS = 10_000

export interface MirrorParts {
  readonly catalog: CatalogPort
  /** The cluster that this node stands in for. */
  readonly cluster: ClusterId
  readonly log: SourceLog
}

type Write = (tx: Transaction) => void

/** The registrations of a cluster that this node stands in for: what is there, and writing it. */
export class Mirror {
  readonly #parts: MirrorParts
  #waiting: Write[] = []

  constructor(parts: MirrorParts) {
    this.#parts = parts
  }

  get cluster(): ClusterId {
    return this.#parts.cluster
  }

  read<R>(query: (view: View) => R): R {
    return this.#parts.catalog.read(query)
  }

  /** Joins a step that is written when it is full, or flushed. */
  write(write: Write): void {
    this.#waiting.push(write)
    if (this.#waiting.length >= STEP_MAX) this.flush()
  }

  flush(): void {
    const writes = this.#waiting
    this.#waiting = []
    if (writes.length === 0) return
    this.#execute(tx => {
      for (const write of writes) write(tx)
    })
  }

  /** Services that the cluster has registered. */
  services(): readonly ServiceView[] {
    return this.read(view =>
      view.scopes().flatMap(scope => view.services(scope).filter(each => each.clusters.includes(this.cluster))),
    )
  }

  /** Instances that readers see as this cluster's. */
  instancesOf(service: ServiceView): readonly InstanceView[] {
    return service.instances().filter(each => each.clusterId === this.cluster)
  }

  removeService(key: ServiceKey): void {
    this.write(tx => {
      const service = tx.view.byKey(key)
      if (service !== undefined) tx.removeService(service)
    })
  }

  removeInstance(key: ServiceKey, instanceId: string): void {
    this.write(tx => {
      const instance = tx.view.byKey(key)?.instance(instanceId)
      if (instance?.clusterId === this.cluster) tx.removeInstance(instance)
    })
  }

  /** Ends everything, after this the cluster has registered nothing. */
  clear(): void {
    for (const { key } of this.services()) this.removeService(key)
    this.flush()
  }

  /** Keeps alive what this node holds, and takes over from holders that are gone when `takesOver`. */
  async hear(services: readonly ServiceView[], takesOver: boolean): Promise<void> {
    const { node: self, nodes } = this.#parts.catalog.status()
    const heard = new Set(
      nodes.filter(each => each.silentMs !== undefined && each.silentMs < SILENT_MS).map(each => each.node),
    )
    const hear = (tx: Transaction, instance: InstanceView): void => {
      const { holder } = instance.origin()
      if (holder === self) tx.heartbeat(instance)
      else if (takesOver && !heard.has(holder)) tx.putInstance(instance.service, instance.registered())
    }
    for (const { key } of services) {
      this.#execute(tx => {
        const service = tx.view.byKey(key)
        for (const each of service === undefined ? [] : this.instancesOf(service)) hear(tx, each)
      })
      await setImmediate()
    }
  }

  #execute(write: Write): void {
    const { catalog, cluster, log } = this.#parts
    catalog.execute(write, { cluster }).catch((error: Error) => {
      log.warn({ clusterId: cluster, error: error.message }, 'what an older service center has was not registered')
    })
  }
}
