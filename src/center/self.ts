import type { ClusterId } from '../core/model.ts'
import type { Now } from '../core/registry.ts'
import type { Outcome, Replica } from '../core/replica.ts'
import type { CenterOptions } from './options.ts'
import type { StandIn } from './ports.ts'
import type { SavedState } from './saved-state.ts'

/** How often the few values beside the log are saved: progress of watching, and how long siblings have been silent. */
const SAVE_WATCHING_MS = 5_000
const SAVE_SILENCE_MS = 60_000

export interface SelfParts {
  readonly replica: Replica
  readonly saved: SavedState
  readonly options: Pick<CenterOptions, 'name' | 'label' | 'version' | 'http'>
  readonly diskless: boolean
  readonly now: () => Now
  /** Stores, publishes and shows what this node wrote. */
  readonly own: (outcome: Outcome) => void
  /** The same for what is written anew under another cluster id: it travels by repair, the new together with the end of the old. */
  readonly moved: (outcome: Outcome) => void
}

/** What this node says of itself to others, and to its own next start. */
export class Self {
  readonly #parts: SelfParts
  readonly #standIns = new Map<ClusterId, StandIn>()
  #watchingSavedAtMs: number | undefined
  #silenceSavedAtMs = 0

  constructor(parts: SelfParts) {
    this.#parts = parts
  }

  /** Goes on where an earlier start left off. */
  begin(): void {
    const { replica, saved, now } = this.#parts
    this.#takeUpCluster()
    replica.watchAnew(now().monotonicMs, saved.watching)
    // A start that holds nothing watches nothing, and must not leave behind how far another one had watched.
    if (!replica.watching) saved.watching = undefined
    replica.chores.caretaker.restore(saved.silence)
    saved.cluster = replica.directory.cluster
    this.#introduce()
    this.tick()
  }

  /** Takes the cluster id of a sibling (invariant 17). */
  moveTo(cluster: ClusterId): void {
    const { replica, saved, now, moved } = this.#parts
    moved(replica.moveTo(cluster, now()))
    saved.cluster = cluster
    this.#introduce()
  }

  /**
   * Peers take writes for another cluster only from nodes that say that they stand in for it. Undefined: not any more.
   */
  standIn(cluster: ClusterId, state: StandIn | undefined): void {
    if (cluster === this.#parts.replica.directory.cluster) return
    const known = this.#standIns.get(cluster)
    if (known?.label === state?.label && known?.reachable === state?.reachable) return
    if (state === undefined) this.#standIns.delete(cluster)
    else this.#standIns.set(cluster, state)
    this.#introduce()
  }

  /** Before the first write for it, at the latest. */
  standInFor(cluster: ClusterId): void {
    if (!this.#standIns.has(cluster)) this.standIn(cluster, { label: nameless(cluster), reachable: true })
  }

  tick(): void {
    const { replica, saved, now } = this.#parts
    const nowMs = now().monotonicMs
    if (replica.watching && nowMs - (this.#watchingSavedAtMs ?? Number.NEGATIVE_INFINITY) >= SAVE_WATCHING_MS) {
      this.#watchingSavedAtMs = nowMs
      saved.watching = replica.watchProgress()
    } else if (!replica.watching && this.#watchingSavedAtMs !== undefined) {
      this.#watchingSavedAtMs = undefined
      saved.watching = undefined
    }
    if (nowMs - this.#silenceSavedAtMs < SAVE_SILENCE_MS) return
    this.#silenceSavedAtMs = nowMs
    saved.silence = replica.chores.caretaker.silence
  }

  /**
   * The process may have been killed before the id was saved beside the log: its first one, or one that it had moved to. The
   * log has this node's own record before anything else that is written under an id.
   */
  #takeUpCluster(): void {
    const { saved, replica } = this.#parts
    const { nodes, nodeRecords } = replica.directory
    const known = nodes.get(replica.node)
    const isSaved = saved.cluster !== undefined && nodeRecords.get(replica.node)?.has(saved.cluster) === true
    if (known !== undefined && !isSaved) replica.directory.setCluster(known.clusterId)
  }

  #introduce(): void {
    const { replica, options, diskless, now, own } = this.#parts
    const { cluster } = replica.directory
    const { name, label = nameless(cluster), version, http } = options
    const proxies = [...this.#standIns.keys()]
    const proxyNames = [...this.#standIns.values()].map(each => each.label)
    const severed = proxies.filter(each => this.#standIns.get(each)?.reachable === false)
    own(replica.introduce({ name, label, version, http, diskless, proxies, proxyNames, severed }, now()))
  }
}

const nameless = (cluster: ClusterId): string => `c-${cluster.slice(0, 8)}`
