import { AsyncLocalStorage } from 'node:async_hooks'
import { hash } from 'node:crypto'
import { hostname } from 'node:os'
import type { Server as TlsServer } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Following, ServerTls } from './api/deps.ts'
import type { ApiOptions } from './api/options.ts'
import { createApi } from './api/server.ts'
import { createSelf, type Self } from './api/servicecomb/self.ts'
import { apiOptionsOf, meshOptionsOf } from './assembly.ts'
import { type Center, createCenter, TICK_MS } from './center/center.ts'
import type { Arrival, Clock, Identity, Origin, Store, StoreSource } from './center/ports.ts'
import { askingTls, readTls, reloadTls } from './certificates.ts'
import { ConfigError, httpAddressOf, type Resolved } from './config.ts'
import type { NodeId } from './core/model.ts'
import type { Digests } from './core/transaction.ts'
import { tuneHeap } from './heap.ts'
import { loadIdentity } from './mesh/identity.ts'
import { createMesh, type MeshNode } from './mesh/mesh.ts'
import { outsideOf } from './outside.ts'
import { systemRandom } from './random.ts'
import { loadSigningKey } from './signing-key.ts'
import type { Source } from './sources/source.ts'
import { createSources, sourceNumbers } from './sources.ts'
import { openStore } from './store/store.ts'
import { meshNumbers } from './telemetry/mesh-numbers.ts'
import { Metrics } from './telemetry/metrics.ts'
import type { PeerLabels } from './telemetry/peer-metrics.ts'
import type { Tracing } from './telemetry/tracing.ts'
import { createDashboard } from './ui/dashboard.ts'
import { VERSION } from './version.ts'

const clock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

const random = systemRandom()

const digests: Digests = { sha1: text => hash('sha1', text), sha256: data => hash('sha256', data) }

/** Whoever waits for a node that starts comes before its log. */
const COMPACT_AFTER_MS = 10_000

/** One node from its options to its end: the only place that knows every part. */
export class Node {
  readonly #resolved: Resolved
  readonly #log: Logger
  readonly #metrics = new Metrics()
  readonly #apiOptions: ApiOptions
  /** Without it the API speaks HTTP. */
  readonly #tls: ServerTls | undefined
  #stopReloading: () => void = () => undefined
  #store: (Store & StoreSource) | undefined
  #mesh: MeshNode | undefined
  #center: Center | undefined
  #api: FastifyInstance | undefined
  #self: Self | undefined
  #sources: readonly Source[] = []
  #ticking: NodeJS.Timeout | undefined
  #stopTuning: () => void = () => undefined
  #stopWaiting: () => void = () => undefined
  /** Whose request runs, where it is followed. */
  readonly #requests = new AsyncLocalStorage<Origin>()
  #tracing: Tracing | undefined

  constructor(resolved: Resolved, log: Logger) {
    this.#resolved = resolved
    this.#log = log
    this.#apiOptions = apiOptionsOf(resolved.values, VERSION)
    this.#tls = resolved.values.sslMode ? readTls(resolved.values) : undefined
  }

