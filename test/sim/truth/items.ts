import type { SimNode } from '../world/node.ts'

/** One version of an item as a node holds it. */
export interface ItemVersion {
  /** Its dot: a cluster id that is given up gives what was written under it another. */
  readonly id: string
  /** What its client wrote; undefined: the record says nothing of it, like a registration without properties. */
  readonly token: string | undefined
  /** Generations that it carries. */
  readonly generations: readonly string[]
  /** Generations of what it belongs to: one of them must live. */
  readonly parents: readonly string[]
}

/** A write of one item by its only client. */
export interface ItemWrite {
  readonly made: ItemVersion
  /** What the node held when it wrote: this replaces it. */
  readonly held: readonly ItemVersion[]
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
  readonly held: (node: SimNode) => readonly ItemVersion[]
}

/** One thing of one cluster that one client changes: a tag, a schema, the properties of a service or of an instance. */
export class Item {
  readonly name: string
  readonly cluster: number
  readonly eyes: ItemEyes
  /** The registration below which it is seen. */
  readonly parent: Item | undefined
  /** The same of earlier registrations: what was written for them counts here where it names a generation carried on. */
  readonly earlier: readonly Item[]
  /** Writes that are acknowledged, and replaced or ended by none that was. */
  readonly must = new Set<ItemWrite>()
  /** Writes that may live: nobody knows whether they were lost, replaced or ended. */
  readonly maybe = new Set<ItemWrite>()
  readonly #writes = new Map<string, ItemWrite>()
  readonly #acknowledgedAtMs = new Map<ItemWrite, number>()
  readonly #ended: { readonly write: ItemWrite; readonly by: SimNode }[] = []
  /** The last acknowledged write, and the one before it. */
  last: ItemWrite | undefined
  previous: ItemWrite | undefined
  lastAtMs = 0
  abandoned = false

  constructor(name: string, cluster: number, eyes: ItemEyes, parent?: Item, earlier: readonly Item[] = []) {
    this.name = name
    this.cluster = cluster
    this.eyes = eyes
    this.parent = parent
    this.earlier = earlier
  }

  /** Its client does not care any more, and nobody knows what becomes of it. */
  abandon(): void {
    for (const write of [...this.must]) this.#demote(write)
    this.abandoned = true
  }

  /** A node has it in memory; its client does not know yet, and may have given up on it long ago. */
  applied(write: ItemWrite): void {
    this.#writes.set(write.made.id, write)
    this.maybe.add(write)
    this.removing(write.held)
  }

  acknowledged(write: ItemWrite, atMs: number): void {
    for (const each of this.#known(write.held)) this.#forget(each)
    // Of what siblings wrote under two ids of their cluster, the later one stays when they agree on one.
    for (const each of [...this.must]) if (each.clusterId !== write.clusterId) this.#demote(each)
    this.maybe.delete(write)
    this.must.add(write)
    this.previous = this.last
    this.last = write
    this.lastAtMs = atMs
    this.#acknowledgedAtMs.set(write, atMs)
  }

  /** A node ends these, in memory: they come back when it crashes now. */
  removing(held: readonly ItemVersion[]): void {
    for (const write of this.#known(held)) this.#demote(write)
  }

  /** That end is acknowledged. */
  removed(held: readonly ItemVersion[], by: SimNode): void {
    for (const write of this.#known(held)) {
      this.#forget(write)
      this.#ended.push({ write, by })
    }
  }

  /** A node is about to lose what it holds: what it alone has seen is gone, and so are the ends that it alone has seen. */
  lostBy(node: SimNode, others: readonly SimNode[]): void {
    // What it alone has ended may be back, or lost with it: then what that had replaced may be back.
    for (const { write, by } of this.#ended) if (by === node) this.maybe.add(write)
    for (const write of [...this.must, ...this.maybe]) {
      if (!others.some(other => this.#isHeld(write, other))) this.#lost(write, new Set())
    }
  }

  /** Writes that readers see, unless one of a higher stamp is seen: acknowledged, and below what surely lives. */
  certain(): ItemWrite[] {
    const { parent } = this
    if (parent === undefined) return [...this.must]
    const living = new Set(parent.certain().flatMap(({ made }) => made.generations))
    return [...this.must].filter(({ made }) => made.parents.some(each => living.has(each)))
  }

  /** `reaches`: what was acknowledged by then at a node must have come to the reader. True: so has everything certain above. */
  isKnownAbove(reaches: (node: SimNode, sinceMs: number) => boolean): boolean {
    const { parent } = this
    if (parent === undefined) return true
    const known = parent
      .certain()
      .every(write => reaches(write.node, parent.#acknowledgedAtMs.get(write) ?? Number.POSITIVE_INFINITY))
    return known && parent.isKnownAbove(reaches)
  }

  allows(shown: string | undefined): boolean {
    if ([...this.must, ...this.maybe, ...this.#carriedOn()].some(({ made }) => made.token === shown)) return true
    // Where a cluster has nothing of its own, readers may see another's.
    const isAnothers = shown === undefined || ![...this.#writes.values()].some(({ made }) => made.token === shown)
    return isAnothers && this.certain().length === 0
  }

  /** Written for an earlier registration whose generations this one carries on. */
  #carriedOn(): ItemWrite[] {
    const generations = new Set([...this.#writes.values()].flatMap(({ made }) => made.parents))
    const written = this.earlier.flatMap(({ must, maybe }) => [...must, ...maybe])
    return written.filter(({ made }) => made.parents.some(each => generations.has(each)))
  }

  #demote(write: ItemWrite): void {
    for (const { must, maybe } of [this, ...this.earlier]) if (must.delete(write)) maybe.add(write)
  }

  #forget(write: ItemWrite): void {
    for (const { must, maybe } of [this, ...this.earlier]) {
      must.delete(write)
      maybe.delete(write)
    }
  }

  /** It may be lost: then what it replaced may be back. */
  #lost(write: ItemWrite, seen: Set<ItemWrite>): void {
    this.#demote(write)
    seen.add(write)
    for (const held of this.#known(write.held)) {
      if (!this.must.has(held)) this.maybe.add(held)
      if (!seen.has(held)) this.#lost(held, seen)
    }
  }

  #isHeld(write: ItemWrite, node: SimNode): boolean {
    return this.#known(this.eyes.held(node)).includes(write)
  }

  /** The writes that made these; of one that was written anew under another cluster id, all that say the same. */
  #known(held: readonly ItemVersion[]): ItemWrite[] {
    const written = [this, ...this.earlier].map(item => item.#writes)
    return held.flatMap(({ id, token }) => {
      const write = written.find(each => each.has(id))?.get(id)
      if (write !== undefined) return [write]
      return written.flatMap(each => [...each.values()].filter(({ made }) => made.token === token))
    })
  }
}
