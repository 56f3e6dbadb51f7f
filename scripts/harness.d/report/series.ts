/** The run over time, as the charts show it and the JSON file holds it. */
import type { HarnessEvent } from '../events.ts'
import type { Case } from '../judge/case.ts'
import { propagation } from '../judge/figures.ts'

/** `[seconds, value]`. */
export type Point = readonly [number, number]
export type Lines = Readonly<Record<string, readonly Point[]>>

/** `starting`: it had not served yet, which is nobody's fault. */
export const FAULT_KINDS = ['starting', 'down', 'paused', 'cut', 'slow'] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

export interface Bar {
  readonly row: string
  readonly from: number
  readonly to: number
  readonly kind: FaultKind
}

export interface Series {
  readonly endS: number
  readonly steps: readonly { readonly text: string; readonly from: number; readonly to: number }[]
  readonly faults: readonly Bar[]
  /** When a registration was sent, and after how many milliseconds a node showed it. */
  readonly propagation: readonly Point[]
  /** Instances that live, as their clients know, and those that each node shows. */
  readonly living: readonly Point[]
  readonly visible: Lines
  /** Sent by each node, KB/s on the wire. */
  readonly traffic: Lines
  readonly memory: Lines
  /** p99.9 of each second, ms. */
  readonly eventLoop: Lines
}

/** More points than these nobody can tell apart. */
const POINTS_MAX = 3_000

export function seriesOf(run: Case): Series {
  const endS = run.meta.endedMs / 1_000
  const samples = run.harness.filter((event): event is Extract<HarnessEvent, { k: 'sample' }> => event.k === 'sample')
  const lines = (read: (sample: Extract<HarnessEvent, { k: 'sample' }>) => number): Lines =>
    Object.fromEntries(
      run.meta.nodes.map(({ name }) => [
        name,
        samples.filter(({ n }) => n === name).map(sample => point(sample.t, read(sample))),
      ]),
    )
  return {
    endS,
    steps: run.harness.flatMap(event =>
      event.k === 'step' ? [{ text: event.text, from: event.t / 1_000, to: event.end / 1_000 }] : [],
    ),
    faults: faultsOf(run, endS),
    propagation: thinned(propagation(run).map(({ sentMs, ms }) => point(sentMs, ms))),
    living: livingOf(run),
    visible: visibleOf(run),
    traffic: trafficOf(run),
    memory: lines(({ rss }) => rss / 1e6),
    eventLoop: lines(({ delay }) => (delay['99.9'] ?? 0) * 1_000),
  }
}

const point = (ms: number, value: number): Point => [Math.round(ms) / 1_000, Math.round(value * 100) / 100]

function thinned<T>(points: readonly T[]): readonly T[] {
  const every = Math.ceil(points.length / POINTS_MAX)
  return points.filter((_, i) => i % every === 0)
}

function faultsOf({ timeline, meta, harness }: Case, endS: number): readonly Bar[] {
  const bars: Bar[] = meta.nodes.flatMap(({ name }) =>
    timeline.absencesOf(name).map(({ from, to, kind }) => ({
      ...{ row: name, from: from / 1_000, to: Math.min(endS, to / 1_000) },
      kind: from === 0 ? ('starting' as const) : kind,
    })),
  )
  const open = new Map<string, { from: number; kind: 'cut' | 'slow' }>()
  const close = (row: string, t: number): void => {
    const began = open.get(row)
    if (began !== undefined) bars.push({ row, from: began.from, to: Math.min(endS, t / 1_000), kind: began.kind })
    open.delete(row)
  }
  for (const event of harness) {
    if (event.k !== 'path') continue
    // One row for each pair of clusters and direction: paths of their nodes are cut and healed together, or overlap.
    const row = `${clusterOf(meta, event.from)} → ${clusterOf(meta, event.to)}`
    if (event.state !== 'up' && open.get(row)?.kind === event.state) continue
    close(row, event.t)
    if (event.state !== 'up') open.set(row, { from: event.t / 1_000, kind: event.state })
  }
  for (const row of [...open.keys()]) close(row, Number.POSITIVE_INFINITY)
  return bars.filter(({ from, to }) => to > from)
}

const clusterOf = (meta: Case['meta'], node: string): string =>
  meta.nodes.find(({ name }) => name === node)?.cluster ?? node

function livingOf({ instances, meta }: Case): readonly Point[] {
  const changes = [...instances.values()].flatMap(({ born, farewellMs, diedMs }) => {
    if (born === undefined) return []
    const end = Math.min(farewellMs, diedMs ?? Number.POSITIVE_INFINITY)
    return [{ t: born.a, by: 1 }, ...(end < meta.endedMs ? [{ t: end, by: -1 }] : [])]
  })
  return steps(changes.sort((a, b) => a.t - b.t))
}

function steps(changes: readonly { readonly t: number; readonly by: number }[]): readonly Point[] {
  let count = 0
  return thinned(
    changes.map(({ t, by }) => {
      count += by
      return point(t, count)
    }),
  )
}

function visibleOf({ clients, meta }: Case): Lines {
  return Object.fromEntries(
    meta.nodes.map(({ name }) => {
      const seen = new Set<string>()
      const points = clients.flatMap(event => {
        if (event.k !== 'view' || event.n !== name || event.w !== `observer-${name}`) return []
        for (const id of event.del) seen.delete(id)
        for (const id of Object.keys(event.add)) seen.add(id)
        return [point(event.a, seen.size)]
      })
      return [name, thinned(points)]
    }),
  )
}

function trafficOf({ harness, meta }: Case): Lines {
  const looks = harness.filter((event): event is Extract<HarnessEvent, { k: 'bytes' }> => event.k === 'bytes')
  const sentBy = (node: string, paths: Readonly<Record<string, number>>): number =>
    Object.entries(paths).reduce((sum, [path, bytes]) => (path.startsWith(`${node}>`) ? sum + bytes : sum), 0)
  return Object.fromEntries(
    meta.nodes.map(({ name }) => [
      name,
      looks.slice(1).map((look, i) => {
        const before = looks[i] ?? look
        return point(look.t, (sentBy(name, look.paths) - sentBy(name, before.paths)) / Math.max(1, look.t - before.t))
      }),
    ]),
  )
}
