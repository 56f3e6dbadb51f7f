/** Counts refused nodes by reason, and says once per node what an operator can do about it. */
import type { NodeId } from '../core/model.ts'
import { IDENTITIES_MAX } from './limits.ts'
import type { MeshLog } from './log.ts'
import { OldestOut } from './oldest-out.ts'

export const REFUSALS = {
  'key-type': 'its identity is not an Ed25519 key: it is no Grapevine node',
  'not-allowed': 'its identity is not in the list of allowed ones: add it there if it belongs to the mesh',
  unconfirmed:
    'no configured address vouches for it: name an address of it in --peers or --clusters here, or give all nodes one --mesh-key',
  unanswered: 'none of the configured addresses answered when asked about it: it is asked about again at its next try',
  'nobody-to-ask':
    'no HTTP address is configured that could vouch for it: name one in --peers or --clusters, or give all nodes one --mesh-key',
  'too-many': 'it holds too many connections at once',
  handshake: 'it did not complete the encrypted handshake: another or no mesh key, or something that is not a node',
} as const

export type RefusalReason = keyof typeof REFUSALS

export interface Refusal {
  /** An identity that it proved, or its host where there was none. */
  readonly who: string
  readonly reason: RefusalReason
  readonly times: number
}

export class Refusals {
  readonly #log: MeshLog
  readonly #recent = new OldestOut<string, Refusal>(IDENTITIES_MAX)
  readonly counts: Record<RefusalReason, number> = {
    'key-type': 0,
    'not-allowed': 0,
    unconfirmed: 0,
    unanswered: 0,
    'nobody-to-ask': 0,
    'too-many': 0,
    handshake: 0,
  }

  constructor(log: MeshLog) {
    this.#log = log
  }

  refuse(who: NodeId | string, address: string, reason: RefusalReason): void {
    this.counts[reason]++
    const last = this.#recent.get(who)
    this.#recent.set(who, { who, reason, times: (last?.times ?? 0) + 1 })
    if (last?.reason !== reason)
      this.#log.warn({ peer: who, address, reason, remedy: REFUSALS[reason] }, 'peer refused')
  }

  /** The `max` latest, newest first. */
  recent(max: number): readonly Refusal[] {
    return [...this.#recent.entries()]
      .map(([, refusal]) => refusal)
      .slice(-max)
      .reverse()
  }
}
