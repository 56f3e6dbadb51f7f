import type { Directory } from './directory.ts'
import type { Entry } from './entry.ts'
import type { Members } from './members.ts'
import type { NodeId } from './model.ts'
import type { Reachability } from './reachability.ts'

/** A node without disk that crashed comes back as another one: nobody waits for it longer than this. */
const DISKLESS_MS = 600_000

export interface CaretakerParts {
  readonly self: NodeId
  readonly directory: Directory
  readonly members: Members
  readonly reachability: Reachability
}

/** What a caretaker finds to do. */
export interface Bereaved {
  /** Leases to be ended at the next version: watched for a whole lease, and nobody took them over. */
  readonly entries: readonly Entry[]
  /** Nodes whose own record goes: they have no disk to come back from, or an operator said that they are gone. */
  readonly nodes: readonly NodeId[]
}

/**
 * Looks after the leases of siblings that are gone (invariant 8). A holder silent for `orphanAfterMs`, without a record, or
 * retired by an operator is replaced by the connected sibling with the lowest id, which watches one lease first. Silence
 * is added up over the pieces in which this node ran; a beat of the silent node sets it back.
 */
export class Caretaker {
  readonly #parts: CaretakerParts
  readonly #orphanAfterMs: number
  readonly #silence = new Map<NodeId, number>()
  /** Holders this node looks after, and since when it watches their leases. */
  readonly #caring = new Map<NodeId, number>()
  #tickedAtMs: number | undefined

  constructor(parts: CaretakerParts, orphanAfterMs: number) {
    this.#parts = parts
    this.#orphanAfterMs = orphanAfterMs
  }

  /** How long each sibling has been silent while this node ran, for its disk. */
  get silence(): readonly (readonly [NodeId, number])[] {
    return [...this.#silence]
  }

  restore(silence: readonly (readonly [NodeId, number])[]): void {
    for (const [node, ms] of silence) this.#silence.set(node, ms)
  }

  /** Once a second. */
  tick(nowMs: number): Bereaved {
    const elapsedMs = this.#tickedAtMs === undefined ? 0 : nowMs - this.#tickedAtMs
    this.#tickedAtMs = nowMs
    const entries: Entry[] = []
    const nodes: NodeId[] = []
    for (const holder of this.#ownHolders()) {
      if (!this.#isOrphaned(holder, elapsedMs, nowMs) || !this.#isLowest(nowMs)) {
        this.#caring.delete(holder)
        continue
      }
      const since = this.#caring.get(holder) ?? nowMs
      this.#caring.set(holder, since)
      const held = [...this.#parts.reachability.heldBy(holder)].filter(
        entry => entry.local && entry.lease?.open === true,
      )
      entries.push(...held.filter(entry => nowMs - since >= (entry.lease?.leaseMs ?? 0)))
      if (held.length === 0 && this.#comesNeverBack(holder)) nodes.push(holder)
    }
    return { entries, nodes }
  }

  /** Nodes of the own cluster, and holders of its leases that have no record any more. */
  #ownHolders(): Set<NodeId> {
    const { directory, reachability, self } = this.#parts
    const holders = new Set([
      ...directory.ownNodes(),
      ...reachability.holders().filter(each => !directory.nodes.has(each)),
    ])
    holders.delete(self)
    return holders
  }

  #isOrphaned(node: NodeId, elapsedMs: number, nowMs: number): boolean {
    const { directory, members } = this.#parts
    if (!directory.nodes.has(node)) return true
    if (!members.isSilent(node, nowMs)) {
      this.#silence.delete(node)
      return false
    }
    const silentMs = (this.#silence.get(node) ?? 0) + elapsedMs
    this.#silence.set(node, silentMs)
    if (directory.isRetired(node)) return true
    return silentMs >= (this.#isDiskless(node) ? Math.min(DISKLESS_MS, this.#orphanAfterMs) : this.#orphanAfterMs)
  }

  #comesNeverBack(node: NodeId): boolean {
    return this.#isDiskless(node) || this.#parts.directory.isRetired(node)
  }

  #isDiskless(node: NodeId): boolean {
    return this.#parts.directory.nodes.get(node)?.record.diskless === true
  }

  /** Of the nodes of the own cluster that are heard, this one has the lowest id. */
  #isLowest(nowMs: number): boolean {
    const { directory, members, self } = this.#parts
    return directory.ownNodes().every(node => node >= self || members.isSilent(node, nowMs))
  }
}
