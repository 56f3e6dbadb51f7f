import { documentKey, parseKey } from '../core/keys.ts'
import type { NodeId } from '../core/model.ts'
import { readDocument } from '../core/records.ts'
import type { Outcome, Replica } from '../core/replica.ts'
import type { Transaction } from '../core/transaction.ts'
import { isCount, type Write } from '../core/wire.ts'
import type { Clock, ProbeView } from './ports.ts'

/** Kind of the documents that nodes write to time each other. Readers of services never see documents. */
export const PROBE = 'probe'

/** Own probes whose time is remembered: an answer that is older is not counted. */
const SENT_MAX = 64
/** Nodes that one probe answers. */
const ANSWERED_MAX = 512
/** Results kept for each other node. */
const RESULTS_MAX = 120
/** Nodes whose results are kept. */
const NODES_MAX = 512

export interface ProbeParts {
  readonly replica: Replica
  readonly clock: Clock
  /** 0: nothing is written; what others write is still not answered. */
  readonly intervalMs: number
  /** Stores, publishes and shows what this node wrote. */
  readonly own: (outcome: Outcome) => void
  readonly probed: (node: NodeId, oneWayMs: number) => void
}

/**
 * Times the whole way of a record from one node to another: write, log, gossip or repair, merge. Each node writes a
 * numbered document; the next one of every other node says which number it saw and how long ago. The first node takes
 * that off the time since it wrote the number: a round trip, measured by durations of one clock each. Half of it is shown.
 */
export class Probe {
  readonly #parts: ProbeParts
  readonly #sentAtMs = new Map<number, number>()
  readonly #seen = new Map<NodeId, { readonly number: number; readonly atMs: number }>()
  readonly #results = new Map<NodeId, number[]>()
  #number = 0
  #dueAtMs = 0

  constructor(parts: ProbeParts) {
    this.#parts = parts
  }

  /** Every 100 ms. */
  tick(nowMs: number): void {
    const { intervalMs } = this.#parts
    if (intervalMs === 0 || nowMs < this.#dueAtMs) return
    this.#dueAtMs = nowMs + intervalMs
    this.#write(nowMs)
    this.#removeLeft(nowMs)
  }

  /** What was merged, from wherever it came. */
  heard(writes: readonly Write[], nowMs: number): void {
    if (this.#parts.intervalMs === 0) return
    for (const { key, value } of writes) {
      if (value === undefined || !key.includes(`/document/${PROBE}/`)) continue
      const parsed = parseKey(key)
      const probe = readDocument(value)
      if (parsed?.a === PROBE && probe !== undefined) this.#take(parsed.b as NodeId, probe, nowMs)
    }
  }

  /** The latest results with a node, in milliseconds one way. */
  view(node: NodeId): ProbeView | undefined {
    const results = this.#results.get(node)
    if (results === undefined || results.length === 0) return undefined
    const sorted = results.toSorted((a, b) => a - b)
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { count: results.length, lastMs: results.at(-1) ?? 0, medianMs: at(0.5), p99Ms: at(0.99) }
  }

  #write(nowMs: number): void {
    const { replica, own, clock } = this.#parts
    this.#number += 1
    const seen = [...this.#seen]
      .slice(-ANSWERED_MAX)
      .map(([node, { number, atMs }]) => [node, [number, Math.round(nowMs - atMs)]])
    this.#seen.clear()
    this.#sentAtMs.set(this.#number, nowMs)
    if (this.#sentAtMs.size > SENT_MAX) this.#sentAtMs.delete(this.#number - SENT_MAX)
    const value = { number: this.#number, epoch: replica.epoch, seen: Object.fromEntries(seen) }
    const put = (tx: Transaction): void => tx.putDocument(PROBE, replica.node, value)
    own(replica.execute(put, { wallMs: clock.wallMs(), monotonicMs: nowMs }).outcome)
  }

  #take(node: NodeId, probe: Readonly<Record<string, unknown>>, nowMs: number): void {
    const { replica, probed } = this.#parts
    if (node === replica.node || !replica.directory.nodes.has(node)) return
    if (isCount(probe.number)) this.#seen.set(node, { number: probe.number, atMs: nowMs })
    const answer =
      typeof probe.seen === 'object' && probe.seen !== null
        ? (probe.seen as Record<string, unknown>)[replica.node]
        : undefined
    const [number, heldMs] = Array.isArray(answer) ? (answer as unknown[]) : []
    const sentAtMs = isCount(number) ? this.#sentAtMs.get(number) : undefined
    if (sentAtMs === undefined || !isCount(heldMs)) return
    const oneWayMs = (nowMs - sentAtMs - heldMs) / 2
    // An answer to an earlier start's number, or a clock that was stopped: no time at all.
    if (oneWayMs < 0) return
    const results = this.#results.get(node) ?? []
    if (results.length === 0 && this.#results.size >= NODES_MAX) return
    results.push(oneWayMs)
    if (results.length > RESULTS_MAX) results.shift()
    this.#results.set(node, results)
    probed(node, oneWayMs)
  }

  /** Documents of siblings that have left for good are nobody's any more. */
  #removeLeft(nowMs: number): void {
    const { replica, own, clock } = this.#parts
    const { directory } = replica
    const left = directory.documents
      .list(PROBE)
      .map(({ name }) => name)
      .filter(name => !directory.nodes.has(name as NodeId))
    const ours = left.filter(name => directory.holds(documentKey(directory.cluster, PROBE, name)))
    if (ours.length === 0) return
    const remove = (tx: Transaction): void => {
      for (const name of ours) tx.removeDocument(PROBE, name)
    }
    own(replica.execute(remove, { wallMs: clock.wallMs(), monotonicMs: nowMs }).outcome)
  }
}
