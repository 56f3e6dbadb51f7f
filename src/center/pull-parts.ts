import type { Context, Intervals } from '../core/context.ts'
import type { Epoch } from '../core/model.ts'
import type { Now } from '../core/registry.ts'
import type { Outcome, Replica } from '../core/replica.ts'
import type { Declined } from './declined.ts'
import type { Clock, Mesh } from './ports.ts'
import type { Pull } from './pull.ts'
import type { StepSizes } from './steps.ts'

export interface PullParts {
  readonly replica: Replica
  readonly mesh: Mesh
  readonly clock: Clock
  readonly now: () => Now
  /** Stores and emits what arrived; `done` when the log has taken it. */
  readonly commit: (pull: Pull, outcome: Outcome, done: () => void) => void
  /** Stores that a context was joined, behind everything committed before. */
  readonly joined: (context: Context) => void
  /** Dots that the peer had and did not bring: they were refused here. */
  readonly abandoned: (epoch: Epoch, dots: Intervals) => void
  readonly declined: Declined
  readonly ended: (pull: Pull, how: PullEnd) => void
  readonly steps: StepSizes
}

/**
 * `whole`: what the peer had seen is known here. `overtaken`: except for versions that arrived from elsewhere while the two
 * compared what lives. `early`: the peer lacks something and brings nothing; it is compared with once it has caught up.
 */
export type PullEnd = 'whole' | 'overtaken' | 'early'
