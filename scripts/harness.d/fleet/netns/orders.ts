import type { Link as Pair } from '../../scenario/topology.ts'
import type { Shape } from '../../scenario/verbs.ts'
import type { LinkTarget } from '../link.ts'

/** To the proxy inside a namespace. */
export type LinkOrder =
  | {
      readonly order: 'open'
      readonly pairs: readonly Pair[]
      readonly targets: readonly (readonly [string, LinkTarget])[]
      /** Nodes of the namespace. */
      readonly dials: readonly string[]
    }
  | {
      readonly order: 'cut'
      readonly from: readonly string[]
      readonly to: readonly string[]
      readonly how: 'hold' | 'reset'
    }
  | { readonly order: 'slow'; readonly from: readonly string[]; readonly to: readonly string[]; readonly shape: Shape }
  | { readonly order: 'heal'; readonly from: readonly string[]; readonly to: readonly string[] }

/** From it. */
export type LinkReply =
  | { readonly urls: readonly (readonly [string, string])[] }
  | { readonly error: string }
  /** Passed so far, by path. */
  | { readonly bytes: Readonly<Record<string, number>> }
