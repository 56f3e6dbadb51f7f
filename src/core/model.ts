/**
 * The nouns of the catalog, in Service Center's words. Everything is readonly: a change is a new value.
 * Times are Unix seconds as decimal strings where the REST API shows them, milliseconds as numbers elsewhere.
 */

/** Random id of a cluster, 16 hex digits. Its name is only a label (replication.md, invariant 17). */
export type ClusterId = string & { readonly clusterId: unique symbol }
/** A node's persistent identity: its libp2p peer id as text. */
export type NodeId = string & { readonly nodeId: unique symbol }
/** One start of one node: 16 hex digits, drawn at random at every start. */
export type Epoch = string & { readonly epoch: unique symbol }
/** The id derived from a microservice's key: 40 hex digits (SHA-1 of the reference's index key). Names the service in records. */
export type Sid = string & { readonly sid: unique symbol }

/** A tenant's part of the catalog. Data of two scopes never mix. */
export interface Scope {
  readonly domain: string
  readonly project: string
}

/** What makes two registrations the same microservice. Versions compare as text: `1.0` and `1.0.0` are different. */
export interface ServiceKey extends Scope {
  readonly environment: string
  readonly appId: string
  readonly serviceName: string
  readonly version: string
}

export interface Framework {
  readonly name?: string
  readonly version?: string
}

export interface ServicePath {
  readonly path?: string
  readonly property?: Readonly<Record<string, string>>
}

/** A microservice as its owner described it. Optional fields are absent, never empty. */
export interface Microservice {
  /** Set only when the client chose its own id. */
  readonly serviceId?: string
  readonly environment?: string
  readonly appId: string
  readonly serviceName: string
  readonly version: string
  readonly alias?: string
  readonly description?: string
  readonly level: string
  readonly status: string
  /** Ids of schemas declared at registration; those with content are schemas of their own. */
  readonly schemas?: readonly string[]
  readonly paths?: readonly ServicePath[]
  readonly properties?: Readonly<Record<string, string>>
  readonly LBStrategy?: Readonly<Record<string, string>>
  readonly registerBy?: string
  readonly framework?: Framework
  readonly providers?: readonly Readonly<Record<string, string>>[]
  /** Unix seconds. */
  readonly timestamp: string
  readonly modTimestamp: string
}

export interface HealthCheck {
  readonly mode: string
  readonly port?: number
  /** Seconds between heartbeats. */
  readonly interval: number
  /** Missed heartbeats that are forgiven: the lease is interval × (times + 1). */
  readonly times: number
  readonly url?: string
}

export interface DataCenterInfo {
  readonly name: string
  readonly region: string
  readonly availableZone: string
}

/** An instance as registered. Its serviceId is the reader's affair: in records it belongs to a service key. */
export interface Instance {
  readonly instanceId: string
  readonly endpoints?: readonly string[]
  /** What other clusters see in their place, where the endpoints lead nowhere from outside. Readers never see the field. */
  readonly exportedEndpoints?: readonly string[]
  readonly hostName: string
  readonly status: string
  readonly properties?: Readonly<Record<string, string>>
  readonly healthCheck?: HealthCheck
  readonly dataCenterInfo?: DataCenterInfo
  readonly timestamp: string
  readonly modTimestamp: string
  readonly version: string
}

export interface Schema {
  readonly schemaId: string
  readonly summary?: string
  readonly content: string
}

/** A consumer's dependency on every version of a provider, as recorded by a find or declared. */
export interface Dependency {
  readonly environment?: string
  readonly appId: string
  readonly serviceName: string
}

/** A named record that belongs to no service: an account, a role, a governance rule… */
export interface Document {
  readonly name: string
  readonly value: Readonly<Record<string, unknown>>
}

/** Length of an instance's lease in milliseconds: interval × (times + 1), as the reference counts it. */
export const leaseMs = (check: HealthCheck): number => check.interval * (check.times + 1) * 1000
