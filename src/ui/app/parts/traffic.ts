import { useEffect, useRef, useState } from 'preact/hooks'
import type { PeerView } from '../../../center/ports.ts'
import type { LinkFact } from '../../../core/why/facts.ts'
import { bytes } from './format.ts'

interface Sample {
  readonly atMs: number
  readonly bytesIn: number
  readonly bytesOut: number
}

/** Bytes a second over a link of this node. */
export interface Rate {
  readonly inPerSecond: number
  readonly outPerSecond: number
}

export interface TrafficRates {
  rateOf(node: string): Rate | undefined
  textOf(node: string): string
}

/** Two looks at the node's counters make a rate; one that is taken over less says little. */
const SPAN_MS = 1_500

/** How much goes over the links of this node, from what their counters said last time. */
export function useTraffic(peers: readonly PeerView[]): TrafficRates {
  const samples = useRef(new Map<string, Sample>())
  const [rates, setRates] = useState<ReadonlyMap<string, Rate>>(new Map())
  useEffect(() => {
    const next = new Map(rates)
    for (const { node, link } of peers) {
      if (link === undefined) {
        samples.current.delete(node)
        next.delete(node)
        continue
      }
      const sample = sampleOf(link, performance.now())
      const last = samples.current.get(node)
      if (last !== undefined && sample.atMs - last.atMs < SPAN_MS) continue
      samples.current.set(node, sample)
      if (last !== undefined) next.set(node, rateBetween(last, sample))
    }
    setRates(next)
  }, [peers])
  const rateOf = (node: string): Rate | undefined => rates.get(node)
  return { rateOf, textOf: node => rateText(rateOf(node)) }
}

function sampleOf({ traffic }: LinkFact, atMs: number): Sample {
  const lanes = Object.values(traffic)
  const sum = (of: (lane: (typeof lanes)[number]) => number): number => lanes.reduce((all, lane) => all + of(lane), 0)
  return { atMs, bytesIn: sum(lane => lane.bytesIn), bytesOut: sum(lane => lane.bytesOut) }
}

function rateBetween(last: Sample, next: Sample): Rate {
  const seconds = (next.atMs - last.atMs) / 1_000
  return {
    inPerSecond: Math.max(0, next.bytesIn - last.bytesIn) / seconds,
    outPerSecond: Math.max(0, next.bytesOut - last.bytesOut) / seconds,
  }
}

export const rateText = (rate: Rate | undefined): string =>
  rate === undefined ? '–' : `↓ ${bytes(rate.inPerSecond)}/s ↑ ${bytes(rate.outPerSecond)}/s`
