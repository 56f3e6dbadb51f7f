/**
 * What this source keeps of Kubernetes objects: a few fields of each, taken when they arrive. The objects themselves, with
 * their managed fields and templates, are many times larger and are dropped at once.
 */
export interface KubeService {
  /** `namespace/name`. */
  readonly ref: string
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
  /** Unix seconds. */
  readonly createdS: number
  readonly labels: Readonly<Record<string, string>>
  /** Those of this product only. */
  readonly annotations: Readonly<Record<string, string>>
  readonly type: string
  readonly externalName: string
  /** `IPv4`, `IPv6`: the first is the preferred one. */
  readonly families: readonly string[]
  readonly ports: readonly ServicePort[]
  /** Addresses of the load balancer: IPs or host names. */
  readonly ingress: readonly string[]
}

export interface ServicePort {
  readonly name: string
  readonly port: number
  readonly protocol: string
  /** 0: none. */
  readonly nodePort: number
}

export interface KubeSlice {
  readonly ref: string
  /** `namespace/name` of its Service; slices of others (imported ones) have none and are not kept. */
  readonly service: string
  readonly resourceVersion: string
  readonly addressType: string
  readonly ports: readonly SlicePort[]
  readonly endpoints: readonly KubeEndpoint[]
}

export interface SlicePort {
  readonly name: string
  readonly port: number
  readonly protocol: string
  readonly appProtocol: string
}

/** Endpoints that are not ready are not kept. */
export interface KubeEndpoint {
  readonly addresses: readonly string[]
  readonly hostname: string
  readonly nodeName: string
  readonly zone: string
  readonly podUid: string
  readonly podName: string
}

export interface KubePod {
  readonly ref: string
  readonly uid: string
  readonly name: string
  readonly nodeName: string
  readonly hostIP: string
  readonly ips: readonly string[]
  /** Shares the addresses of its node, which therefore do not name it. */
  readonly hostNetwork: boolean
  readonly running: boolean
  readonly annotations: Readonly<Record<string, string>>
}

export interface KubeNode {
  readonly ref: string
  readonly name: string
  readonly internal: readonly string[]
  readonly external: readonly string[]
  readonly region: string
  readonly zone: string
}

/** Prefix of the annotations that this source reads; the reference's own. */
export const ANNOTATION = 'service-center.servicecomb.io/'
const SERVICE_OF_SLICE = 'kubernetes.io/service-name'

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const object = (value: unknown): Json => (isObject(value) ? value : {})
const objects = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isObject) : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter(item => typeof item === 'string') : []

const textMap = (value: unknown, keep: (key: string) => boolean = () => true): Record<string, string> =>
  Object.fromEntries(
    Object.entries(object(value)).filter((entry): entry is [string, string] => {
      return keep(entry[0]) && typeof entry[1] === 'string'
    }),
  )

const ours = (key: string): boolean => key.startsWith(ANNOTATION)

interface Meta {
  readonly ref: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly metadata: Json
}

/** Undefined when it is no object of the API. */
function metaOf(value: unknown): Meta | undefined {
  const metadata = object(object(value).metadata)
  const [namespace, name] = [text(metadata.namespace), text(metadata.name)]
  if (name === '') return undefined
  const ref = namespace === '' ? name : `${namespace}/${name}`
  return { ref, namespace, name, uid: text(metadata.uid), resourceVersion: text(metadata.resourceVersion), metadata }
}

export function readService(value: unknown): KubeService | undefined {
  const meta = metaOf(value)
  if (meta === undefined) return undefined
  const { spec, status } = object(value)
  const { type, externalName, ipFamilies, ports } = object(spec)
  const { ingress } = object(object(status).loadBalancer)
  return {
    ref: meta.ref,
    namespace: meta.namespace,
    name: meta.name,
    resourceVersion: meta.resourceVersion,
    createdS: Math.floor(Date.parse(text(meta.metadata.creationTimestamp)) / 1000) || 0,
    labels: textMap(meta.metadata.labels, key => SERVICE_LABELS.has(key)),
    annotations: textMap(meta.metadata.annotations, ours),
    type: text(type),
    externalName: text(externalName),
    families: texts(ipFamilies),
    ports: objects(ports).map(port => ({
      name: text(port.name),
      port: number(port.port),
      protocol: text(port.protocol) || 'TCP',
      nodePort: number(port.nodePort),
    })),
    ingress: objects(ingress)
      .map(each => text(each.ip) || text(each.hostname))
      .filter(address => address !== ''),
  }
}

const SERVICE_LABELS = new Set(['app', 'version', 'environment'])

export function readSlice(value: unknown): KubeSlice | undefined {
  const meta = metaOf(value)
  const name = text(object(meta?.metadata.labels)[SERVICE_OF_SLICE])
  if (meta === undefined || name === '') return undefined
  const { addressType, ports, endpoints } = object(value)
  return {
    ref: meta.ref,
    service: `${meta.namespace}/${name}`,
    resourceVersion: meta.resourceVersion,
    addressType: text(addressType),
    ports: objects(ports).map(port => ({
      name: text(port.name),
      port: number(port.port),
      protocol: text(port.protocol) || 'TCP',
      appProtocol: text(port.appProtocol),
    })),
    endpoints: objects(endpoints).filter(isReady).map(readEndpoint),
  }
}

/** An unknown condition counts as ready, as the API says. A terminating endpoint is first not ready, then gone. */
const isReady = (endpoint: Json): boolean => object(endpoint.conditions).ready !== false

function readEndpoint(endpoint: Json): KubeEndpoint {
  const target = object(endpoint.targetRef)
  const isPod = text(target.kind) === 'Pod'
  return {
    addresses: texts(endpoint.addresses),
    hostname: text(endpoint.hostname),
    nodeName: text(endpoint.nodeName),
    zone: text(endpoint.zone),
    podUid: isPod ? text(target.uid) : '',
    podName: isPod ? text(target.name) : '',
  }
}

export function readPod(value: unknown): KubePod | undefined {
  const meta = metaOf(value)
  if (meta === undefined) return undefined
  const { spec, status } = object(value)
  const { hostIP, podIP, podIPs, phase } = object(status)
  const ips = objects(podIPs).map(each => text(each.ip))
  return {
    ref: meta.ref,
    uid: meta.uid,
    name: meta.name,
    nodeName: text(object(spec).nodeName),
    hostIP: text(hostIP),
    ips: [...new Set([text(podIP), ...ips])].filter(ip => ip !== ''),
    hostNetwork: object(spec).hostNetwork === true,
    running: text(phase) === 'Running',
    annotations: textMap(meta.metadata.annotations, ours),
  }
}

export function readNode(value: unknown): KubeNode | undefined {
  const meta = metaOf(value)
  if (meta === undefined) return undefined
  const addresses = objects(object(object(value).status).addresses)
  const of = (type: string): readonly string[] =>
    addresses.filter(each => text(each.type) === type).map(each => text(each.address))
  const labels = object(meta.metadata.labels)
  const label = (name: string): string =>
    text(labels[`topology.kubernetes.io/${name}`]) || text(labels[`failure-domain.beta.kubernetes.io/${name}`])
  return {
    ref: meta.ref,
    name: meta.name,
    internal: of('InternalIP'),
    external: of('ExternalIP'),
    region: label('region'),
    zone: label('zone'),
  }
}
