import type { Topology } from './topology.ts'
import type { Step } from './verbs.ts'

/** Applications that behave alike. All of them live in one process. */
export interface WorkloadSpec {
  readonly name: string
  /** Instances at any time. */
  readonly applications: number
  /** They are spread over so many services, named after the workload. */
  readonly services: number
  /** Clusters in whose nodes they register; each application stays in one cluster. */
  readonly homes: readonly string[]
  /** Of a heartbeat; a lease is interval × (times + 1). */
  readonly intervalMs: number
  readonly times: number
  /** Applications a second that end and are replaced by new ones. */
  readonly churnPerSecond: number
  /** Of these, how many unregister; the others die without a word. */
  readonly unregisterRatio: number
  /** Instances a second that change their properties. */
  readonly updatesPerSecond: number
  /** Sent with each change. */
  readonly payloadBytes: number
  /** Chance of each heartbeat that the application goes on at another node of its cluster. */
  readonly moveRatio: number
  /** How many of them also are consumers: they find with the revision they hold every `findMs`, and watch. */
  readonly consumers: number
  readonly findMs: number
  /** Applications started a second. */
  readonly startPerSecond: number
  /** So many of one service start in the same moment at the same node, as when a deployment is scaled. */
  readonly burst: number
}

export type ScenarioStep = { readonly text: string; readonly step: Step }

export interface Scenario {
  readonly name: string
  /** One or two sentences: what is shown, and what would be wrong. */
  readonly about: string
  /** Not played beside others: it takes the whole machine, or measures it. */
  readonly alone: boolean
  /** Nodes of each cluster. */
  readonly clusters: Readonly<Record<string, number>>
  readonly topology: Topology
  /** A key shared by all nodes; otherwise the configuration admits. */
  readonly meshKey: boolean
  /** Further options of `grapevine start`, for all nodes. */
  readonly flags: readonly string[]
  /** Nodes keep everything in memory. */
  readonly diskless: boolean
  /** Bytes of each node's disk where that matters (see the verb `fill`). */
  readonly diskBytes: number | undefined
  /** The commit that runs at first: `current`, `previous` or any other. */
  readonly build: string
  /** How often each node is asked for all services. */
  readonly observeMs: number
  /** Whether changes are also watched, which times them to the millisecond and costs a message each. */
  readonly watch: boolean
  readonly workloads: readonly WorkloadSpec[]
  readonly steps: readonly ScenarioStep[]
  /** Numbers of the invariants whose own exceptions apply. */
  readonly exceptions: readonly number[]
  /** Tightened expectations by name (judge/expectations.yaml), in the units given there. */
  readonly expect: Readonly<Record<string, number>>
}
