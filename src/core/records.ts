/**
 * The values of records: a MessagePack map per kind. Fields that this version does not know are kept when a record is
 * rewritten (`rewrite`), so that an older node passes on what a newer one wrote (invariant 18). What readers see of an
 * instance or a service is packed inside as bytes of its own: its hash is the revision, and it is decoded only when read.
 */
import type { Dot } from './context.ts'
import type { ParsedKey } from './keys.ts'
import type { Dependency, Epoch, Instance, Microservice, NodeId, ServiceKey } from './model.ts'
import type { Stamp } from './stamp.ts'
import { isBytes, isCount, isEpoch, isNodeId, isRecord, isSeq, pack, unpack } from './wire.ts'

export interface ServiceRecord {
  readonly key: ServiceKey
  readonly service: Uint8Array
  readonly alias: string
  /** The id that the client chose, if it did. */
  readonly chosenId: string | undefined
  /** A registration where none lived draws one at random; one that replaces registrations carries all theirs on. */
  readonly generations: readonly string[]
}

export interface InstanceRecord {
  readonly instance: Uint8Array
  /** Generations of the service that its writer held: visible if and only if one of them lives. */
  readonly parents: readonly string[]
  readonly generations: readonly string[]
}

/** `value` laid over an instance; `parents` are generations of the instance's registration. */
export interface OverlayRecord<T> {
  readonly value: T
  readonly modTimestamp: string
  readonly parents: readonly string[]
}

/** Ordered by the registration it names, then by version, holder, open before ended (replication.md, "Leases"). */
export interface LeaseRecord extends Dot, Stamp {
  /** Dot and stamp of the registration that this lease is for; it counts for no other. */
  readonly version: number
  readonly holder: NodeId
  readonly open: boolean
  /** Length, so that siblings need not decode the registration. */
  readonly leaseMs: number
  /** Interval between heartbeats. */
  readonly intervalMs: number
  /** When it was ended, by its holder's own wall clock, for nobody but the holder; 0 while it is open. */
  readonly endedMs: number
}

export interface SchemaRecord {
  readonly hash: string
  readonly summary: string | undefined
  readonly parents: readonly string[]
}

export interface TagRecord {
  readonly value: string
  readonly parents: readonly string[]
}

export interface DependencyRecord extends Dependency {
  readonly parents: readonly string[]
}

