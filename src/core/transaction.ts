import type { Dependency, Instance, Microservice, Scope, ServiceKey, Sid } from './model.ts'
import type { InstanceView, ServiceView, View } from './view.ts'

/**
 * What a command may do to the catalog. All of it happens in one step or, when the command throws, not at all. Reads
 * through `view` see what the transaction has written so far. Stamps, dots, generations, leases and the cascade are the
 * replica's business: a command speaks of services and instances only.
 */
export interface Transaction {
  readonly view: View
  /** Wall clock in milliseconds, read once for the whole command. */
  readonly nowMs: number
  /** 32 random hex digits, for ids that clients did not choose. */
  randomId(): string

  /** Another service of the own cluster that has the id derived from this key, because a client chose it. */
  claimant(key: ServiceKey): ServiceView | undefined
  /**
   * Registers a microservice in the own cluster, or describes it anew when the own cluster has it already. `chosenId`
   * is carried in `service.serviceId`.
   */
  putService(key: ServiceKey, service: Microservice): ServiceView
  /**
   * Makes sure that the own cluster has registered this service, with the description that readers here see (invariant
   * 16). Every write below does it by itself.
   */
  adoptService(service: ServiceView): void
  /** Ends the own cluster's registration and everything below it, and nobody else's. */
  removeService(service: ServiceView): void

  /** Registers an instance in the own cluster and takes its lease. A live id is written again. */
  putInstance(service: ServiceView, instance: Instance): InstanceView
  /**
   * Registers a live instance of the own cluster again with its content unchanged. Where the cluster has several nodes this
   * writes a version, so that an unregistration sent just before to another node does not win; otherwise it is a heartbeat.
   */
  renewInstance(instance: InstanceView): boolean
  setInstanceStatus(instance: InstanceView, status: string, modTimestamp: string): void
  setInstanceProperties(
    instance: InstanceView,
    properties: Readonly<Record<string, string>>,
    modTimestamp: string,
  ): void
  removeInstance(instance: InstanceView): void
  /**
   * Hears an instance: renews the lease here, or passes the heartbeat on to the holder. False when nobody answers for
   * it: then the caller says "does not exist" and the client registers again (invariant 9).
   */
  heartbeat(instance: InstanceView): boolean
  /** One that readers here do not see only because its holder has been silent (invariant 10). */
  hiddenInstance(service: ServiceView, instanceId: string): InstanceView | undefined
  /** The same by name, also for one that readers do not see because its holder is silent: hearing it brings it back. */
  hear(service: ServiceView, instanceId: string): boolean

  putSchema(service: ServiceView, schemaId: string, content: string, summary: string | undefined): void
  removeSchema(service: ServiceView, schemaId: string): void
  putTag(service: ServiceView, key: string, value: string): void
  removeTag(service: ServiceView, key: string): void

  /** Records that a consumer uses every version of a provider. Recording it again writes nothing. */
  putDependency(consumer: ServiceView, provider: Dependency): void
  removeDependency(consumer: ServiceView, provider: Dependency): void

  putDocument(kind: string, name: string, value: Readonly<Record<string, unknown>>): void
  removeDocument(kind: string, name: string): void
}

/** A command: its rules, written against a transaction. Throws CatalogError to refuse; then nothing has happened. */
export type Command<Reply> = (tx: Transaction) => Reply

/** Digests that the pure core is handed. Both return lower-case hex. */
export interface Digests {
  sha1(text: string): string
  sha256(text: string | Uint8Array): string
}

/** The reference's id for a microservice: SHA-1 of the key under which it indexes it (API.md, section 17). */
export const deriveSid = (digests: Digests, key: ServiceKey): Sid => {
  const parts = [key.domain, key.project, key.environment, key.appId, key.serviceName, key.version]
  return digests.sha1(`/cse-sr/ms/indexes/${parts.join('/')}`) as Sid
}

export type { Scope }
