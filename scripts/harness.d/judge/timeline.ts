/** When each node was away, and who was connected with whom: from the harness's own log, never from what nodes say. */
import type { HarnessEvent, RunMeta } from '../events.ts'
import type { Allowances } from './expectations.ts'

export interface Interval {
  readonly from: number
  readonly to: number
}

export interface Absence extends Interval {
  readonly kind: 'down' | 'paused'
  /** What the node had when it came back. */
  readonly disk: 'kept' | 'lost' | 'replaced'
}

type NodeEvent = Extract<HarnessEvent, { k: 'node' }>
type PathEvent = Extract<HarnessEvent, { k: 'path' }>

/** A node that stops for so long doubts itself, as after a restart (invariant 10). */
const STALL_MS = 5_000

export class Timeline {
  readonly absences: ReadonlyMap<string, readonly Absence[]>
  readonly clusterOf: ReadonlyMap<string, string>
  readonly #jumps: ReadonlyMap<string, readonly Absence[]>
  readonly #stalls: ReadonlyMap<string, readonly Interval[]>
  readonly #slow: readonly Interval[]
  readonly #allowances: Allowances
  readonly #nodes: readonly string[]
  /** Per link: when it was usable, counted from `healed` after it became so. */
  readonly #links: ReadonlyMap<string, readonly Interval[]>
  readonly #connected = new Map<string, readonly Interval[]>()
  readonly #moments: readonly number[]

