import { Caretaker } from './caretaker.ts'
import type { Catalog } from './catalog.ts'
import type { Dot } from './context.ts'
import type { Directory } from './directory.ts'
import type { Holdings } from './holdings.ts'
import { documentKey, nodeKey } from './keys.ts'
import type { Leases } from './leases.ts'
import type { Members } from './members.ts'
import type { NodeId } from './model.ts'
import { Purge, REPLACED } from './purge.ts'
import { Reachability, type ReachabilityOptions } from './reachability.ts'
import { nodeFields, readNode } from './records.ts'
import type { Now } from './registry.ts'
import { Replacements } from './replacements.ts'
import { Sweeper } from './sweeper.ts'
import type { Writer } from './writer.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

export interface ChoresParts {
  readonly self: NodeId
  readonly catalog: Catalog
  readonly directory: Directory
  readonly members: Members
  readonly holdings: Holdings
  readonly leases: Leases
  readonly writer: Writer
}

export interface ChoresOptions {
  readonly reachability: ReachabilityOptions
  readonly orphanAfterMs: number
  readonly startedAtMs: number
}

/** What a replica looks after as time goes by, beside its own leases. */
export class Chores {
  readonly reachability: Reachability
  readonly caretaker: Caretaker
  readonly replacements: Replacements
  readonly #parts: ChoresParts
  readonly #options: ChoresOptions
  readonly #purge: Purge
  readonly #sweeper: Sweeper
  #minuteAtMs: number
  #hourAtMs: number

  constructor(parts: ChoresParts, options: ChoresOptions) {
    const { self, catalog, directory, members } = parts
    this.#parts = parts
    this.#options = options
    this.reachability = new Reachability({ self, directory, members }, options.reachability)
    this.caretaker = new Caretaker({ self, directory, members, reachability: this.reachability }, options.orphanAfterMs)
    this.replacements = new Replacements(directory, members)
    this.#purge = new Purge(catalog, directory, members, options.orphanAfterMs)
    this.#sweeper = new Sweeper(catalog, directory)
    this.#minuteAtMs = options.startedAtMs
    this.#hourAtMs = options.startedAtMs
  }

  /** Once a second, inside a batch of the writer. Returns versions to end without a write: they are no cluster's to write. */
  tick(now: Now): readonly (Dot & { readonly key: string })[] {
    const { leases } = this.#parts
    const { wallMs, monotonicMs: nowMs } = now
    this.#noteReplaced(this.replacements.tick(nowMs))
    this.#endFormerSelves()
    this.reachability.tick(nowMs)
    const { entries, nodes } = this.caretaker.tick(nowMs)
    for (const entry of entries) leases.endOrphan(entry, wallMs)
    for (const node of nodes) leases.removeNode(node)
    if (nowMs - this.#hourAtMs >= HOUR_MS) {
      this.#hourAtMs = nowMs
      for (const key of this.#sweeper.sweep()) this.#parts.writer.end(key)
    }
    if (nowMs - this.#minuteAtMs < MINUTE_MS) return []
    this.#minuteAtMs = nowMs
    this.#parts.members.sweep(nowMs)
    this.#removeEnded(wallMs)
    return this.#purge.due(nowMs)
  }

  /** A peer had the record of a start of this node that its own disk does not know. */
  hasFormerSelves(): boolean {
    const { catalog, directory, self } = this.#parts
    return catalog.versions(nodeKey(directory.cluster, self)).length > 1
  }

  /**
   * Records of earlier starts of this node, which its own disk had lost, came back from a peer: those under cluster ids that it
   * no longer has, and one beside its own. With a clock that was ahead, peers would go on listening for that start's beats.
   */
  #endFormerSelves(): void {
    const { catalog, directory, self, writer } = this.#parts
    for (const cluster of [...(directory.nodeRecords.get(self)?.keys() ?? [])]) {
      if (cluster !== directory.cluster) writer.end(nodeKey(cluster, self))
    }
    const key = nodeKey(directory.cluster, self)
    const versions = catalog.versions(key)
    const own = versions.length > 1 ? versions.find(({ epoch }) => epoch === writer.epoch) : undefined
    const record = own === undefined ? undefined : readNode(own.value)
    if (record !== undefined) writer.put(key, nodeFields(record))
  }

  /** The cluster that has taken the place has to know, so that it can end in time what the old one left. */
  #noteReplaced(replaced: ReturnType<Replacements['tick']>): void {
    const { directory, writer } = this.#parts
    for (const { cluster, by } of replaced) {
      if (directory.documents.read(REPLACED, cluster)?.by === by) continue
      writer.put(documentKey(directory.cluster, REPLACED, cluster), { value: { by } })
    }
  }

  /**
   * Nobody can contest the end of a lease any more: the hidden registration goes, too. What a node registered under a cluster id
   * that it lost with its disk is not its to remove.
   */
  #removeEnded(wallMs: number): void {
    const { self, directory, holdings, leases } = this.#parts
    for (const entry of [...holdings.ended]) {
      if (!directory.writesFor(self, entry.clusterId)) continue
      if (wallMs - (entry.lease?.endedMs ?? wallMs) >= this.#options.orphanAfterMs) leases.remove(entry)
    }
  }
}
