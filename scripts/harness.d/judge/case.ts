/** All that the judge knows of a run, put in order once. */
import type { ClientEvent, HarnessEvent, RunMeta } from '../events.ts'
import { type End, endOf } from './ends.ts'
import { type Expectations, expectationsFor } from './expectations.ts'
import { type Instance, type Life, lifeOf, readInstances } from './instances.ts'
import { readSightings, type Sightings } from './sightings.ts'
import { Timeline } from './timeline.ts'

export interface Case {
  readonly meta: RunMeta
  readonly expectations: Expectations
  readonly clients: readonly ClientEvent[]
  readonly harness: readonly HarnessEvent[]
  readonly timeline: Timeline
  readonly instances: ReadonlyMap<string, Instance>
  readonly lives: ReadonlyMap<string, Life>
  readonly ends: ReadonlyMap<string, End>
  readonly sightings: Sightings
}

export interface Evidence {
  /** How much of the unit of its limit. */
  readonly value: number
  /** The worst first, in sentences that name instance, node and times. */
  readonly evidence: readonly string[]
}

/** Told of each verdict; more would be read by nobody. */
export const EVIDENCE_MAX = 20

export function openCase(meta: RunMeta, clients: readonly ClientEvent[], harness: readonly HarnessEvent[]): Case {
  const expectations = expectationsFor(meta.expect, meta.exceptions, meta.patience)
  const timeline = new Timeline(meta, harness, expectations.allowances)
  const instances = readInstances(clients)
  const each = <T>(read: (instance: Instance) => T): ReadonlyMap<string, T> =>
    new Map([...instances].map(([id, instance]) => [id, read(instance)]))
  return {
    ...{ meta, expectations, clients, harness, timeline, instances },
    lives: each(instance => lifeOf(instance, timeline, expectations)),
    // Applications that are still alive when the run ends are stopped with it.
    ends: each(instance =>
      endOf(instance, instance.diedMs === undefined || instance.diedMs >= meta.endedMs, timeline, expectations),
    ),
    sightings: readSightings(clients),
  }
}

/** `12.345 s`: as in the run's log. */
export const at = (ms: number): string => `${(ms / 1000).toFixed(3)} s`

/** Worst first. */
export function evidenceOf(found: readonly { readonly weight: number; readonly text: string }[]): Evidence {
  const sorted = [...found].sort((a, b) => b.weight - a.weight)
  return { value: found.length, evidence: sorted.slice(0, EVIDENCE_MAX).map(({ text }) => text) }
}
