/**
 * The values of records: a MessagePack map per kind. Fields that this version does not know are kept when a record is
 * rewritten (`rewrite`), so that an older node passes on what a newer one wrote (invariant 18). What readers see of an
 * instance or a service is packed inside as bytes of its own: its hash is the revision, and it is decoded only when read.
 */
import type { Dot } from './context.ts'
import { type Fields, fieldsOf, isRow, isText, isTexts, optionalText } from './fields.ts'
import { readInstanceBytes } from './instance-bytes.ts'
import { Interner } from './interner.ts'
import type { ParsedKey } from './keys.ts'
import type { Dependency, Epoch, Instance, Microservice, NodeId, ServiceKey } from './model.ts'
import type { Stamp } from './stamp.ts'
import {
  epochBytes,
  isBytes,
  isCount,
  isEpoch,
  isEpochBytes,
  isNodeId,
  isRecord,
  isSeq,
  type Packed,
  type Row,
  readEpoch,
  unpack,
  unpackValue,
} from './wire.ts'

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
  /** The lease that the registration opens; undefined: it stands in a record of its own from the beginning. */
  readonly lease: FirstLease | undefined
}

/** What a lease's first state says beside the registration that it is for. */
export type FirstLease = Pick<LeaseRecord, 'version' | 'holder' | 'leaseMs' | 'intervalMs'>

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
  /** Their names, in the same order. */
  readonly proxyNames: readonly string[]
  /** Those of them whose center it cannot reach at the moment. */
  readonly severed: readonly string[]
}

export const serviceFields = (record: ServiceRecord): Fields => ({
  ...record.key,
  service: record.service,
  alias: record.alias,
  chosenId: record.chosenId ?? null,
  generations: record.generations,
})

