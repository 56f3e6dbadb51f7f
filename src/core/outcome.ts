import type { Change } from './changes.ts'
import type { Dot } from './context.ts'
import type { NodeId } from './model.ts'
import type { Send } from './passing.ts'
import type { Write } from './wire.ts'

/** What a step did: writes to store (and, when they are own ones, to publish), and what readers see differently. */
export interface Outcome {
  readonly writes: readonly Write[]
  /** Versions ended because a peer's context covers them and it does not hold them: to be stored. */
  readonly ended: readonly (Dot & { readonly key: string })[]
  readonly changes: readonly Change[]
  /** Records that were not taken, with the reason. They are not covered. */
  readonly refused: readonly { readonly write: Write; readonly reason: string }[]
}

/** What a tick found to do. */
export interface Ticked {
  readonly outcome: Outcome
  readonly sends: readonly Send[]
  /** Peers to repair with now. */
  readonly repairs: readonly NodeId[]
  /** This process has just stood still: what it knows of others is old. */
  readonly stoodStill: boolean
}
