import { at, type Case, type Evidence, evidenceOf } from './case.ts'
import type { Instance } from './instances.ts'
import { hasReadWithin, type Looked, type Shown } from './sightings.ts'
import { type Interval, without } from './timeline.ts'

/** A node counts as silent, and another as having taken over or hidden, after this long (invariant 10). */
const SILENT_MS = 10_000
/** How long before a crash a remote record must have been shown to be expected from the disk afterwards. */
const SAVED_MS = 1_000

/** Instances that were alive and known where they were not shown. */
export function missing(run: Case): Evidence {
  const byService = Map.groupBy(run.instances.values(), ({ service }) => service)
  const byView = Map.groupBy(run.sightings.shown, ({ viewer, node, id }) => `${viewer} ${node} ${id}`)
  const found: { weight: number; text: string }[] = []
  for (const looked of run.sightings.looked) {
    for (const instance of byService.get(looked.service) ?? []) {
      const all = byView.get(`${looked.viewer} ${looked.node} ${instance.id}`) ?? []
      const shown = all.filter(({ firstSent }) => firstSent >= looked.firstSent && firstSent <= looked.lastSent)
      for (const gap of gapsOf(looked, shown)) {
        const hiddenMs = hiddenWhileAlive(run, instance, looked, gap)
        if (hiddenMs > 0) found.push({ weight: hiddenMs, text: told(instance, looked, gap, hiddenMs) })
      }
    }
  }
  return evidenceOf(found)
}

interface Gap {
  /** The reads that showed nothing were sent and answered within. */
  readonly from: number
  readonly to: number
  /** It had been shown before by this node. */
  readonly known: boolean
  /** The first read of the gap, where it begins with one. */
  readonly first: Interval | undefined
}

/** When the viewer was not shown the instance, as far as its reads prove it. */
function gapsOf({ firstSent, firstAnswered, lastSent }: Looked, shown: readonly Shown[]): readonly Gap[] {
  const gaps: Gap[] = []
  let from = firstAnswered
  let first: Interval | undefined = { from: firstSent, to: firstAnswered }
  let known = false
  for (const one of shown) {
    if (one.before !== undefined && (first !== undefined || one.before > from))
      gaps.push({ from, to: Math.max(from, one.before), known, first })
    if (one.hidden === undefined) return gaps
    known = true
    from = one.hidden.answered
    first = { from: one.hidden.sent, to: one.hidden.answered }
  }
  gaps.push({ from, to: Math.max(from, lastSent), known, first })
  return gaps
}

/**
 * Milliseconds for which it was hidden although it had to be visible; a single read counts as one. What lives between two
 * reads only, and is in none of them, was not hidden.
 */
function hiddenWhileAlive(run: Case, instance: Instance, looked: Looked, gap: Gap): number {
  const visible = mustShow(run, instance, looked.node, gap.known)
  const within = visible.reduce((sum, each) => {
    const [from, to] = [Math.max(each.from, gap.from), Math.min(each.to, gap.to)]
    return to > from && hasReadWithin(looked, from, to) ? sum + to - from : sum
  }, 0)
  const { first } = gap
  const once = first !== undefined && visible.some(({ from, to }) => from <= first.from && to >= first.to)
  return within > 0 ? within : once ? 1 : 0
}

function mustShow(run: Case, instance: Instance, node: string, known: boolean): readonly Interval[] {
  const { timeline } = run
  const { born } = instance
  const life = run.lives.get(instance.id)
  if (born === undefined || life === undefined) return []
  const since = timeline.knownBy(born.n, node, born.a)
  const visible = known ? life.alive : life.alive.map(({ from, to }) => ({ from: Math.max(from, since), to }))
  const excused = [...forgotten(run, instance, node, since), ...silent(run, instance, node)]
  return visible.filter(({ from, to }) => from < to).flatMap(each => without(each, excused))
}

/** After its disk was lost, a node must know again what its peers know; after a crash, all but the last moments. */
function forgotten({ timeline }: Case, { born, contacts }: Instance, node: string, since: number): readonly Interval[] {
  const heard = contacts.filter(({ st }) => st === 200)
  return timeline.absencesOf(node).flatMap(({ from, to, disk, kind }) => {
    const last = heard.findLast(({ a }) => a < to) ?? born
    // Before it was born there was nothing to forget.
    if (last === undefined || kind === 'paused' || to <= (born?.s ?? 0)) return []
    const again = Math.min(
      ...[...new Set([last.n, ...heard.map(({ n }) => n)])]
        .filter(n => n !== node)
        .map(n => timeline.knownBy(n, node, to)),
    )
    const kept = disk === 'kept' && since + SAVED_MS < from
    return kept || (disk === 'kept' && born?.n === node) ? [] : [{ from, to: again }]
  })
}

/** Where invariant 10's exception is claimed: from 10 s after the nodes that heard it fell silent here, until they are back. */
function silent(
  { timeline, expectations, instances }: Case,
  { id, born }: Instance,
  node: string,
): readonly Interval[] {
  if (!expectations.exceptions.has(10) || born === undefined) return []
  const nodes = new Set(
    instances
      .get(id)
      ?.contacts.filter(({ st }) => st === 200)
      .map(({ n }) => n),
  )
  return [...nodes].flatMap(holder => {
    const silences = without({ from: 0, to: Number.POSITIVE_INFINITY }, timeline.connected(holder, node))
    return silences
      .filter(({ from, to }) => to - from > SILENT_MS)
      .map(({ from, to }) => ({
        from: from + SILENT_MS,
        to: to + timeline.propagation(to) + (instances.get(id)?.leaseMs ?? 0),
      }))
  })
}

function told({ id, born }: Instance, { node, viewer }: Looked, gap: Gap, hiddenMs: number): string {
  const known = gap.known ? 'had been shown there' : `was registered at ${born?.n} by ${at(born?.a ?? 0)}`
  return `${id} ${known} and heartbeats on time, but ${node} hid it from ${viewer} between ${at(gap.first?.from ?? gap.from)} and ${at(gap.to)} (${at(hiddenMs)} of it counts)`
}
