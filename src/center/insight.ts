import { CatalogError } from '../core/errors.ts'
import type { NodeId } from '../core/model.ts'
import type { Outcome, Replica } from '../core/replica.ts'
import type { Command } from '../core/transaction.ts'
import {
  type LinkFact,
  NOTHING_OUTSIDE,
  type Outside,
  type TopologyFact,
  type WhyFacts,
  type WhyQuestion,
  type WhyReport,
} from '../core/why/facts.ts'
import { why } from '../core/why/why.ts'
import type { Beats } from './beats.ts'
import { Browser } from './browser.ts'
import { Chronicler } from './chronicler.ts'
import { type EventPage, type EventQuery, History } from './history.ts'
import { LagMeter } from './lag.ts'
import type { CenterOptions, CenterPorts } from './options.ts'
import type { Peers } from './peers.ts'
import type { CenterStatus, InsightPort, NodeView, PeersView, PeerView, Retired, WhyWords } from './ports.ts'
import { Probe } from './probe.ts'
import { RefusedRecords } from './refused-records.ts'
import type { Repair } from './repair.ts'
import { Retirement } from './retirement.ts'

/** Beats come once a second, and a connection without one for this long is dropped. */
const SILENT_MS = 5_000

export interface InsightParts {
  readonly replica: Replica
  readonly peers: Peers
  readonly beats: Beats
  readonly repair: Repair
  readonly options: Pick<CenterOptions, 'probeIntervalMs'>
  readonly ports: Pick<CenterPorts, 'clock' | 'outside' | 'probed'>
  readonly status: () => CenterStatus
  readonly execute: <R>(command: Command<R>) => Promise<R>
  readonly own: (outcome: Outcome) => void
}

/** What operators ask of a node: why, how far behind, what happened. It watches, and changes nothing but what `retire` says. */
export class Insight implements InsightPort {
  readonly browse: Browser
  readonly #parts: InsightParts
  readonly #history = new History()
  readonly #refused: RefusedRecords
  readonly #chronicler: Chronicler
  readonly #lag: LagMeter
  readonly #probe: Probe
  readonly #retirement: Retirement

  constructor(parts: InsightParts) {
    const { replica, options, ports, own, execute } = parts
    const { clock, probed = () => {} } = ports
    this.#parts = parts
    this.browse = new Browser(replica, clock)
    this.#refused = new RefusedRecords(replica.catalog, replica.directory)
    this.#chronicler = new Chronicler({
      directory: replica.directory,
      history: this.#history,
      refused: this.#refused,
      clock,
    })
    this.#lag = new LagMeter(parts)
    this.#retirement = new Retirement({ replica, clock, execute, outside: () => this.#outside() })
    this.#probe = new Probe({ replica, clock, intervalMs: options.probeIntervalMs ?? 0, own, probed })
  }

  // --- what the center tells --------------------------------------------------------------------------------------------

  tick(): void {
    const nowMs = this.#parts.ports.clock.monotonicMs()
    this.#lag.tick(nowMs)
    this.#probe.tick(nowMs)
  }

  /** A step of the replica; `foreign`: it took what others wrote. */
  note(outcome: Outcome, foreign: boolean): void {
    if (outcome.writes.length > 0 || outcome.ended.length > 0 || outcome.changes.length > 0) this.browse.revision += 1
    this.#chronicler.note(outcome)
    if (foreign) this.#probe.heard(outcome.writes, this.#parts.ports.clock.monotonicMs())
  }

  /** A command was refused. */
  refused(error: unknown): void {
    if (error instanceof CatalogError && error.code === 'QUOTA_EXCEEDED') this.#chronicler.noteQuota(error)
  }

  met(node: NodeId): void {
    const cluster = this.#parts.peers.get(node)?.hello.clusterId
    if (cluster !== undefined) this.#chronicler.notePeer(node, 'peer-connected', cluster)
  }

  left(node: NodeId): void {
    const cluster = this.#parts.peers.get(node)?.hello.clusterId
    if (cluster !== undefined) this.#chronicler.notePeer(node, 'peer-disconnected', cluster)
  }

  // --- the port ---------------------------------------------------------------------------------------------------------

  why(question: WhyQuestion, words: WhyWords): WhyReport {
    return why(this.#whyParts, question, this.#facts(words))
  }

  peers(): PeersView {
    const { node, clusterId, cluster, nodes, ready } = this.#parts.status()
    const { admission, links, topology, addresses, refusals } = this.#outside()
    const linked = new Map(links.map(link => [link.node, link]))
    const peers = nodes.map(each => this.#describe(each, linked.get(each.node)))
    return {
      ...{ node, clusterId, cluster, ready, admission, peers, addresses, refusals },
      links: linksBetween(nodes, topology),
      refusedRecords: this.#refused.list(),
    }
  }

  events(query: EventQuery): EventPage {
    return this.#history.read(query)
  }

  onEvent(listener: () => void): () => void {
    return this.#history.listen(listener)
  }

  retire(name: string, by: string): Promise<Retired> {
    return this.#retirement.retire(name, by)
  }

  unretire(name: string): Promise<Retired> {
    return this.#retirement.unretire(name)
  }

  // --- pieces -----------------------------------------------------------------------------------------------------------

  #describe(view: NodeView, link: LinkFact | undefined): PeerView {
    const { node, self } = view
    const { replica, beats, peers } = this.#parts
    const nowMs = this.#parts.ports.clock.monotonicMs()
    const retired = replica.directory.isRetired(node) || replica.directory.isRetired(view.clusterId)
    const up = view.silentMs !== undefined && view.silentMs < SILENT_MS
    return {
      ...view,
      state: self ? 'self' : up ? 'up' : retired ? 'retired' : 'silent',
      configuredName: peers.get(node)?.mesh.configuredName,
      diskless: replica.directory.nodes.get(node)?.record.diskless === true,
      leasesHeld: self ? replica.holdings.size : replica.chores.reachability.heldBy(node).size,
      behind: this.#lag.behind(node, nowMs),
      lackedBy: self ? undefined : this.#lag.lackedBy(node, nowMs),
      clockAheadMs: beats.clockAheadMs(node),
      repairing: this.#parts.repair.isRunning(node),
      refusedRecords: this.#refused.countOf(node),
      probe: this.#probe.view(node),
      link,
    }
  }

  #outside(): Outside {
    return this.#parts.ports.outside?.() ?? NOTHING_OUTSIDE
  }

  get #whyParts() {
    const { node, catalog, directory, members, view } = this.#parts.replica
    return { node, catalog, directory, members, view }
  }

  #facts(words: WhyWords): WhyFacts {
    const { peers, repair, status, ports } = this.#parts
    return {
      ...words,
      ready: status().ready,
      nowMs: ports.clock.monotonicMs(),
      missing: node => this.#lag.missing(node),
      isDirect: node => peers.get(node) !== undefined,
      isRepairing: node => repair.isRunning(node),
      refused: this.#refused.list(),
      events: this.#history.all(),
      outside: this.#outside(),
    }
  }
}

/** Pairs of positions, the lower one first. A link counts when both ends tell of it. */
function linksBetween(nodes: readonly NodeView[], topology: readonly TopologyFact[]): PeersView['links'] {
  const told = new Map(topology.map(({ node, peers }) => [node, peers]))
  const position = new Map(nodes.map(({ node }, index) => [node, index]))
  return nodes.flatMap(({ node }, from) =>
    [...(told.get(node) ?? [])].flatMap(peer => {
      const to = position.get(peer)
      return to !== undefined && from < to && told.get(peer)?.has(node) ? [[from, to] as const] : []
    }),
  )
}