export interface NodeRecord {
  readonly epoch: Epoch
  readonly name: string
  readonly label: string
  readonly version: string
  readonly http: readonly string[]
  /** Nothing of it survives its process. */
  readonly diskless: boolean
  /** Clusters it stands in for, because they run an older service center. */
  readonly proxies: readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

/** Decodes a value of a known kind; undefined when it does not have that kind's shape. */
const fieldsOf = (bytes: Uint8Array): Fields | undefined => {
  const value = unpack(bytes)
  return isRecord(value) ? value : undefined
}

/** The new fields over those of the version they replace: unknown ones live on. */
export const rewrite = (fields: Fields, replaced: Uint8Array | undefined): Uint8Array => {
  const before = replaced === undefined ? undefined : fieldsOf(replaced)
  return pack(before === undefined ? fields : { ...before, ...fields })
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText)
const optionalText = (value: unknown): boolean => value === undefined || value === null || isText(value)

export const serviceFields = (record: ServiceRecord): Fields => ({
  ...record.key,
  service: record.service,
  alias: record.alias,
  chosenId: record.chosenId ?? null,
  generations: record.generations,
})

export const readService = (bytes: Uint8Array): ServiceRecord | undefined => {
  const f = fieldsOf(bytes)
  if (f === undefined || !isBytes(f.service) || !isTexts(f.generations)) return undefined
  const { domain, project, environment, appId, serviceName, version, alias, chosenId } = f
  if (!isText(domain) || !isText(project) || !isText(environment) || !isText(appId)) return undefined
  if (!isText(serviceName) || !isText(version) || !isText(alias) || !optionalText(chosenId)) return undefined
  const key = { domain, project, environment, appId, serviceName, version }
  return {
    key,
    service: f.service,
    alias,
    chosenId: isText(chosenId) ? chosenId : undefined,
    generations: f.generations,
  }
}

export const instanceFields = (record: InstanceRecord): Fields => ({ ...record })

export const readInstance = (bytes: Uint8Array): InstanceRecord | undefined => {
  const f = fieldsOf(bytes)
  if (f === undefined || !isBytes(f.instance) || !isTexts(f.parents) || !isTexts(f.generations)) return undefined
  return { instance: f.instance, parents: f.parents, generations: f.generations }
}

export const overlayFields = <T>(record: OverlayRecord<T>): Fields => ({ ...record })

const readOverlay = <T>(bytes: Uint8Array, is: (value: unknown) => value is T): OverlayRecord<T> | undefined => {
  const f = fieldsOf(bytes)
  if (f === undefined || !is(f.value) || !isText(f.modTimestamp) || !isTexts(f.parents)) return undefined
  return { value: f.value, modTimestamp: f.modTimestamp, parents: f.parents }
}

const isTextMap = (value: unknown): value is Readonly<Record<string, string>> =>
  isRecord(value) && Object.values(value).every(isText)

export const readStatus = (bytes: Uint8Array): OverlayRecord<string> | undefined => readOverlay(bytes, isText)
export const readProperties = (bytes: Uint8Array): OverlayRecord<Readonly<Record<string, string>>> | undefined =>
  readOverlay(bytes, isTextMap)

export const leaseFields = (lease: LeaseRecord): Fields => ({ ...lease })

export const readLease = (bytes: Uint8Array): LeaseRecord | undefined => {
  const f = fieldsOf(bytes)
  if (f === undefined || !isEpoch(f.epoch) || !isSeq(f.seq) || !isCount(f.ms) || !isCount(f.count)) return undefined
  if (!isCount(f.version) || !isNodeId(f.holder) || typeof f.open !== 'boolean') return undefined
  if (!isCount(f.leaseMs) || !isCount(f.intervalMs)) return undefined
  const { epoch, seq, ms, count, version, holder, open, leaseMs, intervalMs } = f
  const endedMs = isCount(f.endedMs) ? f.endedMs : 0
  return { epoch, seq, ms, count, version, holder, open, leaseMs, intervalMs, endedMs }
}

export const schemaFields = (record: SchemaRecord): Fields => ({ ...record, summary: record.summary ?? null })

export const readSchema = (bytes: Uint8Array): SchemaRecord | undefined => {
  const f = fieldsOf(bytes)
  if (f === undefined || !isText(f.hash) || !optionalText(f.summary) || !isTexts(f.parents)) return undefined
  return { hash: f.hash, summary: isText(f.summary) ? f.summary : undefined, parents: f.parents }
}

export const contentFields = (content: string): Fields => ({ content })

export const readContent = (bytes: Uint8Array): string | undefined => {
  const f = fieldsOf(bytes)
  return f !== undefined && isText(f.content) ? f.content : undefined
}

export const tagFields = (record: TagRecord): Fields => ({ ...record })

export const readTag = (bytes: Uint8Array): TagRecord | undefined => {
  const f = fieldsOf(bytes)
  return f !== undefined && isText(f.value) && isTexts(f.parents) ? { value: f.value, parents: f.parents } : undefined
}

export const dependencyFields = (record: DependencyRecord): Fields => ({ ...record })

export const readDependency = (bytes: Uint8Array): DependencyRecord | undefined => {
  const f = fieldsOf(bytes)
  if (f === undefined || !isText(f.appId) || !isText(f.serviceName) || !isTexts(f.parents)) return undefined
  if (!optionalText(f.environment)) return undefined
  const environment = isText(f.environment) ? f.environment : ''
  return { environment, appId: f.appId, serviceName: f.serviceName, parents: f.parents }
}

export const nodeFields = (record: NodeRecord): Fields => ({ ...record })

export const readNode = (bytes: Uint8Array): NodeRecord | undefined => {
  const f = fieldsOf(bytes)
  if (f === undefined || !isEpoch(f.epoch) || !isText(f.name) || !isText(f.label) || !isText(f.version))
    return undefined
  if (!isTexts(f.http) || typeof f.diskless !== 'boolean') return undefined
  const { epoch, name, label, version, http, diskless } = f
  return { epoch, name, label, version, http, diskless, proxies: isTexts(f.proxies) ? f.proxies : [] }
}

/** A document's value, or undefined when it was taken back (`value: null`) or is malformed. */
export const readDocument = (bytes: Uint8Array): Fields | undefined => {
  const f = fieldsOf(bytes)
  return f !== undefined && isRecord(f.value) ? f.value : undefined
}

const isDocument = (bytes: Uint8Array): boolean => {
  const f = fieldsOf(bytes)
  return f !== undefined && (f.value === null || isRecord(f.value))
}

/** Validate before apply: one malformed record must not reach an index (invariant 18). */
export const isWellFormed = (key: ParsedKey, value: Uint8Array): boolean => {
  switch (key.kind) {
    case 'document':
      return isDocument(value)
    case 'service':
      return isInnerMap(readService(value)?.service)
    case 'instance':
      return isInnerMap(readInstance(value)?.instance)
    default:
      return READERS[key.kind](value) !== undefined
  }
}

const isInnerMap = (bytes: Uint8Array | undefined): boolean => bytes !== undefined && isRecord(unpack(bytes))

const READERS = {
  node: readNode,
  status: readStatus,
  properties: readProperties,
  lease: readLease,
  schema: readSchema,
  content: readContent,
  tag: readTag,
  dependency: readDependency,
} as const

/** The inner bytes were checked to be a map on arrival; their fields are the dialect's, validated when a client sent them. */
export const unpackService = (bytes: Uint8Array): Microservice => unpack(bytes) as Microservice
export const unpackInstance = (bytes: Uint8Array): Instance => unpack(bytes) as Instance
