/**
 * The center's ports. Outward ones are implemented by the edges (and by the simulation); inward ones are what edges may
 * ask of the center. Methods called while running are synchronous, so a simulated run is a pure function of its seed.
 */
import type { ServiceDetail } from '../core/browse/detail.ts'
import type { BrowseFilter, Page } from '../core/browse/filter.ts'
import type { InstanceRow } from '../core/browse/instances.ts'
import type { Facets, ServiceRow } from '../core/browse/services.ts'
import type { ClusterId, Epoch, Instance, NodeId, Scope, ServiceKey, Sid } from '../core/model.ts'
import type { Origin } from '../core/origins.ts'
import type { Command } from '../core/transaction.ts'
import type { ReadOptions, View } from '../core/view.ts'
import type {
  AddressFact,
  LinkFact,
  Outside,
  PeerRefusal,
  RefusedRecord,
  WhyFacts,
  WhyQuestion,
  WhyReport,
} from '../core/why/facts.ts'
import type { EventPage, EventQuery } from './history.ts'

export interface Clock {
  /** Wall clock, milliseconds since 1970. May jump. */
  wallMs(): number
  /** Monotonic clock, milliseconds since any origin. Never steps back. */
  monotonicMs(): number
  /** Runs once after `ms`; the answer cancels it. */
  after(ms: number, run: () => void): () => void
}

export interface Random {
  /** `bytes` random bytes as lower-case hex. */
  hex(bytes: number): string
  /** In [0, 1). */
  fraction(): number
}

/** `peer`: beats, heartbeats passed on, questions. `repair`: anti-entropy. Each is an ordered stream of frames. */
export type Lane = 'peer' | 'repair'

export interface Mesh {
  /** Hands a frame to gossip. Fire and forget: what is lost is repaired. Frames are at most GOSSIP_FRAME_BYTES_MAX. */
  publish(frame: Uint8Array): void
  /** Sends to a directly connected peer. False when it is not connected or its queue is full: then nothing was sent. */
  send(peer: NodeId, lane: Lane, frame: Uint8Array): boolean
  /** Drops a connection whose peer has been silent; the mesh dials anew. */
  drop(peer: NodeId, reason: string): void
}

/**
 * A direct peer after admission: its identity is proved and it is allowed in. Everything else about it (cluster id, label,
 * epoch) comes with the hello that the two centers exchange on lane `peer`.
 */
export interface MeshPeer {
  readonly node: NodeId
  /** How this node's configuration knows it: an address of `--peers`, of `--clusters`, or neither (admitted by key or list). */
  readonly role: 'sibling' | 'foreign' | 'unknown'
  /** The name that `--clusters` gives its address (`sc2` in `sc2=http://…`). */
  readonly configuredName: string | undefined
}

/** What the mesh tells the center. */
export interface MeshListener {
  connected(peer: MeshPeer): void
  disconnected(peer: NodeId): void
  /** A frame of gossip by `author`, forwarded by `via`. `reject` blames the forwarder, `ignore` stops it silently. */
  gossip(author: NodeId, via: NodeId, frame: Uint8Array): 'accept' | 'ignore' | 'reject'
  message(peer: NodeId, lane: Lane, frame: Uint8Array): void
}

/** Durable log. Frames are opaque to it. */
export interface Store {
  /** False: nothing survives the process (`--data` absent). */
  readonly durable: boolean
  /**
   * Appends one frame. `done` runs once: without an argument when the frame is as durable as the sync mode promises,
   * with an error when it was not stored (disk full, I/O error). In order: a frame is durable only if all before it are.
   */
  append(frame: Uint8Array, done: (error?: Error) => void): void
  /**
   * Tells when frames were lost that had been acknowledged: a sync failed whose mode had promised no more than to try. They
   * have to be appended again.
   */
  onLoss(listener: (error: Error) => void): void
  /** Small named values outside the log, each replaced as a whole (identity of the cluster, progress of watching). */
  put(name: string, value: Uint8Array): void
  get(name: string): Uint8Array | undefined
}

/**
 * Replays what the store holds into `apply`, oldest first, before the node runs. `snapshot` is asked for later, whenever
 * the log has grown enough: it yields frames that together rebuild the state at the moment of the first `next()`; frames
 * appended after that moment are kept beside it.
 */
export interface StoreSource {
  load(apply: (frame: Uint8Array) => void): Promise<void>
  compactWith(snapshot: () => Iterable<Uint8Array>): void
  close(): Promise<void>
}

/** What `GET /grapevine/v1/identity` answers, free of tokens: who this node is, where to dial it, whom it vouches for. */
export interface Identity {
  readonly node: NodeId
  readonly clusterId: ClusterId
  readonly cluster: string
  /** Advertised gossip multiaddrs, without `/p2p/…`. */
  readonly gossip: readonly string[]
  /** This node and the siblings it knows: any of them may be met behind this HTTP address. */
  readonly members: readonly NodeId[]
}

export type Action = 'CREATE' | 'UPDATE' | 'DELETE'

/** A change of one instance as readers here see it. DELETE carries the last known content. */
export interface InstanceEvent {
  readonly action: Action
  readonly sid: Sid
  /** The id readers see for the service. */
  readonly serviceId: string
  readonly key: ServiceKey
  readonly alias: string
  readonly instance: Instance
  readonly clusterId: ClusterId
}

export type WatchEnd = 'overflow' | 'closed'

