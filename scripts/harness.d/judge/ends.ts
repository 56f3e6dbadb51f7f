/** By when each node must have stopped showing an instance. */
import type { Expectations } from './expectations.ts'
import type { Instance } from './instances.ts'
import type { Absence, Timeline } from './timeline.ts'

/** A holder that was silent this long is taken over from by a sibling that hears the instance (3 s, and passing on). */
const TAKEN_OVER_MS = 6_000

const NEVER = Number.POSITIVE_INFINITY

export interface End {
  /** At its holder. Infinity: it has not ended. */
  readonly atHolder: number
  /** At each node, what is known of the paths taken into account. */
  readonly at: (node: string) => number
}

/** `still`: the instance was alive when the run ended, so it has no end. */
export function endOf(instance: Instance, still: boolean, timeline: Timeline, expectations: Expectations): End {
  const { unregistered } = instance
  if (unregistered !== undefined) {
    const { n, a } = unregistered
    const at = forgotten(n, a, timeline) ? NEVER : a
    return { atHolder: at, at: node => timeline.knownBy(n, node, at) }
  }
  if (still || instance.contacts.length === 0) return { atHolder: NEVER, at: () => NEVER }
  // Without an answer it may have been heard; a refusal renews nothing.
  const heard = instance.contacts.filter(({ st }) => st === 0 || st === 200)
  const heardMs = Math.max(
    ...heard.map(({ n, a, st }) => (st === 0 ? lateHearing(timeline.absencesOf(n), a, expectations) : a)),
  )
  const holders = holdersOf(instance, timeline).map(holder => ({
    holder,
    at: lapse(instance, holder, heardMs, timeline, expectations),
  }))
  return {
    atHolder: Math.max(...holders.map(({ at }) => at)),
    at: node => Math.max(...holders.map(({ holder, at }) => timeline.knownBy(holder, node, at))),
  }
}

/** What its client has given up may still wait in a node's sockets, and is heard a while later, or once the node goes on. */
function lateHearing(absences: readonly Absence[], t: number, { allowances }: Expectations): number {
  const away = absences.filter(({ from, to }) => from <= t && to >= t)
  if (away.length === 0) return t + allowances.lateHearing
  return away
    .filter(({ kind }) => kind === 'paused')
    .reduce((latest, { to }) => Math.max(latest, to + allowances.lateHearing), t)
}

/** Whoever answered it may hold its lease, unless it was away long before the instance was heard elsewhere. */
function holdersOf({ contacts, born }: Instance, timeline: Timeline): readonly string[] {
  const heard = contacts.filter(({ st }) => st === 200)
  const last = heard.at(-1) ?? born ?? contacts.at(-1)
  const nodes = [...new Set(heard.map(({ n }) => n))]
  const holders = nodes.filter(node => {
    return !timeline
      .absencesOf(node)
      .some(({ from, to }) => last !== undefined && from + TAKEN_OVER_MS < last.s && to > last.s && last.n !== node)
  })
  return holders.length > 0 || last === undefined ? holders : [last.n]
}

/** When the holder must have ended the lease. */
function lapse(
  { leaseMs, born }: Instance,
  holder: string,
  heardMs: number,
  timeline: Timeline,
  { allowances, exceptions }: Expectations,
): number {
  let at = heardMs + leaseMs + allowances.expiry
  if (exceptions.has(12)) at += leaseMs
  for (const { from, to, disk, kind } of timeline.restartsOf(holder)) {
    // Whoever was registered before the disks were lost belongs to the cluster that is gone, even if it was heard since.
    if (disk === 'replaced' && exceptions.has(17) && born !== undefined && born.a <= from) {
      at = Math.max(at, to + 2 * leaseMs + allowances.healed)
      continue
    }
    if (from > at || to < heardMs) continue
    if (disk === 'replaced' || !exceptions.has(7)) continue
    // One that starts says when it watches again; of one that was paused only the invariant's own bound is known.
    at = Math.max(kind === 'paused' ? at + to - from : 0, to + allowances.expiry) + leaseMs
  }
  for (const { from, to } of timeline.stallsOf(holder)) {
    if (from <= at && to >= heardMs) at = Math.max(at + to - from, to + allowances.expiry) + leaseMs
  }
  return at
}

/** What a node had no time to tell before its disk was lost, nobody knows. */
function forgotten(node: string, t: number, timeline: Timeline): boolean {
  return timeline
    .absencesOf(node)
    .some(({ disk, from }) => disk !== 'kept' && from >= t && from < t + timeline.propagation(t))
}