  constructor(meta: RunMeta, events: readonly HarnessEvent[], allowances: Allowances) {
    this.#allowances = allowances
    this.#nodes = meta.nodes.map(({ name }) => name)
    this.clusterOf = new Map(meta.nodes.map(({ name, cluster }) => [name, cluster]))
    const nodeEvents = events.filter((event): event is NodeEvent => event.k === 'node')
    this.absences = new Map(this.#nodes.map(name => [name, absencesOf(nodeEvents.filter(({ n }) => n === name))]))
    this.#jumps = Map.groupBy(
      nodeEvents
        .filter(({ state }) => state === 'jumped')
        .map(({ n, t }) => ({ n, from: t, to: t, kind: 'paused' as const, disk: 'kept' as const })),
      ({ n }) => n,
    )
    this.#stalls = new Map(this.#nodes.map(name => [name, stallsOf(events, name, this.absencesOf(name))]))
    const paths = events.filter((event): event is PathEvent => event.k === 'path')
    this.#slow = intervalsOf(paths, 'slow')
    this.#links = new Map(
      meta.links.map(([one, other]) => {
        const cuts = intervalsOf(
          paths.filter(({ from, to }) => (from === one && to === other) || (from === other && to === one)),
          'cut',
        )
        const down = [...this.absencesOf(one), ...this.absencesOf(other), ...cuts].map(({ from, to }) => ({
          from,
          to: to + allowances.healed,
        }))
        return [`${one} ${other}`, without({ from: 0, to: Number.POSITIVE_INFINITY }, down)]
      }),
    )
    this.#moments = [...new Set([...this.#links.values()].flat().flatMap(({ from, to }) => [from, to]))]
      .filter(Number.isFinite)
      .sort((a, b) => a - b)
  }

  absencesOf(node: string): readonly Absence[] {
    return this.absences.get(node) ?? []
  }

  /** Absences, and the moments when a node's clock jumped: it then doubts itself, and watches as after a restart. */
  restartsOf(node: string): readonly Absence[] {
    return [...this.absencesOf(node), ...(this.#jumps.get(node) ?? [])].sort((a, b) => a.from - b.from)
  }

  /** When it answered nobody, not even the harness, for so long that it may have doubted itself: the machine was too busy. */
  stallsOf(node: string): readonly Interval[] {
    return this.#stalls.get(node) ?? []
  }

  /** Whether the node served during the whole time. */
  present(node: string, { from, to }: Interval): boolean {
    return !this.absencesOf(node).some(absence => absence.from <= to && absence.to >= from)
  }

  /** When a chain of usable links led from one to the other without a break. A node is always connected to itself. */
  connected(one: string, other: string): readonly Interval[] {
    if (one === other) return [{ from: 0, to: Number.POSITIVE_INFINITY }]
    const key = [one, other].sort().join(' ')
    const known = this.#connected.get(key)
    if (known !== undefined) return known
    const intervals = this.#connectedIntervals(one, other)
    this.#connected.set(key, intervals)
    return intervals
  }

  /** The earliest moment by which what happened at `author` at `t` must be known at `node`. */
  knownBy(author: string, node: string, t: number): number {
    if (author === node) return t
    for (const { from, to } of this.connected(author, node)) {
      const start = Math.max(t, from)
      const end = start + this.propagation(start)
      if (end <= to) return end
    }
    return Number.POSITIVE_INFINITY
  }

  /** How long one propagation may take that begins at `t`. */
  propagation(t: number): number {
    return this.isSlow(t) ? this.#allowances.slowPropagation : this.#allowances.propagation
  }

  /** Whether a path is slow or lossy around this time, because the scenario says so. */
  isSlow(t: number): boolean {
    const { propagation, slowPropagation } = this.#allowances
    return this.#slow.some(({ from, to }) => from < t + propagation && to + slowPropagation > t)
  }

  #connectedIntervals(one: string, other: string): readonly Interval[] {
    const intervals: { from: number; to: number }[] = []
    const moments = [0, ...this.#moments]
    moments.forEach((from, i) => {
      const to = moments[i + 1] ?? Number.POSITIVE_INFINITY
      if (from === to || !this.#reaches(one, other, from)) return
      const last = intervals.at(-1)
      if (last?.to === from) last.to = to
      else intervals.push({ from, to })
    })
    return intervals
  }

  #reaches(one: string, other: string, t: number): boolean {
    const seen = new Set([one])
    for (const node of seen) {
      for (const next of this.#nodes) if (!seen.has(next) && this.#usable(node, next, t)) seen.add(next)
    }
    return seen.has(other)
  }

  #usable(one: string, other: string, t: number): boolean {
    const intervals = this.#links.get(`${one} ${other}`) ?? this.#links.get(`${other} ${one}`) ?? []
    return intervals.some(({ from, to }) => from <= t && t < to)
  }
}

/** It is looked at each second while it runs. Where the scenario itself has taken it away, that counts, and no more. */
function stallsOf(events: readonly HarnessEvent[], node: string, absences: readonly Absence[]): readonly Interval[] {
  const looks = events.flatMap(event => (event.k === 'sample' && event.n === node ? [event.t] : []))
  return looks.slice(1).flatMap((to, i) => {
    const from = looks[i] ?? to
    const away = absences.some(absence => absence.from <= to && absence.to >= from)
    return to - from > STALL_MS && !away ? [{ from, to }] : []
  })
}

function absencesOf(events: readonly NodeEvent[]): readonly Absence[] {
  const absences: Absence[] = []
  // Nothing is expected of a node before it first serves.
  let from: number | undefined = 0
  let kind: Absence['kind'] = 'down'
  let disk: Absence['disk'] = 'replaced'
  for (const event of events) {
    if (event.state === 'down' || event.state === 'crashed' || event.state === 'paused') {
      from ??= event.t
      kind = event.state === 'paused' ? 'paused' : 'down'
      disk = 'kept'
    } else if (event.state === 'starting') {
      if (event.disk === 'lost' || event.disk === 'replaced') disk = event.disk
    } else if (from !== undefined && event.state !== 'jumped') {
      absences.push({ from, to: event.t, kind, disk })
      from = undefined
    }
  }
  if (from !== undefined) absences.push({ from, to: Number.POSITIVE_INFINITY, kind, disk })
  return absences
}

/** When any of these paths was in that state. */
function intervalsOf(events: readonly PathEvent[], state: PathEvent['state']): readonly Interval[] {
  const since = new Map<string, number>()
  const intervals: Interval[] = []
  for (const event of events) {
    const key = `${event.from}>${event.to}`
    const from = since.get(key)
    if (event.state === state) since.set(key, from ?? event.t)
    else if (from !== undefined) {
      intervals.push({ from, to: event.t })
      since.delete(key)
    }
  }
  for (const from of since.values()) intervals.push({ from, to: Number.POSITIVE_INFINITY })
  return intervals
}

/** What is left of an interval. */
export function without(whole: Interval, holes: readonly Interval[]): readonly Interval[] {
  const left: Interval[] = []
  let { from } = whole
  for (const hole of [...holes].sort((a, b) => a.from - b.from)) {
    if (hole.to <= from) continue
    if (hole.from >= whole.to) break
    if (hole.from > from) left.push({ from, to: hole.from })
    from = hole.to
  }
  if (from < whole.to) left.push({ from, to: whole.to })
  return left
}

/** How much of an interval is covered by these, which may overlap. */
export function overlap(whole: Interval, parts: readonly Interval[]): number {
  return whole.to - whole.from - without(whole, parts).reduce((sum, { from, to }) => sum + to - from, 0)
}
