import { Alarms } from '../alarms.ts'
import { Preference } from '../preference.ts'
import type { Source, SourceDeps, SourceStatus } from '../source.ts'
import { CenterClient } from './client.ts'
import type { ServiceCenterOptions } from './options.ts'
import { StandIn } from './stand-in.ts'

const TICK_MS = 1_000

export const createServiceCenterSource = (options: ServiceCenterOptions, deps: SourceDeps): Source =>
  new ServiceCenterSource(options, deps)

/** Clusters that still run an older service center, as clusters of this federation. Every node may run it. */
class ServiceCenterSource implements Source {
  readonly #deps: SourceDeps
  readonly #client: CenterClient
  readonly #alarms: Alarms
  readonly #standIns: readonly StandIn[]
  #cancelTick: (() => void) | undefined

  constructor(options: ServiceCenterOptions, deps: SourceDeps) {
    this.#deps = deps
    this.#client = new CenterClient(options)
    this.#alarms = new Alarms(deps.log)
    const preference = new Preference(deps.catalog)
    const parts = { ...deps, client: this.#client, preference, alarms: this.#alarms, intervalMs: options.intervalMs }
    this.#standIns = options.clusters.filter(({ urls }) => urls.length > 0).map(each => new StandIn(each, parts))
  }

  start(): void {
    for (const standIn of this.#standIns) standIn.start()
    this.#tick()
  }

  async stop(): Promise<void> {
    this.#cancelTick?.()
    await Promise.all(this.#standIns.map(standIn => standIn.stop()))
  }

  status(): SourceStatus {
    const states = this.#standIns.map(({ state }) => state)
    const sum = (count: (standIn: StandIn) => number): number =>
      this.#standIns.reduce((total, each) => total + count(each), 0)
    return {
      name: 'servicecenter',
      state: states.includes('unreachable') ? 'frozen' : states.includes('unknown') ? 'starting' : 'live',
      services: sum(each => each.services),
      instances: sum(each => each.instances),
      requests: this.#client.requests,
      receivedBytes: this.#client.receivedBytes,
      alarms: this.#alarms.list(),
    }
  }

  #tick(): void {
    this.#cancelTick = this.#deps.clock.after(TICK_MS, () => this.#tick())
    if (this.#deps.catalog.status().ready) for (const standIn of this.#standIns) standIn.tick()
  }
}
