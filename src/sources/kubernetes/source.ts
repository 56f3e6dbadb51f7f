import { Alarms } from '../alarms.ts'
import { Preference } from '../preference.ts'
import type { Source, SourceDeps, SourceStatus } from '../source.ts'
import { type Job, WorkQueue } from '../work-queue.ts'
import { kubeAccess } from './access.ts'
import { HttpKubeApi, type KubeApi } from './api.ts'
import { Confirmation } from './confirmation.ts'
import { Desires } from './desires.ts'
import { ExportCheck, type Probe } from './export-check.ts'
import { Following } from './following.ts'
import { Hearing } from './hearing.ts'
import { ObjectsStore } from './objects-store.ts'
import type { KubernetesOptions } from './options.ts'
import { Reconciler } from './reconciler.ts'

/** News of the same moment is taken over together. */
const FLUSH_MS = 20
const TICK_MS = 250
const TICKS_PER_SECOND = 4

export interface KubernetesDeps extends SourceDeps {
  /** Another way to the API server than the options name. */
  readonly api?: KubeApi
  readonly probe?: Probe
}

/** Rejects with an Error for operators when there is no way to an API server. */
export async function createKubernetesSource(options: KubernetesOptions, deps: KubernetesDeps): Promise<Source> {
  const api = deps.api ?? new HttpKubeApi(await kubeAccess(options.kubeconfig))
  return new KubernetesSource(options, deps, api)
}

/** Services of this Kubernetes cluster as microservices of the own cluster. Every node of a cluster may run it. */
class KubernetesSource implements Source {
  readonly #deps: KubernetesDeps
  readonly #api: KubeApi
  readonly #store: ObjectsStore
  readonly #following: Following
  readonly #desires: Desires
  readonly #reconciler: Reconciler
  readonly #hearing: Hearing
  readonly #check: ExportCheck | undefined
  readonly #alarms: Alarms
  readonly #work: WorkQueue
  readonly #ended = new AbortController()
  /** Services (`namespace/name`) of which there is news. */
  #news = new Set<string>()
  #cancelFlush: (() => void) | undefined
  #cancelTick: (() => void) | undefined
  #ticks = 0
  #hasSynced = false

  constructor(options: KubernetesOptions, deps: KubernetesDeps, api: KubeApi) {
    const { clock } = deps
    this.#deps = deps
    this.#api = api
    this.#alarms = new Alarms(deps.log)
    this.#work = new WorkQueue(clock)
    this.#store = new ObjectsStore(ref => this.#concerned(ref))
    this.#check = options.exportCheck ? new ExportCheck(clock, ref => this.#concerned(ref), deps.probe) : undefined
    this.#desires = new Desires(this.#store, options, this.#check)
    this.#following = new Following(options, this.#store, { ...deps, api, turned: () => this.#scheduleFlush() })
    const confirmation = new Confirmation(api, this.#store)
    const shared = { ...deps, desires: this.#desires, preference: new Preference(deps.catalog) }
    this.#reconciler = new Reconciler({
      ...shared,
      work: this.#work,
      isLive: () => this.#isLive(),
      confirm: refs => confirmation.holds(refs, this.#ended.signal),
    })
    this.#hearing = new Hearing({ ...shared, reconciler: this.#reconciler, isSynced: () => this.#hasSynced })
  }

  start(): void {
    this.#following.start()
    this.#tick()
  }

  async stop(): Promise<void> {
    this.#ended.abort()
    this.#cancelTick?.()
    this.#cancelFlush?.()
    this.#work.stop()
    await this.#following.stop()
  }

  status(): SourceStatus {
    return {
      name: 'kubernetes',
      state: this.#isLive() ? 'live' : this.#hasSynced ? 'frozen' : 'starting',
      services: this.#desires.size,
      instances: this.#desires.instanceCount(),
      requests: this.#api.requests,
      receivedBytes: this.#api.receivedBytes,
      alarms: this.#alarms.list(),
      withheld: this.#desires.names.withheld,
    }
  }

  /** What the lists say is so, and the catalog is whole enough to be compared with them. */
  #isLive(): boolean {
    return this.#following.isLive && this.#deps.catalog.status().ready
  }

  #concerned(ref: string): void {
    this.#news.add(ref)
    this.#scheduleFlush()
  }

  #scheduleFlush(): void {
    if (this.#cancelFlush !== undefined || this.#ended.signal.aborted) return
    this.#cancelFlush = this.#deps.clock.after(FLUSH_MS, () => {
      this.#cancelFlush = undefined
      this.#flush()
    })
  }

  /** While the API server cannot be reached news waits: half of a change must not be taken for all of it. */
  #flush(): void {
    if (!this.#isLive() || (this.#news.size === 0 && this.#hasSynced)) return
    const news = this.#news
    this.#news = new Set()
    for (const name of this.#desires.refresh(news)) this.#work.push(this.#turn(name))
    if (!this.#hasSynced) this.#work.push(this.#synced())
  }

  *#turn(name: string): Job {
    const turn = this.#desires.turn(name)
    yield
    if (turn !== undefined) yield* this.#reconciler.turned(turn)
  }

  *#synced(): Job {
    this.#hasSynced = true
    yield
  }

  #tick(): void {
    this.#cancelTick = this.#deps.clock.after(TICK_MS, () => this.#tick())
    if (this.#news.size > 0 || !this.#hasSynced) this.#scheduleFlush()
    this.#reconciler.tick()
    this.#ticks += 1
    if (this.#ticks % TICKS_PER_SECOND !== 0) return
    if (this.#deps.catalog.status().ready) this.#hearing.tick()
    this.#check?.tick()
    this.#sound()
  }

  #sound(): void {
    const { collisions, faults } = this.#desires.names
    this.#alarms.replace('KubernetesNameCollision', collisions)
    this.#alarms.replace('KubernetesAnnotation', faults)
    this.#alarms.replace('KubernetesExport', this.#desires.exportFaults())
    this.#alarms.replace('KubernetesExportUnreachable', this.#check?.unreachable() ?? new Map())
    this.#alarms.replace('KubernetesApi', this.#following.faults())
  }
}
