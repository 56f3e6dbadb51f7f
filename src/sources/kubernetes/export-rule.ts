import { BlockList, isIP } from 'node:net'

/** How other clusters reach an endpoint of this one. */
export type ExportRule =
  /** Pod networks are routed between the clusters. */
  | { readonly kind: 'pod' }
  /** The node that runs the Pod, at the Service's node port. */
  | { readonly kind: 'nodePort' }
  /** The addresses of the Service's load balancer, at the Service's port. */
  | { readonly kind: 'loadBalancer' }
  /** Networks and the gateways that stand for them. */
  | { readonly kind: 'mapping'; readonly mappings: readonly Mapping[] }
  /** Other clusters see no address. */
  | { readonly kind: 'none' }

export interface Mapping {
  readonly network: string
  /** As in URLs: IPv6 in brackets. */
  readonly host: string
  /** Undefined: the endpoint's own port. */
  readonly port: number | undefined
  contains(address: string): boolean
}

export class ExportRuleError extends Error {
  override readonly name = 'ExportRuleError'
}

const MAPPINGS_MAX = 64
const ALLOWED =
  'use pod, nodePort, loadBalancer, none, or mappings such as 10.1.0.0/16=gateway.example:8080 separated by commas'

/** `pod`, `nodePort`, `loadBalancer`, `none`, or `10.1.0.0/16=gateway:port[,…]`. Throws ExportRuleError. */
export function parseExportRule(text: string): ExportRule {
  const word = text.trim().toLowerCase()
  if (word === 'pod' || word === '') return { kind: 'pod' }
  if (word === 'nodeport') return { kind: 'nodePort' }
  if (word === 'loadbalancer') return { kind: 'loadBalancer' }
  if (word === 'none') return { kind: 'none' }
  const items = text.split(',').map(item => item.trim())
  if (items.length > MAPPINGS_MAX) throw new ExportRuleError(`more than ${MAPPINGS_MAX} mappings`)
  return { kind: 'mapping', mappings: items.map(parseMapping) }
}

function parseMapping(text: string): Mapping {
  const [, address = '', bits = '', target = ''] = /^([0-9a-fA-F.:]+)\/(\d{1,3})=(.+)$/.exec(text) ?? []
  const family = isIP(address)
  const [, host = '', port] = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?$/.exec(target) ?? []
  const length = Number(bits)
  if (family === 0 || length > (family === 4 ? 32 : 128) || host === '' || Number(port ?? 1) > 65_535) {
    throw new ExportRuleError(`${JSON.stringify(text.slice(0, 120))} is no rule for exported addresses: ${ALLOWED}`)
  }
  const network = new BlockList()
  network.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6')
  return {
    network: `${address}/${length}`,
    host,
    port: port === undefined ? undefined : Number(port),
    contains: each => isIP(each) !== 0 && network.check(each, isIP(each) === 4 ? 'ipv4' : 'ipv6'),
  }
}
