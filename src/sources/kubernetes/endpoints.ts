/** Addresses and ports as endpoints in Service Center's form: `rest://10.1.0.7:8080?sslEnabled=true`. */
import { isIPv6 } from 'node:net'
import type { Wishes } from './annotations.ts'
import type { ExportRule } from './export-rule.ts'
import type { KubeNode, KubeService, ServicePort, SlicePort } from './objects.ts'

/** One address of an endpoint, at one port. */
export interface Target {
  readonly address: string
  readonly port: SlicePort
}

export const endpointOf = ({ address, port }: Target, wishes: Wishes): string => url(port, wishes, address, port.port)

/** TCP is `rest`, and anything else its own name in lower case, unless an annotation says otherwise. */
function url(port: SlicePort, { protocols }: Wishes, host: string, number: number): string {
  const wished = protocols.get(port.name) ?? protocols.get(String(port.port)) ?? protocols.get('*')
  const scheme = wished ?? (port.protocol === 'TCP' ? 'rest' : port.protocol.toLowerCase())
  const isSecure = port.name.toLowerCase() === 'https' || port.appProtocol.toLowerCase() === 'https'
  return `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${number}${isSecure ? '?sslEnabled=true' : ''}`
}

export interface Exported {
  readonly endpoints: readonly string[]
  /** Why an address cannot be exported as the rule says; empty when all can. */
  readonly fault: string
}

/** What other clusters see of an endpoint; undefined: the same as everybody. */
export function exportedOf(
  targets: readonly Target[],
  rule: ExportRule,
  { service, wishes, node }: { service: KubeService; wishes: Wishes; node: KubeNode | undefined },
): Exported | undefined {
  if (rule.kind === 'pod') return undefined
  if (rule.kind === 'none') return { endpoints: [], fault: '' }
  const endpoints = new Set<string>()
  const faults = new Set<string>()
  for (const { address, port } of targets) {
    const reach = reachOf(rule, address, port, service, node)
    if (typeof reach === 'string') faults.add(reach)
    else for (const host of reach.hosts) endpoints.add(url(port, wishes, host, reach.port))
  }
  return { endpoints: [...endpoints], fault: [...faults].join('; ') }
}

interface Reach {
  readonly hosts: readonly string[]
  readonly port: number
}

/** The sentence says why there is none. */
function reachOf(
  rule: Exclude<ExportRule, { kind: 'pod' | 'none' }>,
  address: string,
  port: SlicePort,
  service: KubeService,
  node: KubeNode | undefined,
): Reach | string {
  if (rule.kind === 'mapping') {
    const mapping = rule.mappings.find(each => each.contains(address))
    if (mapping === undefined) return `no mapping holds ${address}`
    return { hosts: [mapping.host.replace(/^\[(.*)\]$/, '$1')], port: mapping.port ?? port.port }
  }
  const outer = service.ports.find(each => matches(each, port))
  if (outer === undefined) return `port ${port.name || port.port} is no port of the Service`
  if (rule.kind === 'loadBalancer') {
    if (service.ingress.length === 0) return 'its load balancer has no address yet'
    return { hosts: service.ingress, port: outer.port }
  }
  if (outer.nodePort === 0) return `port ${outer.name || outer.port} has no node port: is the Service of type NodePort?`
  const sameFamily = (host: string): boolean => isIPv6(host) === isIPv6(address)
  const hosts = [...(node?.external ?? []), ...(node?.internal ?? [])].filter(sameFamily).slice(0, 1)
  if (hosts.length === 0) return `the node that runs ${address} has no known address`
  return { hosts, port: outer.nodePort }
}

/** A slice names its ports as the Service does; the only port may have no name. */
const matches = (outer: ServicePort, port: SlicePort): boolean =>
  outer.name === port.name && outer.protocol === port.protocol