export interface NodeView {
  readonly node: NodeId
  readonly epoch: Epoch
  readonly name: string
  readonly clusterId: ClusterId
  /** The cluster's name as this node's configuration calls it, otherwise its label. */
  readonly cluster: string
  readonly self: boolean
  readonly sibling: boolean
  /** Directly connected. */
  readonly direct: boolean
  /** Milliseconds since its beat last advanced here; 0 for this node; undefined: never heard by this process. */
  readonly silentMs: number | undefined
  readonly version: string
  readonly http: readonly string[]
}

export interface CenterStatus {
  /** False until the first repair, or until nobody to repair with has answered (invariant 11). */
  readonly ready: boolean
  readonly node: NodeId
  readonly name: string
  readonly clusterId: ClusterId
  readonly cluster: string
  readonly nodes: readonly NodeView[]
  /** False while the store refuses writes. */
  readonly writable: boolean
}

/** Writes of another node whose request is followed have been merged here. */
export interface Arrival {
  readonly origin: Origin
  readonly author: NodeId
  readonly cluster: ClusterId
  /** The first of its records. */
  readonly keys: readonly string[]
  /** To merge the frame that they came with. */
  readonly tookMs: number
}

/** A cluster without nodes, because it runs an older service center: who stands in for it writes what that center has. */
export interface StandIn {
  /** Its name for readers. */
  readonly label: string
  /** False: what is known of it may be old, and readers' policy for unreachable clusters applies. */
  readonly reachable: boolean
}

/** The one way into the catalog, whoever writes: HTTP, Kubernetes, an older center. */
export interface CatalogPort {
  /**
   * Runs a command; resolves when its writes are as durable as promised. Rejects with CatalogError; nothing has happened
   * then. `cluster`: writes for that cluster, which this node stands in for, instead of the own one.
   */
  execute<R>(command: Command<R>, options?: { readonly cluster?: ClusterId }): Promise<R>
  /** From memory, at once. */
  read<R>(query: (view: View) => R): R
  /** As `read`, but asks the siblings for names that the query misses before its CatalogError is final (invariant 2). */
  lookup<R>(query: (view: View) => R): R | Promise<R>
  /**
   * Events of instances of services that `consumer` depends on, or of all (`*`), in order. The listener must not block.
   * The answer stops it.
   */
  watch(consumer: Sid | '*', listener: (event: InstanceEvent) => void): () => void
  /** Says that this node stands in for a cluster, and how it is; undefined: not any more. */
  standIn(cluster: ClusterId, state: StandIn | undefined): void
  status(): CenterStatus
}

/** How far behind, by the reader's own clock. */
export interface Lag {
  readonly changes: number
  /** Since when, 0 without a change that is lacking. */
  readonly ms: number
}

/** What probes measured with another node: one way of a record from write to merge. */
export interface ProbeView {
  readonly count: number
  readonly lastMs: number
  readonly medianMs: number
  readonly p99Ms: number
}

/** A node of the federation as an operator wants to see it. */
export interface PeerView extends NodeView {
  readonly state: 'self' | 'up' | 'silent' | 'retired'
  readonly configuredName: string | undefined
  readonly diskless: boolean
  readonly leasesHeld: number
  /** What this node lacks of its writes. */
  readonly behind: Lag
  /** What it lacks of this node's writes; known of direct peers only. */
  readonly lackedBy: Lag | undefined
  /** Its wall clock against this one's, off by up to a latency. For people: nothing is decided by it. */
  readonly clockAheadMs: number | undefined
  readonly repairing: boolean
  /** Records of its present start that this node refused. */
  readonly refusedRecords: number
  readonly probe: ProbeView | undefined
  /** Undefined: not directly connected. */
  readonly link: LinkFact | undefined
}

export interface PeersView {
  readonly node: NodeId
  readonly clusterId: ClusterId
  readonly cluster: string
  readonly admission: Outside['admission']
  /** False until the first repair: until then this node answers operators only. */
  readonly ready: boolean
  readonly peers: readonly PeerView[]
  /** Positions in `peers` of two that are directly connected, as both say. */
  readonly links: readonly (readonly [number, number])[]
  readonly addresses: readonly AddressFact[]
  readonly refusals: readonly PeerRefusal[]
  readonly refusedRecords: readonly RefusedRecord[]
}

export interface Retired {
  readonly id: string
  readonly kind: 'node' | 'cluster'
  readonly name: string
}

/** What only the edges know: how people read times, and which services everybody finds. */
export type WhyWords = Pick<WhyFacts, 'time' | 'shared'>

/** Pages of the catalog for people. */
export interface BrowsePort {
  /** Rises with everything that may change a page, leases aside. */
  readonly revision: number
  services(filter: BrowseFilter): Page<ServiceRow>
  instances(filter: BrowseFilter): Page<InstanceRow>
  facets(filter: BrowseFilter): Facets
  /** Throws SERVICE_NOT_FOUND. */
  detail(scope: Scope, id: string, options: ReadOptions, sees: (key: ServiceKey) => boolean): ServiceDetail
}

/** What operators ask. Nobody else needs it. */
export interface InsightPort {
  readonly browse: BrowsePort
  /** Throws SERVICE_NOT_FOUND for an unknown consumer. */
  why(question: WhyQuestion, words: WhyWords): WhyReport
  peers(): PeersView
  events(query: EventQuery): EventPage
  /** Called after each event. The answer stops it. */
  onEvent(listener: () => void): () => void
  /** Says that a node or cluster is gone for good. Rejects with INVALID_PARAMS. */
  retire(name: string, by: string): Promise<Retired>
  unretire(name: string): Promise<Retired>
}

export type { BrowseFilter, EventPage, EventQuery, Facets, InstanceRow, Origin, Page, ServiceDetail, ServiceRow }
