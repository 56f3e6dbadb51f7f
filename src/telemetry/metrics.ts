import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { CenterStatus, PeersView } from '../center/ports.ts'
import { type OriginalCounts, originalMetrics } from './original-metrics.ts'
import { type PeerLabels, PeerMetrics } from './peer-metrics.ts'
import { RequestTimes } from './request-times.ts'

/** Numbers that others keep and that are read when somebody scrapes. */
export interface Watched {
  readonly status: () => CenterStatus
  /** Gauges by name: `leases_held`, … */
  readonly gauges: () => Readonly<Record<string, number>>
  /** Counts by kind that only rise: malformed frames, refused records… */
  readonly counts: () => Readonly<Record<string, number>>
  readonly mesh: () => Readonly<Record<string, number>>
  readonly peers: () => PeersView
  /** Kubernetes and older centers: `kubernetes_instances`, … */
  readonly sources: () => Readonly<Record<string, number>>
  /** What the original counts, too. */
  readonly original: () => OriginalCounts
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const COMPACTION_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60]
const NANOSECONDS = 1e9

/** Every metric of the process, with help and unit. Base units; no label takes values that clients choose. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #requests = new RequestTimes()
  readonly #refused: Counter
  readonly #rendered: Counter
  readonly #sockets: Gauge
  readonly #stored: Histogram
  readonly #storeFailures: Counter
  readonly #storedFrames: Counter
  readonly #storedBytes: Counter
  readonly #logBytes: Gauge
  readonly #snapshotBytes: Gauge
  readonly #compactions: Histogram
  readonly #open = { watcher: 0, heartbeat: 0 }
  #peers: PeerMetrics | undefined
  #original: (() => OriginalCounts) | undefined

  constructor() {
    const registers = [this.#registry]
    collectDefaultMetrics({ register: this.#registry })
    this.#refused = new Counter({
      name: 'grapevine_http_refused_total',
      help: 'Requests and sockets that met a limit, by limit',
      labelNames: ['limit'],
      registers,
    })
    this.#rendered = new Counter({
      name: 'grapevine_rendered_total',
      help: 'What was rendered, by what it is: once for a revision or event, however many read it',
      labelNames: ['what'],
      registers,
    })
    this.#sockets = new Gauge({
      name: 'grapevine_sockets',
      help: 'Open websockets, by kind',
      labelNames: ['kind'],
      registers,
    })
    this.#stored = new Histogram({
      name: 'grapevine_store_group_seconds',
      help: 'Time to write and sync one group of frames',
      buckets: SECONDS,
      registers,
    })
    this.#storedFrames = new Counter({
      name: 'grapevine_store_frames_total',
      help: 'Frames written to the log',
      registers,
    })
    this.#storedBytes = new Counter({
      name: 'grapevine_store_written_bytes_total',
      help: 'Bytes written to the log',
      registers,
    })
    this.#storeFailures = new Counter({
      name: 'grapevine_store_failures_total',
      help: 'Frames the disk refused',
      registers,
    })
    this.#logBytes = new Gauge({
      name: 'grapevine_store_log_bytes',
      help: 'Bytes of the log behind the last snapshot',
      registers,
    })
    this.#snapshotBytes = new Gauge({
      name: 'grapevine_store_snapshot_bytes',
      help: 'Bytes of the last snapshot that this process has written',
      registers,
    })
    this.#compactions = new Histogram({
      name: 'grapevine_store_compaction_seconds',
      help: 'Time to write a snapshot in the place of the log',
      buckets: COMPACTION_SECONDS,
      registers,
    })
  }

  /** The API's port. */
  async scrape(): Promise<string> {
    const original = this.#original && originalMetrics(this.#original(), this.#requests.answered(), this.#open)
    const texts = [await this.#registry.metrics(), this.#requests.text(), ...(original === undefined ? [] : [original])]
    return `${texts.join('\n')}\n`
  }

  answers(method: string, route: string): (status: number, seconds: number) => void {
    return this.#requests.of(method, route)
  }

  refused(limit: string): void {
    this.#refused.inc({ limit })
  }

  rendered(what: 'find' | 'event'): void {
    this.#rendered.inc({ what })
  }

  sockets(kind: 'watcher' | 'heartbeat', change: 1 | -1): void {
    this.#open[kind] += change
    this.#sockets.inc({ kind }, change)
  }

  /** The store's port. */
  stored(frames: number, bytes: number, tookMs: number): void {
    this.#storedFrames.inc(frames)
    this.#storedBytes.inc(bytes)
    this.#stored.observe(tookMs / 1000)
  }

  failed(frames: number): void {
    this.#storeFailures.inc(frames)
  }

  logBytes(bytes: number): void {
    this.#logBytes.set(bytes)
  }

  compacted(bytes: number, tookMs: number): void {
    this.#snapshotBytes.set(bytes)
    this.#compactions.observe(tookMs / 1000)
  }

  /** A probe came back from a node. */
  probed(peer: PeerLabels, oneWayMs: number): void {
    this.#peers?.probed(peer, oneWayMs)
  }

  watch(watched: Watched): void {
    const registers = [this.#registry]
    this.#original = watched.original
    this.#peers = new PeerMetrics(this.#registry, watched.peers)
    const delay = monitorEventLoopDelay({ resolution: 10 })
    delay.enable()
    new Gauge({
      name: 'grapevine_event_loop_delay_seconds',
      help: 'Event-loop delay since the last scrape, by quantile',
      labelNames: ['quantile'],
      registers,
      collect() {
        for (const quantile of [50, 99, 99.9]) this.set({ quantile }, delay.percentile(quantile) / NANOSECONDS)
        delay.reset()
      },
    })
    new Gauge({
      name: 'grapevine_ready',
      help: '1 once the node serves: after its first repair, or with nobody to repair with',
      registers,
      collect() {
        this.set(watched.status().ready ? 1 : 0)
      },
    })
    new Gauge({
      name: 'grapevine_node_silent_seconds',
      help: 'Seconds since a node of the federation was last heard, by its name and cluster',
      labelNames: ['node', 'cluster'],
      registers,
      collect() {
        this.reset()
        for (const { name, cluster, silentMs } of watched.status().nodes) {
          if (silentMs !== undefined) this.set({ node: name, cluster }, silentMs / 1000)
        }
      },
    })
    this.#table('grapevine_catalog', 'Sizes of the catalog, by what is counted', watched.gauges)
    this.#table('grapevine_mesh', 'Traffic and events of the mesh since the start, by what is counted', watched.mesh)
    this.#table(
      'grapevine_source',
      'What is taken from Kubernetes and older centers, by what is counted',
      watched.sources,
    )
    this.#table('grapevine_dropped', 'What peers sent and was not taken since the start, by reason', watched.counts)
  }

  #table(name: string, help: string, read: () => Readonly<Record<string, number>>): void {
    new Gauge({
      name,
      help,
      labelNames: ['what'],
      registers: [this.#registry],
      collect() {
        for (const [what, value] of Object.entries(read())) this.set({ what }, value)
      },
    })
  }
}
