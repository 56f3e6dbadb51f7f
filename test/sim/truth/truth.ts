import type { SimNode } from '../world/node.ts'
import type { Item } from './items.ts'

export interface Heard {
  readonly atMs: number
  readonly node: SimNode
}

/** One registration of one instance: its host name says which. */
export interface Life {
  readonly token: string
  readonly instanceId: string
  readonly service: string
  /** Index of the cluster in which it was registered. */
  readonly cluster: number
  readonly leaseMs: number
  readonly intervalMs: number
  /** True time at which the command ran at a node, and where. */
  readonly bornAtMs: number
  readonly bornAt: SimNode
  /** The client knows that it is registered, and where it was told so. */
  acknowledgedAtMs: number | undefined
  /** When nodes heard it, oldest first; registering counts. Only what is younger than three leases. */
  heard: Heard[]
  /** The last time any node may have heard it, or an instance of its id. */
  maybeHeardAtMs: number
  /** Its client has replaced it by another registration of the same id. */
  replacedAtMs: number | undefined
  /** An unregistration or the deletion of its service ended it by name, at that node. */
  end: Heard | undefined
  /** Its process heartbeats and wants to be seen. */
  wanted: boolean
  /** Part of a crowd that self-preservation may keep. */
  readonly gang: boolean
}

/** What clients did, as an omniscient observer saw it: which registration lived when, and who had heard of it. */
export class Truth {
  readonly lives = new Map<string, Life>()
  readonly items: Item[] = []
  /** Generations of accounts whose deletion was acknowledged, and where. */
  accountsEnded: readonly (Heard & { readonly document: string })[] = []
  readonly #ofInstance = new Map<string, Life[]>()
  #tokens = 0

  nextToken(): string {
    this.#tokens += 1
    return `t${this.#tokens}`
  }

  /** A node has carried out a registration, whether or not its client will know. */
  born(life: Life): void {
    this.lives.set(life.token, life)
    this.#ofInstance.set(life.instanceId, [...this.ofInstance(life.instanceId), life])
  }

  /** The client knows that it is registered: earlier registrations of the same instance are over. */
  acknowledged(life: Life, atMs: number): void {
    life.acknowledgedAtMs = atMs
    for (const other of this.ofInstance(life.instanceId)) {
      const same = other.cluster === life.cluster && other.service === life.service
      if (other !== life && same && other.bornAtMs <= life.bornAtMs) other.replacedAtMs ??= life.bornAtMs
    }
  }

  ofInstance(instanceId: string): readonly Life[] {
    return this.#ofInstance.get(instanceId) ?? []
  }

  /** A node answered a heartbeat of `life`'s client. */
  heard(life: Life, atMs: number, node: SimNode): void {
    life.heard.push({ atMs, node })
    while ((life.heard[0]?.atMs ?? atMs) < atMs - 3 * life.leaseMs) life.heard.shift()
    for (const each of this.ofInstance(life.instanceId)) each.maybeHeardAtMs = atMs
  }
}
