import type { Dot } from '../context.ts'
import type { ClusterId, NodeId, Scope, ServiceKey } from '../model.ts'
import type { SharedServices } from '../queries/access.ts'
import type { ReadOptions } from '../view.ts'

/** Why readers do not see a service, or that they do. Programs may rely on these words: they are never renamed. */
export type Cause =
  | 'visible'
  | 'node-not-ready'
  | 'cluster-unknown'
  | 'never-registered'
  | 'other-scope'
  | 'other-environment'
  | 'other-app'
  | 'other-version'
  | 'quota-refused'
  | 'unregistered'
  | 'no-instances'
  | 'kubernetes-annotation'
  | 'kubernetes-no-endpoints'
  | 'not-exported'
  | 'lease-ended'
  | 'holder-silent'
  | 'status-not-up'
  | 'cluster-unreachable'
  | 'cluster-replaced'
  | 'cluster-retired'
  | 'shown-elsewhere'
  | 'local-only'
  | 'peer-address'
  | 'peer-key'
  | 'peer-identity'
  | 'peer-clock'
  | 'repair-running'
  | 'record-refused'

export interface WhyQuestion {
  readonly scope: Scope
  /** A name, an alias or an id. */
  readonly service: string
  /** Undefined: any. The consumer's own, when there is a consumer. */
  readonly environment: string | undefined
  readonly appId: string | undefined
  readonly version: string | undefined
  /** Who does not see it; empty: nobody in particular. */
  readonly consumerId: string
  /** The cluster that should have registered it: a name or an id. Undefined: any. */
  readonly from: string | undefined
  readonly options: ReadOptions
}

export interface WhyStep {
  /** False: here the chain is broken. */
  readonly ok: boolean
  readonly text: string
}

export interface WhyReport {
  readonly visible: boolean
  readonly cause: Cause
  /** One sentence. */
  readonly summary: string
  /** From the registration to this reader. */
  readonly chain: readonly WhyStep[]
  /** What to do next; empty when nothing is wrong. */
  readonly next: string
  readonly instances: { readonly shown: number; readonly hidden: number }
}

/** A record that was not taken, and why. */
export interface RefusedRecord extends Dot {
  readonly key: string
  readonly reason: string
  /** The service it belongs to, as far as it can be told. */
  readonly serviceName: string | undefined
  /** Unix milliseconds of this node's clock at the first refusal. */
  readonly atMs: number
  readonly times: number
}

export const EVENT_KINDS = [
  'service-registered',
  'service-ended',
  'instance-registered',
  'instance-changed',
  'instance-unregistered',
  'lease-ended',
  'instance-hidden',
  'instance-shown',
  'many-changes',
  'quota-refused',
  'record-refused',
  'peer-connected',
  'peer-disconnected',
  'retired',
] as const

export type EventKind = (typeof EVENT_KINDS)[number]

/** Something that happened at this node, or that this node has learned. */
export interface PastEvent {
  /** Counts from 1 with the start of the process. */
  readonly seq: number
  /** Unix milliseconds, by this node's clock. */
  readonly atMs: number
  readonly kind: EventKind
  /** The cluster that it is about, as this node calls it. */
  readonly cluster: string | undefined
  readonly key: ServiceKey | undefined
  readonly instanceId: string | undefined
  /** Who did it, or whom it is about. */
  readonly node: NodeId | undefined
  readonly detail: string
}

/** One configured address and how it fares. */
export interface AddressFact {
  readonly address: string
  readonly role: 'sibling' | 'foreign'
  /** The name that the configuration gives to its cluster. */
  readonly cluster: string | undefined
  readonly state: 'dialling' | 'connected' | 'waiting' | 'self'
  readonly node: NodeId | undefined
  readonly failures: number
  readonly error: string | undefined
}

/** To whom a node says that it is directly connected. */
export interface TopologyFact {
  readonly node: NodeId
  readonly peers: ReadonlySet<NodeId>
}

/** A node that was not let in. */
export interface PeerRefusal {
  /** An identity, or a host where none was proved. */
  readonly who: string
  readonly reason: string
  readonly times: number
  readonly remedy: string
}

/** The id of a note about what is not registered because it says so itself. */
export const WITHHELD = 'Withheld'

/** What a source (Kubernetes, an older center) could not register, or not as it should. */
export interface SourceNote {
  readonly source: string
  readonly id: string
  /** `namespace/name`. */
  readonly subject: string
  readonly detail: string
}

/** Bytes and frames of one kind over one link, since the peer was first met. */
export interface Volume {
  readonly bytesIn: number
  readonly bytesOut: number
  readonly framesIn: number
  readonly framesOut: number
}

/** The connection with a direct peer. */
export interface LinkFact {
  readonly node: NodeId
  /** The peer's end of it. */
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  readonly upForMs: number
  /** Bytes that wait to be taken by the peer. */
  readonly queuedBytes: number
  readonly traffic: { readonly gossip: Volume; readonly peer: Volume; readonly repair: Volume }
}

/** What the edges of this node know. */
export interface Outside {
  /** Who is let in: holders of the mesh key, or whom configured addresses stand for. */
  readonly admission: 'key' | 'configuration' | undefined
  readonly links: readonly LinkFact[]
  readonly topology: readonly TopologyFact[]
  readonly addresses: readonly AddressFact[]
  readonly refusals: readonly PeerRefusal[]
  readonly notes: readonly SourceNote[]
}

export const NOTHING_OUTSIDE: Outside = {
  admission: undefined,
  links: [],
  topology: [],
  addresses: [],
  refusals: [],
  notes: [],
}

/** Everything beside the catalog that an answer may rest on. */
export interface WhyFacts {
  readonly ready: boolean
  /** Monotonic. */
  readonly nowMs: number
  /** Unix milliseconds as people read them. */
  readonly time: (unixMs: number) => string
  readonly shared: SharedServices
  /** Changes of a node that this one knows of and lacks. */
  readonly missing: (node: NodeId) => number
  readonly isDirect: (node: NodeId) => boolean
  readonly isRepairing: (node: NodeId) => boolean
  readonly refused: readonly RefusedRecord[]
  /** Oldest first. */
  readonly events: readonly PastEvent[]
  readonly outside: Outside
}

/** The first thing found that keeps readers from a service or an instance. */
export interface Finding {
  readonly cause: Cause
  readonly text: string
  readonly next: string
}

/** A cluster that was asked for; without an id: configured, and never met. */
export interface NamedCluster {
  readonly name: string
  readonly id: ClusterId | undefined
}
