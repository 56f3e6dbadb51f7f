import type { ClusterId, NodeId, Sid } from './model.ts'

/**
 * Keys of records: `cluster/kind/…ids`. What changes separately has a key of its own, so that concurrent updates of
 * different things both survive. Ids that may hold any character are percent-encoded; the others cannot hold a slash.
 */
export type Kind = keyof typeof IDS_OF_KIND

/** How many ids follow each kind. Kinds that are not listed are carried but inert (invariant 18). */
const IDS_OF_KIND = {
  node: 1,
  service: 1,
  instance: 2,
  status: 2,
  properties: 2,
  lease: 2,
  schema: 2,
  content: 1,
  tag: 2,
  dependency: 2,
  document: 2,
} as const

/** Longest key accepted from anyone, in UTF-16 units. The longest of ours has two encoded ids of 160 characters. */
export const KEY_LENGTH_MAX = 1_200

export interface ParsedKey {
  readonly cluster: ClusterId
  readonly kind: Kind
  readonly a: string
  readonly b: string
}

const key = (cluster: ClusterId, kind: Kind, ...ids: readonly string[]): string => `${cluster}/${kind}/${ids.join('/')}`

export const nodeKey = (cluster: ClusterId, node: NodeId): string => key(cluster, 'node', node)
export const serviceKey = (cluster: ClusterId, sid: Sid): string => key(cluster, 'service', sid)
export const instanceKey = (cluster: ClusterId, sid: Sid, id: string): string => key(cluster, 'instance', sid, id)
export const statusKey = (cluster: ClusterId, sid: Sid, id: string): string => key(cluster, 'status', sid, id)
export const propertiesKey = (cluster: ClusterId, sid: Sid, id: string): string => key(cluster, 'properties', sid, id)
export const leaseKey = (cluster: ClusterId, sid: Sid, id: string): string => key(cluster, 'lease', sid, id)
/** Of the instance whose registration has this key. */
export const leaseKeyOf = (registration: string): string =>
  `${registration.slice(0, CLUSTER_ID_LENGTH)}/lease${registration.slice(CLUSTER_ID_LENGTH + '/instance'.length)}`
export const isInstanceKey = (text: string): boolean => text.startsWith('/instance/', CLUSTER_ID_LENGTH)
export const schemaKey = (cluster: ClusterId, sid: Sid, id: string): string => key(cluster, 'schema', sid, encode(id))
export const contentKey = (cluster: ClusterId, hash: string): string => key(cluster, 'content', hash)
export const tagKey = (cluster: ClusterId, sid: Sid, name: string): string => key(cluster, 'tag', sid, encode(name))
export const dependencyKey = (cluster: ClusterId, sid: Sid, provider: string): string =>
  key(cluster, 'dependency', sid, encode(provider))
export const documentKey = (cluster: ClusterId, kind: string, name: string): string =>
  key(cluster, 'document', encode(kind), encode(name))

/** Takes a key apart; undefined for kinds unknown to this version and for keys not of our making. */
export const parseKey = (text: string): ParsedKey | undefined => {
  // Not split: every write of every replica comes through here.
  const atKind = text.indexOf('/') + 1
  const atA = atKind === 0 ? 0 : text.indexOf('/', atKind) + 1
  if (atA === 0) return undefined
  const kind = text.slice(atKind, atA - 1)
  if (!Object.hasOwn(IDS_OF_KIND, kind)) return undefined
  const known = kind as Kind
  const slash = text.indexOf('/', atA)
  if ((IDS_OF_KIND[known] === 2) !== slash >= 0 || (slash >= 0 && text.includes('/', slash + 1))) return undefined
  const cluster = text.slice(0, atKind - 1) as ClusterId
  if (slash < 0) return { cluster, kind: known, a: decode(text.slice(atA)), b: '' }
  return { cluster, kind: known, a: decode(text.slice(atA, slash)), b: decode(text.slice(slash + 1)) }
}

/** The cluster a key belongs to, whatever its kind; undefined when it names none. */
export const clusterOfKey = (text: string): ClusterId | undefined => {
  const slash = text.indexOf('/')
  return slash === CLUSTER_ID_LENGTH && CLUSTER_ID.test(text.slice(0, slash))
    ? (text.slice(0, slash) as ClusterId)
    : undefined
}

export const CLUSTER_ID_LENGTH = 16
export const CLUSTER_ID = /^[0-9a-f]{16}$/
export const EPOCH = /^[0-9a-f]{16}$/

const encode = (id: string): string => encodeURIComponent(id.toWellFormed())
const decode = (id: string): string => {
  if (!id.includes('%')) return id
  try {
    return decodeURIComponent(id)
  } catch {
    return id
  }
}