  /** The API listens as soon as the disk has been read; it answers 400002 until the node may serve. */
  async start(): Promise<void> {
    const { values } = this.#resolved
    const tls = this.#tls
    const store = await openStore(
      values.data,
      { sync: values.sync },
      { clock, random, log: this.#log, observer: this.#metrics },
    )
    this.#store = store
    const mesh = createMesh(meshOptionsOf(this.#resolved, await loadIdentity(values.data)), {
      clock,
      random,
      log: this.#log,
      ...(tls?.requestCert === true ? { tls: () => askingTls(values, tls) } : {}),
    })
    this.#mesh = mesh
    const center = this.#createCenter(mesh, store)
    this.#center = center
    const startedAtMs = performance.now()
    await store.load(frame => center.restore(frame))
    center.begin()
    this.#tracing = await this.#startTracing(center)
    this.#stopWaiting = clock.after(COMPACT_AFTER_MS, () => store.compactWith(() => center.snapshot()))
    this.#ticking = setInterval(() => center.tick(), TICK_MS)
    this.#watch(center, mesh)
    this.#sources = await createSources(values, { catalog: center, clock, random, log: this.#log })
    await this.#listen(center, mesh)
    await mesh.start(center).catch((error: Error) => {
      throw new ConfigError(`--gossip: ${error.message}`)
    })
    for (const source of this.#sources) source.start()
    if (values.selfRegister) await this.#showItself(center)
    // Not before: what a start leaves behind would enlarge the heap of every node.
    this.#stopTuning = tuneHeap()
    const { node, clusterId, cluster } = center.status()
    const { host, port } = this.#httpAddress()
    const tookMs = Math.round(performance.now() - startedAtMs)
    this.#log.info(
      { node, cluster, clusterId, http: `${host}:${port}`, gossip: mesh.listening(), tookMs },
      'the node runs',
    )
  }

  /** Says goodbye to clients and peers, lets requests finish, and closes the store last. */
  async stop(): Promise<void> {
    await Promise.all(this.#sources.map(source => source.stop()))
    await this.#self?.stop()
    this.#stopReloading()
    await this.#api?.close()
    // Only now: what the last requests wrote has to leave with the farewell.
    this.#center?.leave()
    await this.#mesh?.stop()
    clearInterval(this.#ticking)
    this.#stopTuning()
    this.#stopWaiting()
    await this.#tracing?.stop()
    await this.#store?.close()
  }

  async #startTracing(center: Center): Promise<Tracing | undefined> {
    const { traceEndpoint: endpoint, traceRatio: ratio } = this.#resolved.values
    if (endpoint === undefined) return undefined
    const { Tracing } = await import('./telemetry/tracing.ts')
    const { node, name, cluster } = center.status()
    return Tracing.start({ endpoint, ratio, version: VERSION, node, name, cluster })
  }

  #createCenter(mesh: MeshNode, store: Store): Center {
    const { values } = this.#resolved
    const { host, port } = values.httpAdvertise ?? httpAddressOf(this.#resolved)
    return createCenter(
      {
        node: mesh.node,
        name: values.node ?? hostname(),
        label: values.cluster,
        version: VERSION,
        http: [`${this.#tls === undefined ? 'http' : 'https'}://${bracketed(host)}:${port}`],
        peersConfigured: values.peers.length > 0 || values.clusters.length > 0,
        startAloneMs: values.startAloneMs,
        unreachable: values.unreachable,
        hideAfterMs: values.hideAfterMs,
        silentNode: values.silentNode,
        orphanAfterMs: values.orphanAfterMs,
        probeIntervalMs: values.probeIntervalMs,
      },
      {
        clock,
        random,
        mesh,
        store,
        digests,
        log: (level, fields, message) => this.#log[level](fields, message),
        outside: () => outsideOf(mesh.status(), this.#sources),
        origin: () => this.#requests.getStore(),
        arrived: arrival => this.#arrived(arrival),
        probed: (node, oneWayMs) => this.#metrics.probed(this.#labelsOf(node), oneWayMs),
      },
    )
  }

  /** What a request wrote at another node, under the name that it has there. */
  #arrived(arrival: Arrival): void {
    this.#tracing?.arrived(arrival)
    if (!this.#log.isLevelEnabled('debug')) return
    const { origin, author, cluster, keys } = arrival
    const { node, cluster: label } = this.#labelsOf(author)
    this.#log.debug({ requestId: origin.requestId, node, cluster: label || cluster, keys }, 'a write arrived')
  }

  #following(): Following {
    const run: Following['run'] = (origin, work) => this.#requests.run(origin, work)
    const tracing = this.#tracing
    return tracing === undefined ? { run } : { run, begin: request => tracing.begin(request) }
  }

  #labelsOf(node: NodeId): PeerLabels {
    const known = this.#center?.status().nodes.find(each => each.node === node)
    return { node: known?.name ?? node, cluster: known?.cluster ?? '' }
  }

  async #listen(center: Center, mesh: MeshNode): Promise<void> {
    const { host, port } = httpAddressOf(this.#resolved)
    const { values } = this.#resolved
    const { data, privateKeyFile } = values
    const { enabled } = this.#apiOptions.rbac
    const api = createApi(
      {
        catalog: center,
        insight: center.insight,
        identity: () => identityOf(center, mesh),
        log: this.#log,
        metrics: this.#metrics,
        clock,
        isPeer: address => mesh.status()?.peers.some(peer => peer.address.includes(`/${address}/`)) ?? false,
        ...(this.#tls === undefined ? {} : { tls: this.#tls }),
        ...(enabled ? { signingKey: await loadSigningKey(privateKeyFile, data) } : {}),
        dashboard: createDashboard({ version: VERSION, rbac: enabled }),
        following: this.#following(),
        sourceAlarms: () => this.#sources.flatMap(source => source.status().alarms),
      },
      this.#apiOptions,
    )
    this.#api = api
    if (this.#tls !== undefined) {
      const log = this.#log
      this.#stopReloading = reloadTls(
        values,
        this.#tls,
        api.server as unknown as TlsServer,
        clock,
        (level, fields, message) => log[level](fields, message),
      )
    }
    try {
      await api.listen({ host, port })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw new ConfigError(`--http: ${host}:${port} cannot be listened on (${code ?? String(error)})`)
    }
  }

  /** The port may have been 0. */
  #httpAddress(): { host: string; port: number } {
    const address = this.#api?.server.address()
    const { host, port } = httpAddressOf(this.#resolved)
    return { host, port: typeof address === 'object' && address !== null ? address.port : port }
  }

  async #showItself(center: Center): Promise<void> {
    const { host, port } = this.#resolved.values.httpAdvertise ?? this.#httpAddress()
    const { environment, instances } = this.#apiOptions
    const endpoints = [`rest://${bracketed(host)}:${port}/${this.#tls === undefined ? '' : '?sslEnabled=true'}`]
    const { node } = center.status()
    this.#self = createSelf(
      { node, hostName: hostname(), endpoints, environment, instances },
      { catalog: center, clock, log: this.#log },
    )
    await this.#self.start()
  }

