import type { ClusterId, Dependency, Instance, Microservice, NodeId, Scope, ServiceKey, Sid } from './model.ts'

/** Restricts a read. Without options a read sees all clusters under the node's own policy. */
export interface ReadOptions {
  /** Only what this node's own cluster registered (`global=0`). */
  readonly local?: boolean
  /** What to do with instances of clusters that cannot be reached; the node's own policy when absent (invariant 10). */
  readonly unreachable?: 'keep' | 'mark' | 'hide'
}

/** Where an instance comes from, for `origin=1`. */
export interface Origin {
  /** The cluster's name as this node's configuration calls it. */
  readonly cluster: string
  readonly clusterId: ClusterId
  /** The node that answers for its lease. */
  readonly holder: NodeId
  /** Its cluster or holder has not been heard for a while: the instance may be gone. */
  readonly stale: boolean
}

export interface InstanceView {
  readonly instanceId: string
  readonly service: ServiceView
  readonly clusterId: ClusterId
  /** This node's own cluster registered it. */
  readonly local: boolean
  /** Hash of what readers see of it, 16 hex digits: changes with content, never with a heartbeat. */
  readonly revision: string
  /** Decodes the record: registration with status and properties laid over it. */
  /** `abroad`: as readers in other clusters see it. */
  read(abroad?: boolean): Instance
  /** As its owner wrote it, with the addresses for other clusters and nothing laid over it. */
  registered(): Instance
  origin(): Origin
}

export interface SchemaView {
  readonly schemaId: string
  readonly summary: string | undefined
  /** Undefined while the content has not arrived, or when the id was only declared. */
  content(): string | undefined
}

/** A microservice as readers here see it: one for all clusters that registered its key. */
export interface ServiceView {
  readonly sid: Sid
  /** The id readers see: the least one that clients chose, otherwise the derived one (invariant 5). */
  readonly id: string
  readonly key: ServiceKey
  readonly alias: string
  /** Registered by this node's own cluster. */
  readonly local: boolean
  readonly clusters: readonly ClusterId[]
  /** Changes whenever any visible instance does; sum of the instances' revisions, 16 hex digits. */
  revision(options?: ReadOptions): string
  /** The own cluster's description, otherwise the latest. `schemas` lists declared and stored ids. */
  read(): Microservice
  readonly instanceCount: number
  localInstanceCount(): number
  instances(options?: ReadOptions): readonly InstanceView[]
  instance(instanceId: string, options?: ReadOptions): InstanceView | undefined
  schemas(): readonly SchemaView[]
  schema(schemaId: string): SchemaView | undefined
  tags(): Readonly<Record<string, string>>
}

/** The read side of the catalog: plain questions, answered from memory, no clock. */
export interface View {
  readonly cluster: ClusterId
  scopes(): readonly Scope[]
  /** Live services of a scope, in no particular order. */
  services(scope: Scope, options?: ReadOptions): readonly ServiceView[]
  /** By any accepted id: derived, or chosen by a client. */
  service(scope: Scope, id: string, options?: ReadOptions): ServiceView | undefined
  byKey(key: ServiceKey, options?: ReadOptions): ServiceView | undefined
  /** Every version under a name, or failing that under an alias (`name` wins). Undefined environment: any. */
  named(
    scope: Scope,
    environment: string | undefined,
    appId: string,
    name: string,
    options?: ReadOptions & { readonly noAlias?: boolean },
  ): readonly ServiceView[]
  /** Services that recorded or declared a dependency on this one. A service may consume itself. */
  consumers(service: ServiceView): readonly ServiceView[]
  /** Services this one depends on, every version of each. */
  providers(service: ServiceView): readonly ServiceView[]
  depends(consumer: ServiceView, provider: { environment: string; appId: string; serviceName: string }): boolean
  /** What this service recorded or declared, whether or not such a provider is registered. */
  dependencies(consumer: ServiceView): readonly Dependency[]
  /** What the own cluster registered in a scope: kept counts, since every registration asks for them (quotas). */
  localCounts(scope: Scope): { readonly services: number; readonly instances: number }
  /** Named records outside services: kind such as `account`, `role`, `gov`. The latest of all clusters' copies. */
  document(kind: string, name: string, options?: ReadOptions): Readonly<Record<string, unknown>> | undefined
  documents(
    kind: string,
    options?: ReadOptions,
  ): readonly { readonly name: string; readonly value: Readonly<Record<string, unknown>> }[]
}
