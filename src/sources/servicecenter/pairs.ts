/** The pairs of a dump: keys as the reference has them in its etcd, values as its REST API shows them. */
import { createHash } from 'node:crypto'
import type { Dependency, HealthCheck, Instance, Microservice, Scope, ServiceKey } from '../../core/model.ts'
import { deriveSid } from '../../core/transaction.ts'

export interface Pair {
  readonly key: string
  /** Changes with the value. */
  readonly rev: string
  /** The cluster that registered it, as the center calls it; empty: its own. */
  readonly cluster: string
  readonly value: unknown
}

/** Undefined when it is no pair. */
export function readPair(json: string): Pair | undefined {
  const { key, rev, cluster, value } = JSON.parse(json) as Partial<Record<keyof Pair, unknown>>
  if (typeof key !== 'string') return undefined
  return { key, rev: String(rev), cluster: typeof cluster === 'string' ? cluster : '', value }
}

/** `/cse-sr/ms/files/{domain}/{project}/{serviceId}` and the like: scope and ids after a prefix of `skip` parts. */
export function parseKey(key: string, skip: number): (Scope & { readonly ids: readonly string[] }) | undefined {
  const [domain, project, ...ids] = key.split('/').slice(skip + 1)
  if (domain === undefined || project === undefined || ids[0] === undefined) return undefined
  return { domain, project, ids }
}

/** Parts of keys before the domain: `/cse-sr/ms/files`, `/cse-sr/inst/files`… have three, counted from the first slash. */
export const PREFIX = 3

type Json = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const text = (value: unknown, otherwise = ''): string => (typeof value === 'string' ? value : otherwise)
const count = (value: unknown): number => (typeof value === 'number' && value >= 0 ? Math.floor(value) : 0)

const textMap = (value: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).filter((entry): entry is [string, string] => {
      return typeof entry[1] === 'string'
    }),
  )

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter(item => typeof item === 'string') : []

/** Leaves empty values out, as the catalog has them. */
const filled = <T extends object>(value: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(value).filter(([, each]) => {
      if (each === undefined || each === '') return false
      return typeof each !== 'object' || Object.keys(each).length > 0
    }),
  ) as Partial<T>

const sha = (algorithm: string) => (data: string | Uint8Array) => createHash(algorithm).update(data).digest('hex')
const DIGESTS = { sha1: sha('sha1'), sha256: sha('sha256') }

/** Undefined when it has no name. */
export function readMicroservice(value: unknown, scope: Scope): { key: ServiceKey; service: Microservice } | undefined {
  if (!isObject(value) || text(value.serviceName) === '') return undefined
  const { domain, project } = scope
  const appId = text(value.appId, 'default')
  const serviceName = text(value.serviceName)
  const version = text(value.version, '0.0.1')
  const key = { domain, project, environment: text(value.environment), appId, serviceName, version }
  const framework = isObject(value.framework) ? value.framework : {}
  const serviceId = text(value.serviceId)
  const optional = filled({
    // The derived id goes without saying.
    serviceId: serviceId === deriveSid(DIGESTS, key) ? '' : serviceId,
    environment: text(value.environment),
    alias: text(value.alias),
    description: text(value.description),
    schemas: texts(value.schemas),
    paths: Array.isArray(value.paths) ? value.paths.filter(isObject) : [],
    properties: textMap(value.properties),
    LBStrategy: textMap(value.LBStrategy),
    registerBy: text(value.registerBy),
    framework: filled({ name: text(framework.name), version: text(framework.version) }),
    providers: Array.isArray(value.providers) ? value.providers.map(textMap) : [],
  })
  const timestamp = text(value.timestamp, '0')
  return {
    key,
    service: {
      ...optional,
      appId,
      serviceName,
      version,
      level: text(value.level, 'BACK'),
      status: text(value.status, 'UP'),
      timestamp,
      modTimestamp: text(value.modTimestamp, timestamp),
    },
  }
}

/** Undefined when it has no id. */
export function readInstanceValue(value: unknown, version: string): Instance | undefined {
  if (!isObject(value) || text(value.instanceId) === '') return undefined
  const timestamp = text(value.timestamp, '0')
  const place = isObject(value.dataCenterInfo) ? value.dataCenterInfo : undefined
  const check = readHealthCheck(value.healthCheck)
  return {
    instanceId: text(value.instanceId),
    ...filled({ endpoints: texts(value.endpoints), properties: textMap(value.properties) }),
    hostName: text(value.hostName),
    status: text(value.status, 'UP'),
    ...(check === undefined ? {} : { healthCheck: check }),
    ...(place === undefined
      ? {}
      : {
          dataCenterInfo: {
            name: text(place.name),
            region: text(place.region),
            availableZone: text(place.availableZone),
          },
        }),
    timestamp,
    modTimestamp: text(value.modTimestamp, timestamp),
    version: text(value.version, version),
  }
}

/** Seconds. A lease shorter than any that the reference grants is none: the usual one is kept instead. */
const LEASE_LEAST_S = 20

function readHealthCheck(value: unknown): HealthCheck | undefined {
  if (!isObject(value)) return undefined
  const optional = filled({ port: count(value.port) || undefined, url: text(value.url) }) as Partial<HealthCheck>
  const [interval, times] = [count(value.interval), count(value.times)]
  if (interval * (times + 1) < LEASE_LEAST_S) return undefined
  return { mode: text(value.mode, 'push'), ...optional, interval, times }
}

export const readTags = (value: unknown): Readonly<Record<string, string>> => textMap(value)

/** The providers of a consumer's rule. */
export function readRule(value: unknown): readonly Dependency[] {
  const rules = isObject(value) && Array.isArray(value.Dependency) ? value.Dependency.filter(isObject) : []
  return rules.flatMap(rule => {
    const [appId, serviceName] = [text(rule.appId), text(rule.serviceName)]
    if (appId === '' || serviceName === '' || serviceName === '*') return []
    return [{ ...filled({ environment: text(rule.environment) }), appId, serviceName }]
  })
}

export interface SchemaPair {
  readonly schemaId: string
  readonly summary: string | undefined
  readonly content: string
}

export function readSchemas(value: unknown): readonly SchemaPair[] {
  const list = isObject(value) && Array.isArray(value.schemas) ? value.schemas.filter(isObject) : []
  return list.flatMap(each => {
    const [schemaId, content] = [text(each.schemaId), text(each.schema)]
    return schemaId === '' || content === '' ? [] : [{ schemaId, summary: text(each.summary) || undefined, content }]
  })
}
