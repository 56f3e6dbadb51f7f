import { createHash } from 'node:crypto'
import type { ClusterId } from '../../core/model.ts'
import type { Alarms } from '../alarms.ts'
import { pause } from '../pause.ts'
import type { Preference } from '../preference.ts'
import type { SourceDeps } from '../source.ts'
import type { CenterClient } from './client.ts'
import { fetchContracts } from './contracts.ts'
import { Mirror } from './mirror.ts'
import type { CenterAddresses } from './options.ts'
import { emptyMemory, type Memory, Round } from './round.ts'

/** Who is not the favourite of a center looks this much more seldom: he is there for the day the favourite is not. */
const OTHERS_FACTOR = 3
/** A dump that lacks most of what the last had is asked for again after this long. */
const DOUBT_MS = 5_000
/** Instances are heard this often, a part of them each second; the shortest lease has 20 s. */
const HEARING_S = 5
/** A center that became a node: its applications have a lease's time to come over. */
const GRACE_MS = 120_000
const UNREACHABLE = 'ServiceCenterUnreachable'

export interface StandInParts extends SourceDeps {
  readonly client: CenterClient
  readonly preference: Preference
  readonly alarms: Alarms
  readonly intervalMs: number
}

/** The same at every node that is configured with the same name, so that all write the same keys. */
export const clusterIdOf = (name: string): ClusterId =>
  createHash('sha256').update(name).digest('hex').slice(0, 16) as ClusterId

/** Stands in for one configured cluster as long as an older service center answers at its addresses. */
export class StandIn {
  readonly #name: string
  readonly #urls: readonly string[]
  readonly #parts: StandInParts
  readonly #mirror: Mirror
  readonly #ended = new AbortController()
  #memory: Memory = emptyMemory()
  #running: Promise<void> | undefined
  #second = 0
  #shrunk = false
  /** What was found at the addresses last. */
  state: 'unknown' | 'node' | 'center' | 'unreachable' = 'unknown'
  #nodeSinceMs: number | undefined
  /** An older center has answered, whatever became of its dump. */
  #isCenter = false

  constructor({ name, urls }: CenterAddresses, parts: StandInParts) {
    this.#name = name
    this.#urls = urls
    this.#parts = parts
    this.#mirror = new Mirror({ catalog: parts.catalog, cluster: clusterIdOf(name), log: parts.log })
  }

  get services(): number {
    return this.#memory.services.size
  }

  get instances(): number {
    return this.#memory.instances.size
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#ended.abort()
    await this.#running
  }

  /** Once a second. */
  tick(): void {
    this.#second += 1
    const part = this.#second % HEARING_S
    const due = this.#mirror.services().filter(({ sid }) => Number.parseInt(sid.slice(0, 6), 16) % HEARING_S === part)
    if (due.length > 0) void this.#mirror.hear(due, this.#isMine)
  }

  get #isMine(): boolean {
    const { preference, clock } = this.#parts
    return preference.isMine(this.#name, clock.monotonicMs())
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended
    while (!signal.aborted) {
      const waitMs = this.#parts.catalog.status().ready ? await this.#look(signal) : 250
      await pause(this.#parts.clock, waitMs, signal)
    }
  }

  /** Answers when to look again. */
  async #look(signal: AbortSignal): Promise<number> {
    const { client, intervalMs, alarms } = this.#parts
    const reasons: string[] = []
    for (const url of this.#urls) {
      try {
        const kind = await client.kindOf(url, signal)
        if (kind === 'node') return this.#becameNode()
        this.#nodeSinceMs = undefined
        this.#isCenter = true
        const whole = await this.#takeOver(url, signal)
        this.#turn('center')
        alarms.clear(UNREACHABLE, this.#name)
        if (!whole) return DOUBT_MS
        return this.#isMine ? intervalMs : intervalMs * OTHERS_FACTOR
      } catch (error) {
        if (signal.aborted) return 0
        reasons.push(`${url}: ${(error as Error).message}`)
      }
    }
    this.#unreachable(reasons)
    return intervalMs
  }

  /** A cluster of nodes that is down is the mesh's business; what an older center has shown is kept alive. */
  #unreachable(reasons: readonly string[]): void {
    if (!this.#isCenter && this.#mirror.services().length === 0) return
    this.#turn('unreachable')
    const kept = 'what it last showed is kept'
    this.#parts.alarms.raise(
      UNREACHABLE,
      this.#name,
      `the service center of ${this.#name} is not reached, ${kept} (${reasons.join('; ')})`,
    )
  }

  #turn(state: 'center' | 'unreachable'): void {
    this.state = state
    this.#parts.catalog.standIn(this.#mirror.cluster, { label: this.#name, reachable: state === 'center' })
  }

  async #takeOver(url: string, signal: AbortSignal): Promise<boolean> {
    const { client, catalog } = this.#parts
    catalog.standIn(this.#mirror.cluster, { label: this.#name, reachable: this.state !== 'unreachable' })
    const round = new Round(this.#mirror, this.#memory, { known: this.#federation() })
    await client.dump(url, (section, json) => round.pair(section, json), signal)
    this.#mirror.flush()
    const believed = await round.finish(this.#shrunk)
    this.#shrunk = !believed
    this.#memory = { ...round.after, summaries: this.#memory.summaries }
    if (!believed)
      this.#parts.log.warn({ cluster: this.#name }, 'a service center lost most of its instances, asking again')
    await fetchContracts(round.services(), this.#memory.summaries, { client, mirror: this.#mirror, url, signal })
    return believed
  }

  /** How a center that aggregates may call this cluster and the others of the federation. */
  #federation(): ReadonlySet<string> {
    const { cluster, clusterId, nodes } = this.#parts.catalog.status()
    const labels = [cluster, ...nodes.map(each => each.cluster)]
    const ids = [clusterId, ...nodes.map(each => each.clusterId)]
    const known = new Set([...labels, ...ids, ...ids.map(id => `c-${id.slice(0, 8)}`)])
    known.delete(this.#name)
    return known
  }

  /** Applications register with it again when their heartbeats fail; until then they are still found as the center's. */
  #becameNode(): number {
    const { clock, catalog, alarms, intervalMs, log } = this.#parts
    this.state = 'node'
    this.#isCenter = false
    alarms.clear(UNREACHABLE, this.#name)
    if (this.#mirror.services().length === 0) return intervalMs
    this.#nodeSinceMs ??= clock.monotonicMs()
    const waitMs = GRACE_MS - (clock.monotonicMs() - this.#nodeSinceMs)
    if (waitMs > 0) return Math.min(intervalMs, waitMs)
    log.info({ cluster: this.#name }, 'a node has replaced the service center: its last registrations go')
    this.#mirror.clear()
    catalog.standIn(this.#mirror.cluster, undefined)
    this.#memory = emptyMemory()
    return intervalMs
  }
}
