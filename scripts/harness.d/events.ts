/** What a run writes down, one JSON object a line, all of it on the harness's one clock: milliseconds since the run began. */

/** Every request that a client made: when it was sent, and when its answer (or its failure) was there. */
export interface Contact {
  /** Instance id. */
  readonly i: string
  /** Node. */
  readonly n: string
  readonly s: number
  readonly a: number
  /** HTTP status; 0: no answer. */
  readonly st: number
  /** The error code of a refusal. */
  readonly c?: string
}

export type ClientEvent =
  | (Contact & { readonly k: 'register'; readonly svc: string; readonly leaseMs: number })
  | (Contact & { readonly k: 'heartbeat' | 'unregister' })
  /** Properties were set to version `v`. */
  | (Contact & { readonly k: 'update'; readonly v: number })
  /** The application ended without a word. */
  | { readonly k: 'die'; readonly i: string; readonly a: number }
  /**
   * What viewer `w` sees of a service at node `n` has changed since the read before (sent at `p`): version by instance id. `g`:
   * the longest time from the sending of a read to the answer of the next one, since this was last written.
   */
  | {
      readonly k: 'view'
      readonly w: string
      readonly n: string
      readonly svc: string
      readonly p: number | null
      readonly g?: number
      readonly s: number
      readonly a: number
      readonly add: Readonly<Record<string, number>>
      readonly del: readonly string[]
    }
  /** Until this read, nothing has changed for the viewer any more. */
  | {
      readonly k: 'last'
      readonly w: string
      readonly n: string
      readonly svc: string
      readonly g?: number
      readonly s: number
      readonly a: number
    }
  /** A read (`what`: find, batch, watch) or another request that had no instance yet went wrong. */
  | {
      readonly k: 'fail'
      readonly w: string
      readonly n: string
      readonly what: string
      readonly s: number
      readonly a: number
      readonly st: number
      readonly c?: string
    }
  /** A watcher was told. */
  | {
      readonly k: 'event'
      readonly w: string
      readonly n: string
      readonly svc: string
      readonly i: string
      readonly act: string
      readonly a: number
    }

export type HarnessEvent =
  | {
      readonly k: 'node'
      readonly n: string
      readonly state: string
      readonly t: number
      readonly disk?: string
      readonly log?: string
    }
  | {
      readonly k: 'path'
      readonly from: string
      readonly to: string
      readonly state: 'up' | 'cut' | 'slow'
      readonly t: number
    }
  | { readonly k: 'step'; readonly text: string; readonly t: number; readonly end: number }
  | { readonly k: 'note'; readonly text: string; readonly t: number }
  | {
      readonly k: 'sample'
      readonly n: string
      readonly t: number
      readonly rss: number
      readonly cpuS: number
      /** Event-loop delay since the sample before, seconds. */
      readonly delay: Readonly<Record<string, number>>
      /** Sent to each peer, as the node counts its frames: `sc2-a/gossip/bytes`, `sc2-a/gossip/frames`, … */
      readonly traffic: Readonly<Record<string, number>>
      /** Bytes that wait for the one peer for which most wait. */
      readonly queued: number
    }
  /** Bytes that have passed each path so far. */
  | { readonly k: 'bytes'; readonly t: number; readonly paths: Readonly<Record<string, number>> }

/** `meta.json`: what the judge and the report have to know of the run. */
export interface RunMeta {
  readonly scenario: string
  readonly about: string
  readonly startedAt: string
  readonly commit: string
  readonly machine: string
  readonly nodes: readonly { readonly name: string; readonly cluster: string }[]
  readonly links: readonly (readonly [string, string])[]
  readonly workloads: readonly { readonly name: string; readonly homes: readonly string[]; readonly leaseMs: number }[]
  readonly observeMs: number
  readonly exceptions: readonly number[]
  readonly expect: Readonly<Record<string, number>>
  /** Times as long as usual before something counts as late. */
  readonly patience: number
  /** True when every step was run. */
  readonly complete: boolean
  readonly endedMs: number
}

/** Names of a run's files. */
export const FILES = {
  meta: 'meta.json',
  clients: 'clients.jsonl',
  harness: 'harness.jsonl',
  verdicts: 'report.json',
  html: 'report.html',
  markdown: 'report.md',
} as const
