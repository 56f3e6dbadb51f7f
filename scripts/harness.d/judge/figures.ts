/** Numbers of the run: how fast, how large, how much. */
import type { HarnessEvent } from '../events.ts'
import { at, type Case, type Evidence } from './case.ts'

export interface Quantiles {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

export interface PropagationSample {
  /** When the registration was sent. */
  readonly sentMs: number
  readonly ms: number
  readonly node: string
  readonly id: string
}

type Sample = Extract<HarnessEvent, { k: 'sample' }>

/** From a registration's being sent until another node, connected all the time by good paths, was seen to show it. */
export function propagation({ clients, timeline, instances, expectations }: Case): readonly PropagationSample[] {
  const first = new Map<string, number>()
  for (const event of clients) {
    const ids =
      event.k === 'view' ? Object.keys(event.add) : event.k === 'event' && event.act === 'CREATE' ? [event.i] : []
    for (const id of ids) {
      if (!('n' in event)) continue
      const key = `${event.n} ${id}`
      first.set(key, Math.min(event.a, first.get(key) ?? Number.POSITIVE_INFINITY))
    }
  }
  return [...first].flatMap(([key, seenMs]) => {
    const [node = '', id = ''] = key.split(' ')
    const born = instances.get(id)?.born
    if (born === undefined || born.n === node) return []
    const reach = born.a + expectations.allowances.propagation
    const steady = timeline.connected(born.n, node).some(({ from, to }) => from <= born.s && to >= reach)
    return steady && !timeline.isSlow(born.s) ? [{ sentMs: born.s, ms: seenMs - born.s, node, id }] : []
  })
}

export function quantiles(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b)
  const pick = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0
  return { count: sorted.length, p50: pick(0.5), p90: pick(0.9), p99: pick(0.99), max: sorted.at(-1) ?? 0 }
}

export function propagationAt(samples: readonly PropagationSample[], q: 'p50' | 'p99'): Evidence {
  const value = quantiles(samples.map(({ ms }) => ms))[q]
  const slowest = [...samples].sort((a, b) => b.ms - a.ms).slice(0, 5)
  const evidence = slowest.map(
    ({ id, node, ms, sentMs }) => `${id}, sent at ${at(sentMs)}, was seen at ${node} after ${Math.round(ms)} ms`,
  )
  return { value: Math.round(value * 10) / 10, evidence }
}

const samplesOf = (harness: readonly HarnessEvent[]): readonly Sample[] =>
  harness.filter((event): event is Sample => event.k === 'sample')

function worst(
  harness: readonly HarnessEvent[],
  read: (sample: Sample) => number,
  say: (sample: Sample, value: number) => string,
): Evidence {
  const samples = samplesOf(harness)
  const top = [...samples].sort((a, b) => read(b) - read(a))[0]
  return top === undefined
    ? { value: 0, evidence: [] }
    : { value: Math.round(read(top) * 10) / 10, evidence: [say(top, read(top))] }
}

export const residentMB = ({ harness }: Case): Evidence =>
  worst(
    harness,
    ({ rss }) => rss / 1e6,
    ({ n, t }, value) => `${n} held ${value.toFixed(0)} MB at ${at(t)}`,
  )

export const eventLoopMs = ({ harness }: Case): Evidence =>
  worst(
    harness,
    ({ delay }) => (delay['99.9'] ?? 0) * 1_000,
    ({ n, t }, value) => `the event loop of ${n} was ${value.toFixed(0)} ms late at ${at(t)}`,
  )

export const queuedMB = ({ harness }: Case): Evidence =>
  worst(
    harness,
    ({ queued }) => queued / 1e6,
    ({ n, t }, value) => `${n} kept ${value.toFixed(1)} MB waiting for one peer at ${at(t)}`,
  )

/** Kinds of frames on a link, and what they carry. */
export const KINDS = {
  gossip: 'changes, as they happen',
  peer: 'beats, heartbeats passed on, questions',
  repair: 'comparisons, and what they bring',
} as const

export interface LinkTraffic {
  readonly from: string
  readonly to: string
  /** On the wire, as it passed the proxy. */
  readonly wireBytes: number
  /** As the sending node counts its own frames, by kind. */
  readonly kinds: Readonly<Record<string, { readonly bytes: number; readonly frames: number }>>
}

/** What went over each path in the whole run. Nodes begin to count anew when they start; those counts are added up. */
export function traffic({ harness }: Case): readonly LinkTraffic[] {
  const sums = new Map<string, number>()
  const last = new Map<string, number>()
  for (const { n, traffic: counts } of samplesOf(harness)) {
    for (const [key, value] of Object.entries(counts)) {
      const name = `${n}/${key}`
      const before = last.get(name) ?? 0
      sums.set(name, (sums.get(name) ?? 0) + (value >= before ? value - before : value))
      last.set(name, value)
    }
  }
  const paths =
    harness.findLast((event): event is Extract<HarnessEvent, { k: 'bytes' }> => event.k === 'bytes')?.paths ?? {}
  return Object.entries(paths).map(([path, wireBytes]) => {
    const [from = '', to = ''] = path.split('>')
    const kinds = Object.keys(KINDS).map(kind => {
      const count = (what: string): number => sums.get(`${from}/${to}/${kind}/${what}`) ?? 0
      return [kind, { bytes: count('bytes'), frames: count('frames') }] as const
    })
    return { from, to, wireBytes, kinds: Object.fromEntries(kinds) }
  })
}
