/** Logs of a run that never took place: two clusters of one node, everything as it should be. Tests then plant a breakage. */
import type { ClientEvent, HarnessEvent, RunMeta } from '../../scripts/harness.d/events.ts'
import { openCase } from '../../scripts/harness.d/judge/case.ts'
import { type Judgement, judge } from '../../scripts/harness.d/judge/judge.ts'

export const LEASE_MS = 8_000
export const INTERVAL_MS = 2_000
export const END_MS = 100_000
const ANSWER_MS = 5
const LOOK_MS = 250
const NODES = [
  { name: 'sc1-a', cluster: 'sc1' },
  { name: 'sc2-a', cluster: 'sc2' },
]

export interface Life {
  readonly id: string
  readonly node: string
  readonly bornMs: number
  /** The last heartbeat is sent before it; then it dies without a word, or unregisters. */
  readonly endMs?: number
  readonly unregisters?: boolean
}

/** When a node shows an instance; by default from a little after its birth to its lawful end. */
export interface Stretch {
  readonly id: string
  readonly node: string
  readonly fromMs: number
  readonly toMs: number
}

export class MadeRun {
  readonly clients: ClientEvent[] = []
  readonly harness: HarnessEvent[] = NODES.map(({ name }) => ({ k: 'node', n: name, state: 'ready', t: 500 }))
  readonly #stretches: Stretch[] = []
  #meta: Partial<RunMeta> = {}

  meta(more: Partial<RunMeta>): this {
    this.#meta = { ...this.#meta, ...more }
    return this
  }

  /** Registers, heartbeats, ends. What is shown of it is another matter. */
  live(
    { id, node, bornMs, endMs, unregisters = false }: Life,
    awayMs: readonly (readonly [number, number])[] = [],
  ): this {
    const contact = (s: number, st = 200) => ({ i: id, n: node, s, a: s + ANSWER_MS, st })
    this.clients.push({ k: 'register', ...contact(bornMs), svc: 'shop-0', leaseMs: LEASE_MS })
    for (let s = bornMs + INTERVAL_MS; s < (endMs ?? END_MS); s += INTERVAL_MS) {
      const away = awayMs.some(([from, to]) => s >= from && s <= to)
      this.clients.push({ k: 'heartbeat', ...contact(s, away ? 0 : 200) })
    }
    if (endMs !== undefined && unregisters) this.clients.push({ k: 'unregister', ...contact(endMs) })
    else if (endMs !== undefined) this.clients.push({ k: 'die', i: id, a: endMs })
    return this
  }

  show(id: string, node: string, fromMs: number, toMs: number = END_MS): this {
    this.#stretches.push({ id, node, fromMs, toMs })
    return this
  }

  add(...events: readonly (ClientEvent | HarnessEvent)[]): this {
    for (const event of events) {
      if (event.k === 'node' || event.k === 'path' || event.k === 'sample' || event.k === 'bytes')
        this.harness.push(event)
      else this.clients.push(event as ClientEvent)
    }
    return this
  }

  judge(): Judgement {
    const meta: RunMeta = {
      ...{
        scenario: 'made',
        about: '',
        startedAt: '',
        commit: '',
        machine: '',
        nodes: NODES,
        links: [['sc1-a', 'sc2-a']],
      },
      ...{
        workloads: [],
        observeMs: LOOK_MS,
        exceptions: [],
        expect: {},
        complete: true,
        patience: 1,
        endedMs: END_MS,
      },
      ...this.#meta,
    }
    const byTime = (one: HarnessEvent, other: HarnessEvent): number =>
      ('t' in one ? one.t : 0) - ('t' in other ? other.t : 0)
    return judge(
      openCase(meta, [...this.clients, ...NODES.flatMap(({ name }) => this.#looks(name))], this.harness.sort(byTime)),
    )
  }

  /** What an observer that looks four times a second writes down. */
  #looks(node: string): ClientEvent[] {
    const events: ClientEvent[] = []
    let before = new Set<string>()
    const common = { w: `observer-${node}`, n: node, svc: 'shop-0' }
    for (let s = 1_000; s < END_MS; s += LOOK_MS) {
      const shown = new Set(
        this.#stretches.filter(each => each.node === node && s >= each.fromMs && s < each.toMs).map(({ id }) => id),
      )
      const add = Object.fromEntries([...shown].filter(id => !before.has(id)).map(id => [id, 0]))
      const del = [...before].filter(id => !shown.has(id))
      if (s === 1_000 || del.length > 0 || Object.keys(add).length > 0) {
        events.push({
          k: 'view',
          ...common,
          p: s === 1_000 ? null : s - LOOK_MS,
          g: LOOK_MS + ANSWER_MS,
          s,
          a: s + ANSWER_MS,
          add,
          del,
        })
      }
      before = shown
    }
    return [
      ...events,
      { k: 'last', ...common, g: LOOK_MS + ANSWER_MS, s: END_MS - LOOK_MS, a: END_MS - LOOK_MS + ANSWER_MS },
    ]
  }
}

/** One that lives to the end, one that dies, one that unregisters; each shown as long as it should be. */
export function goodRun(): MadeRun {
  return new MadeRun()
    .live({ id: 'lives', node: 'sc1-a', bornMs: 10_000 })
    .show('lives', 'sc1-a', 10_005)
    .show('lives', 'sc2-a', 10_030)
    .live({ id: 'dies', node: 'sc1-a', bornMs: 10_000, endMs: 20_500 })
    .show('dies', 'sc1-a', 10_005, 28_500)
    .show('dies', 'sc2-a', 10_030, 28_600)
    .live({ id: 'leaves', node: 'sc2-a', bornMs: 10_000, endMs: 30_000, unregisters: true })
    .show('leaves', 'sc2-a', 10_005, 30_000)
    .show('leaves', 'sc1-a', 10_030, 30_100)
}

/** Names of what did not hold. */
export const broken = (judgement: Judgement): readonly string[] =>
  judgement.verdicts.filter(({ held }) => held === false).map(({ name }) => name)

export const cut = (from: string, to: string, t: number): HarnessEvent => ({ k: 'path', from, to, state: 'cut', t })
export const heal = (from: string, to: string, t: number): HarnessEvent => ({ k: 'path', from, to, state: 'up', t })
export const node = (n: string, state: string, t: number, disk?: string): HarnessEvent => ({
  k: 'node',
  n,
  state,
  t,
  ...(disk !== undefined && { disk }),
})
export const contact = (i: string, n: string, s: number, st = 200) => ({ i, n, s, a: s + 5, st })
export const SAMPLE = {
  k: 'sample',
  n: 'sc1-a',
  t: 50_000,
  cpuS: 1,
  delay: {},
  traffic: {},
  rss: 100e6,
  queued: 0,
} as const