  #watch(center: Center, mesh: MeshNode): void {
    const { replica } = center
    this.#metrics.watch({
      status: () => center.status(),
      gauges: () => ({
        records: replica.catalog.size,
        services: replica.directory.groups.size,
        leases_held: replica.holdings.size,
        context_epochs: replica.catalog.context.size,
        peers: replica.peers.size,
        frames_lost_by_store: center.framesLost,
        dots_refused: replica.catalog.context.refused,
        deletions_remembered_bytes: replica.catalog.rememberedBytes,
        deletions_forgotten: replica.catalog.deletionsForgotten,
        beats: replica.members.size,
        beats_refused: replica.members.refused,
        heartbeats_waiting: replica.passing.waiting,
        heartbeats_shed: replica.passing.shed,
      }),
      counts: () => center.counters.snapshot(),
      mesh: () => meshNumbers(mesh.status()?.counters),
      peers: () => center.insight.peers(),
      sources: () => sourceNumbers(this.#sources),
      original: () => {
        const { host, port } = this.#httpAddress()
        return { instance: `${bracketed(host)}:${port}`, ...replica.directory.counts.total() }
      },
    })
  }
}

/** As URLs write hosts. */
const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

const identityOf = (center: Center, mesh: MeshNode): Identity => {
  const { node, clusterId, cluster, nodes } = center.status()
  const members = nodes
    .filter(each => each.self || (each.sibling && each.silentMs !== undefined))
    .map(each => each.node)
  return { node, clusterId, cluster, gossip: mesh.advertised(), members }
}
