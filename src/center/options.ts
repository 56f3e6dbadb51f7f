import type { NodeId } from '../core/model.ts'
import type { Digests } from '../core/transaction.ts'
import type { Outside } from '../core/why/facts.ts'
import type { Arrival, Clock, Mesh, Origin, Random, Store } from './ports.ts'

export interface CenterOptions {
  readonly node: NodeId
  /** This node's name for people. */
  readonly name: string
  /** The label of `--cluster`; undefined: `c-` and the first eight digits of the cluster id. */
  readonly label: string | undefined
  /** The version of the software. */
  readonly version: string
  /** Where its HTTP API is reached, for people and siblings. */
  readonly http: readonly string[]
  /** Whether any peer is configured at all, own cluster or foreign. */
  readonly peersConfigured: boolean
  /** How long a node without durable state waits for a configured peer before it is ready alone (invariant 11). */
  readonly startAloneMs: number
  /** What becomes of instances of clusters that cannot be reached (invariant 10). */
  readonly unreachable: 'keep' | 'mark' | 'hide'
  /** With `hide`: after how long. */
  readonly hideAfterMs: number
  readonly silentNode: 'hide' | 'mark' | 'keep'
  /** After this much silence a node of the own cluster is taken for gone for good (invariant 8). */
  readonly orphanAfterMs: number
  /** How often this node writes a probe, for others to time; absent or 0: never. */
  readonly probeIntervalMs?: number
  /** Bytes of values in one slice of a repair. Small in simulations, where a repair should take many slices. */
  readonly sliceBytes?: number
}

export interface CenterPorts {
  readonly clock: Clock
  readonly random: Random
  readonly mesh: Mesh
  readonly store: Store
  readonly digests: Digests
  /** Something worth a line in the log. */
  readonly log: (level: 'info' | 'warn', fields: Readonly<Record<string, unknown>>, message: string) => void
  /** What the edges know, for those who ask why. */
  readonly outside?: () => Outside
  /** A probe came back from another node. */
  readonly probed?: (node: NodeId, oneWayMs: number) => void
  /** Whose request runs at this moment, where it is to be followed to other nodes. */
  readonly origin?: () => Origin | undefined
  readonly arrived?: (arrival: Arrival) => void
}
