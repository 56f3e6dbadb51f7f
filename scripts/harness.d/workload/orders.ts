import type { WorkloadSpec } from '../scenario/scenario.ts'
import type { NodeAddress } from './application.ts'

/** Handed to the worker as it starts. */
export interface WorkerSetup {
  readonly epochNs: string
  /** Where events are written. */
  readonly file: string
  readonly nodes: readonly NodeAddress[]
  readonly observeMs: number
  /** Whether observers also watch. */
  readonly watch: boolean
  /** Times as long as usual before a read counts as unanswered. */
  readonly patience: number
}

export type OrderBody =
  | { readonly order: 'start'; readonly spec: WorkloadSpec }
  | { readonly order: 'end' | 'storm'; readonly name: string }
  | { readonly order: 'die' | 'unregister'; readonly name: string; readonly count: number }
  | { readonly order: 'churn'; readonly name: string; readonly perSecond: number }
  | { readonly order: 'settle'; readonly withinMs: number }
  /** Answers with what would be written down if observing ended now; everything before is in the file. */
  | { readonly order: 'so far' }
  | { readonly order: 'finish' }

export type Order = OrderBody & { readonly id: number }

export type Reply =
  | { readonly progress: string }
  | { readonly done: number; readonly result?: unknown; readonly error?: string }
