/**
 * Judges a run by the logs of its clients and of the harness. It shares no code with the node: what the node believes
 * counts for nothing here.
 */
import { createReadStream, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { ClientEvent, HarnessEvent, RunMeta } from '../events.ts'
import { type Case, type Evidence, openCase } from './case.ts'
import type { Limit } from './expectations.ts'
import {
  eventLoopMs,
  type LinkTraffic,
  propagation,
  propagationAt,
  type Quantiles,
  quantiles,
  queuedMB,
  residentMB,
  traffic,
} from './figures.ts'
import { ghosts } from './ghosts.ts'
import { invented, lost } from './losses.ts'
import { missing } from './missing.ts'
import { convergenceMs, crashes, refusedReads } from './service.ts'

export interface Verdict extends Limit {
  readonly name: string
  readonly value: number
  /** Undefined: shown, not judged. */
  readonly held: boolean | undefined
  readonly evidence: readonly string[]
}

export interface Judgement {
  readonly meta: RunMeta
  readonly held: boolean
  readonly verdicts: readonly Verdict[]
  readonly counts: Readonly<Record<string, number>>
  readonly propagationMs: Quantiles
  readonly traffic: readonly LinkTraffic[]
}

export function judge(run: Case): Judgement {
  const samples = propagation(run)
  const found: Readonly<Record<string, Evidence>> = {
    ghosts: ghosts(run),
    missing: missing(run),
    lost: lost(run),
    invented: invented(run),
    refusedReads: refusedReads(run),
    crashes: crashes(run),
    convergenceMs: convergenceMs(run),
    propagationP50Ms: propagationAt(samples, 'p50'),
    propagationP99Ms: propagationAt(samples, 'p99'),
    residentMB: residentMB(run),
    queuedMB: queuedMB(run),
    eventLoopMs: eventLoopMs(run),
  }
  const verdicts = Object.entries(run.expectations.limits).map(([name, limit]): Verdict => {
    const { value, evidence } = found[name] ?? { value: Number.NaN, evidence: [`nothing measures ${name}`] }
    const held = limit.limit === undefined ? undefined : value <= limit.limit
    return { name, ...limit, value, held, evidence: held === true ? [] : evidence }
  })
  return {
    meta: run.meta,
    held: run.meta.complete && verdicts.every(({ held }) => held !== false),
    verdicts,
    counts: countsOf(run),
    propagationMs: quantiles(samples.map(({ ms }) => ms)),
    traffic: traffic(run),
  }
}

/** How much was done: a run in which nothing happened proves nothing. */
function countsOf({ clients, instances }: Case): Readonly<Record<string, number>> {
  const counts: Record<string, number> = { instances: instances.size }
  for (const event of clients) {
    const kind =
      event.k === 'fail'
        ? `failed ${event.what}`
        : 'st' in event
          ? `${event.k} ${event.st === 0 ? 'unanswered' : event.st}`
          : event.k
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  return counts
}

export interface RunFiles {
  readonly meta: string
  readonly clients: string
  readonly harness: string
}

export async function readCase({ meta, clients, harness }: RunFiles): Promise<Case> {
  return openCase(
    JSON.parse(readFileSync(meta, 'utf8')) as RunMeta,
    await readLines<ClientEvent>(clients),
    await readLines<HarnessEvent>(harness),
  )
}

async function readLines<E>(file: string): Promise<readonly E[]> {
  const events: E[] = []
  for await (const line of createInterface({ input: createReadStream(file) }))
    if (line !== '') events.push(JSON.parse(line) as E)
  return events
}
