import type { Link as Pair } from '../scenario/topology.ts'
import type { Shape } from '../scenario/verbs.ts'
import type { LinkTarget } from './link.ts'

export type PathState = 'up' | 'cut' | 'slow'

/** All ways between the nodes of a run, and the faults on them. */
export interface Ways {
  /** Opens both ways of each pair. `targets`: where each node really listens. */
  open(pairs: readonly Pair[], targets: ReadonlyMap<string, LinkTarget>): Promise<void>
  /** Under which address `from` is to know `to`; undefined when they are not linked. */
  urlOf(from: string, to: string): string | undefined
  /** Nothing goes from any of `from` to any of `to` any more. */
  cut(from: readonly string[], to: readonly string[], how: 'hold' | 'reset'): void
  slow(from: readonly string[], to: readonly string[], shape: Shape): void
  heal(from: readonly string[], to: readonly string[]): void
  /** Bytes that have passed, by direction: `sc1-a>sc2-a`. */
  bytes(): Readonly<Record<string, number>>
  close(): Promise<void>
}

/** Where nodes live. */
export interface Ground {
  readonly ways: Ways
  /** What runs a process there, such as `ip netns exec NAME`. */
  within(cluster: string): readonly string[]
  addressesOf(cluster: string): Addresses
}

export interface Addresses {
  /** At which the harness and its clients reach the cluster's nodes. */
  readonly host: string
  /** On which they listen. */
  readonly listen: string
  /** At which they reach what runs beside the harness. */
  readonly harness: string
}