export const readService = (packed: Packed): ServiceRecord | undefined => {
  const f = fieldsOf(packed)
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

export const instanceFields = ({ instance, parents, generations, lease }: InstanceRecord): Fields => ({
  instance,
  parents,
  generations,
  lease: lease === undefined ? null : firstLeaseRow(lease),
})

/** The lease that a registration opens. */
export const openedBy = ({ epoch, seq, ms, count }: Dot & Stamp, first: FirstLease): LeaseRecord => {
  const { version, holder, leaseMs, intervalMs } = first
  return { epoch, seq, ms, count, version, holder, open: true, leaseMs, intervalMs, endedMs: 0 }
}

export const firstLeaseRow = ({ version, holder, leaseMs, intervalMs }: FirstLease): Row => [
  version,
  holder,
  leaseMs,
  intervalMs,
]

const readFirstLease = (row: unknown, interner: Interner | undefined): FirstLease | undefined => {
  if (!isRow(row)) return undefined
  const [version, holder, leaseMs, intervalMs] = row
  if (!isCount(version) || !isNodeId(holder) || !isCount(leaseMs) || !isCount(intervalMs)) return undefined
  return { version, holder: interner?.of(holder) ?? holder, leaseMs, intervalMs }
}

export const readInstance = (packed: Packed, interner?: Interner): InstanceRecord | undefined => {
  const read = readInstanceBytes(packed, interner)
  if (read !== undefined) return read
  const f = fieldsOf(packed)
  if (f === undefined || !isBytes(f.instance) || !isTexts(f.parents) || !isTexts(f.generations)) return undefined
  const { instance, parents, generations } = f
  if (f.lease === undefined || f.lease === null) return { instance, parents, generations, lease: undefined }
  const lease = readFirstLease(f.lease, interner)
  return lease === undefined ? undefined : { instance, parents, generations, lease }
}

export const overlayFields = <T>(record: OverlayRecord<T>): Fields => ({ ...record })

const readOverlay = <T>(packed: Packed, is: (value: unknown) => value is T): OverlayRecord<T> | undefined => {
  const f = fieldsOf(packed)
  if (f === undefined || !is(f.value) || !isText(f.modTimestamp) || !isTexts(f.parents)) return undefined
  return { value: f.value, modTimestamp: f.modTimestamp, parents: f.parents }
}

const isTextMap = (value: unknown): value is Readonly<Record<string, string>> =>
  isRecord(value) && Object.values(value).every(isText)

export const readStatus = (packed: Packed): OverlayRecord<string> | undefined => readOverlay(packed, isText)
export const readProperties = (packed: Packed): OverlayRecord<Readonly<Record<string, string>>> | undefined =>
  readOverlay(packed, isTextMap)

/** A lease is written more often than anything else: an array, not a map. */
export const leaseFields = (lease: LeaseRecord): Row => {
  const { epoch, seq, ms, count, version, holder, open, leaseMs, intervalMs, endedMs } = lease
  return [epochBytes(epoch), seq, ms, count, version, holder, open, leaseMs, intervalMs, endedMs]
}

export const readLease = (packed: Packed, interner: Interner): LeaseRecord | undefined => {
  const row = unpackValue(packed)
  if (!isRow(row)) return undefined
  const [bytes, seq, ms, count, version, holder, open, leaseMs, intervalMs, endedMs] = row
  if (!isEpochBytes(bytes) || !isSeq(seq) || !isCount(ms) || !isCount(count) || !isCount(version)) return undefined
  if (!isNodeId(holder) || typeof open !== 'boolean' || !isCount(leaseMs) || !isCount(intervalMs)) return undefined
  if (!isCount(endedMs)) return undefined
  const epoch = interner.of(readEpoch(bytes, 0))
  return { epoch, seq, ms, count, version, holder: interner.of(holder), open, leaseMs, intervalMs, endedMs }
}

export const schemaFields = (record: SchemaRecord): Fields => ({ ...record, summary: record.summary ?? null })

export const readSchema = (packed: Packed): SchemaRecord | undefined => {
  const f = fieldsOf(packed)
  if (f === undefined || !isText(f.hash) || !optionalText(f.summary) || !isTexts(f.parents)) return undefined
  return { hash: f.hash, summary: isText(f.summary) ? f.summary : undefined, parents: f.parents }
}

export const contentFields = (content: string): Fields => ({ content })

export const readContent = (packed: Packed): string | undefined => {
  const f = fieldsOf(packed)
  return f !== undefined && isText(f.content) ? f.content : undefined
}

export const tagFields = (record: TagRecord): Fields => ({ ...record })

export const readTag = (packed: Packed): TagRecord | undefined => {
  const f = fieldsOf(packed)
  return f !== undefined && isText(f.value) && isTexts(f.parents) ? { value: f.value, parents: f.parents } : undefined
}

export const dependencyFields = (record: DependencyRecord): Fields => ({ ...record })

export const readDependency = (packed: Packed): DependencyRecord | undefined => {
  const f = fieldsOf(packed)
  if (f === undefined || !isText(f.appId) || !isText(f.serviceName) || !isTexts(f.parents)) return undefined
  if (!optionalText(f.environment)) return undefined
  const environment = isText(f.environment) ? f.environment : ''
  return { environment, appId: f.appId, serviceName: f.serviceName, parents: f.parents }
}

export const nodeFields = (record: NodeRecord): Fields => ({ ...record })

export const readNode = (packed: Packed): NodeRecord | undefined => {
  const f = fieldsOf(packed)
  if (f === undefined || !isEpoch(f.epoch) || !isText(f.name) || !isText(f.label) || !isText(f.version))
    return undefined
  if (!isTexts(f.http) || typeof f.diskless !== 'boolean') return undefined
  const { epoch, name, label, version, http, diskless } = f
  const texts = (value: unknown): readonly string[] => (isTexts(value) ? value : [])
  const standIns = { proxies: texts(f.proxies), proxyNames: texts(f.proxyNames), severed: texts(f.severed) }
  return { epoch, name, label, version, http, diskless, ...standIns }
}

/** A document's value, or undefined when it was taken back (`value: null`) or is malformed. */
export const readDocument = (packed: Packed): Fields | undefined => {
  const f = fieldsOf(packed)
  return f !== undefined && isRecord(f.value) ? f.value : undefined
}

const isDocument = (packed: Packed): boolean => {
  const f = fieldsOf(packed)
  return f !== undefined && (f.value === null || isRecord(f.value))
}

/** Validate before apply: one malformed record must not reach an index (invariant 18). */
export const isWellFormed = (key: ParsedKey, value: Packed): boolean => {
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
  lease: (packed: Packed) => readLease(packed, new Interner()),
  schema: readSchema,
  content: readContent,
  tag: readTag,
  dependency: readDependency,
} as const

/** The inner bytes were checked to be a map on arrival; their fields are the dialect's, validated when a client sent them. */
export const unpackService = (bytes: Uint8Array): Microservice => unpack(bytes) as Microservice
export const unpackInstance = (bytes: Uint8Array): Instance => unpack(bytes) as Instance
