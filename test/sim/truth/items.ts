import type { SimNode } from '../world/node.ts'

/** A write of one item by its only client. */
export interface ItemWrite {
  readonly token: string
  /** Values that the node held when it wrote: this one replaces them. */
  readonly held: readonly string[]
  readonly node: SimNode
  /** The cluster id under which it was written. */
  readonly clusterId: string | undefined
}

/** How to look at an item. */
export interface ItemEyes {
  /** What readers see of it at a node. */
  readonly shown: (node: SimNode) => string | undefined
  /** Whether a node shows at all what it is a part of. */
  readonly applies: (node: SimNode) => boolean
  /** All versions of it that a node holds. */
  readonly held: (node: SimNode) => readonly string[]
}

/** One thing of one cluster that one client changes: a tag, a schema, the properties of a service or of an instance. */
export class Item {
  readonly name: string
  readonly cluster: number
  readonly eyes: ItemEyes
  /** Values of which one must be shown, when there are any: acknowledged, and replaced by none that was. */
  readonly must = new Set<string>()
  /** Values that may be shown: nobody knows whether they were lost or replaced. */
  readonly maybe = new Set<string>()
  /** By value. */
  readonly writes = new Map<string, ItemWrite>()
  /** The last acknowledged write, and the one before it. */
  last: ItemWrite | undefined
  previous: ItemWrite | undefined
  lastAtMs = 0
  abandoned = false

  constructor(name: string, cluster: number, eyes: ItemEyes) {
    this.name = name
    this.cluster = cluster
    this.eyes = eyes
  }

  /** Its client does not care any more. */
  abandon(): void {
    this.must.clear()
    this.maybe.clear()
    this.abandoned = true
  }

  /** A node has it in memory; its client does not know yet, and may have given up on it long ago. */
  applied(write: ItemWrite): void {
    this.writes.set(write.token, write)
    this.maybe.add(write.token)
    for (const token of write.held) this.demote(token)
  }

  acknowledged(write: ItemWrite, atMs: number): void {
    this.#forget(write.held)
    this.maybe.delete(write.token)
    this.must.add(write.token)
    this.previous = this.last
    this.last = write
    this.lastAtMs = atMs
  }

  demote(token: string): void {
    if (this.must.delete(token)) this.maybe.add(token)
  }

  /** It may be lost: then what it replaced may be back. */
  lost(token: string): void {
    this.demote(token)
    for (const held of this.writes.get(token)?.held ?? []) {
      if (this.maybe.has(held)) continue
      this.maybe.add(held)
      this.lost(held)
    }
  }

  /** Deleted at a node that held these: they may come back when the node crashes now; what it did not hold may survive. */
  removed(held: readonly string[]): void {
    for (const token of [...held, ...this.must]) this.demote(token)
  }

  allows(shown: string | undefined): boolean {
    // Where a cluster has nothing of its own, readers may see another's.
    if (shown === undefined || !this.writes.has(shown)) return this.must.size === 0
    return this.must.has(shown) || this.maybe.has(shown)
  }

  #forget(tokens: readonly string[]): void {
    for (const token of tokens) {
      this.must.delete(token)
      this.maybe.delete(token)
    }
  }
}
