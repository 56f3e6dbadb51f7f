/**
 * Addresses as operators write them: of peers, of other clusters, and of this node's own listeners. Pure: names are
 * resolved when they are dialled, not here.
 */
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { NodeId } from '../core/model.ts'
import { ADDRESSES_MAX, NAME_LENGTH_MAX } from './limits.ts'
import { nodeIdOf } from './node-id.ts'

/** An HTTP(S) address is asked for the node's identity; a multiaddr is dialled as it stands, `/p2p/…` included. */
export type MeshAddress =
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'multiaddr'; readonly multiaddr: string; readonly node: NodeId | undefined }

export interface ClusterAddresses {
  /** The name this configuration gives the cluster; it need not be the name the cluster gives itself. */
  readonly name: string
  readonly addresses: readonly MeshAddress[]
}

/** The text does not have the form that the option needs. The message names the offending part and what is allowed. */
export class AddressError extends Error {
  override readonly name = 'AddressError'
}

const ALLOWED =
  'use http://HOST:PORT, https://HOST:PORT, or a multiaddr /ip4|ip6|dns|dns4|dns6/HOST/tcp/PORT, optionally with /p2p/ID'

/** `http://10.0.0.2:30100,/ip4/10.0.0.3/tcp/30190`: the addresses of `--peers`. Throws AddressError. */
export function parsePeers(text: string): readonly MeshAddress[] {
  return distinct(split(text).map(parseAddress))
}

/**
 * `sc2=http://10.12.0.2:30100,http://10.12.0.3:30100,sc3=…`: the addresses of `--clusters`. An item without a name
 * belongs to the cluster named last. Throws AddressError.
 */
export function parseClusters(text: string): readonly ClusterAddresses[] {
  const clusters: { name: string; addresses: MeshAddress[] }[] = []
  for (const item of split(text)) {
    const named = /^([^=/]*)=(.*)$/s.exec(item)
    if (named !== null) {
      const name = parseClusterName((named[1] ?? '').trim())
      if (clusters.some(cluster => cluster.name === name)) {
        throw new AddressError(`cluster ${quote(name)} is named twice; list its addresses after one name, with commas`)
      }
      clusters.push({ name, addresses: [] })
    }
    const cluster = clusters.at(-1)
    if (cluster === undefined) {
      throw new AddressError(`${quote(item)} has no cluster name before it: write NAME=ADDRESS, such as sc2=${item}`)
    }
    cluster.addresses.push(parseAddress(named === null ? item : (named[2] ?? '').trim()))
  }
  distinct(clusters.flatMap(cluster => cluster.addresses))
  return clusters
}

/** A cluster's name: it may not hold what separates names and addresses in `--clusters`. Throws AddressError. */
export function parseClusterName(name: string): string {
  if (name === '') throw new AddressError('a cluster name is empty: write NAME=ADDRESS')
  if (name.length > NAME_LENGTH_MAX) {
    throw new AddressError(`cluster name ${quote(name)} has more than ${NAME_LENGTH_MAX} characters`)
  }
  if (/[=,/\s\p{Cc}]/u.test(name)) {
    throw new AddressError(`cluster name ${quote(name)} may not contain "=", ",", "/" or white space`)
  }
  return name
}

/** One HTTP(S) address or multiaddr. Throws AddressError. */
export function parseAddress(text: string): MeshAddress {
  if (/^https?:\/\//i.test(text)) return { kind: 'http', url: parseUrl(text) }
  if (!text.startsWith('/')) throw new AddressError(`${quote(text)} is no address of a node: ${ALLOWED}`)
  const address = parseTcp(text)
  const id = address.getComponents().find(part => part.name === 'p2p')?.value
  if (id === undefined) return { kind: 'multiaddr', multiaddr: address.toString(), node: undefined }
  const node = nodeIdOf(id)
  if (node === undefined) throw new AddressError(`${quote(text)}: ${quote(id)} is not the Ed25519 identity of a node`)
  return { kind: 'multiaddr', multiaddr: address.toString(), node }
}

/** Multiaddrs to listen on or to advertise: TCP, without `/p2p/…`. Throws AddressError. */
export function parseGossip(text: string): readonly string[] {
  return split(text).map(item => {
    if (!item.startsWith('/')) throw new AddressError(`${quote(item)} is no multiaddr such as /ip4/0.0.0.0/tcp/30190`)
    const address = parseTcp(item)
    if (address.getComponents().some(part => part.name === 'p2p')) {
      throw new AddressError(`${quote(item)}: leave /p2p/… out, the node adds its own identity`)
    }
    return address.toString()
  })
}

/** Identities of `--allow`, separated by commas. Throws AddressError. */
export function parseNodeIds(text: string): readonly NodeId[] {
  return split(text).map(item => {
    const node = nodeIdOf(item)
    if (node === undefined) throw new AddressError(`${quote(item)} is not the Ed25519 identity of a node (12D3KooW…)`)
    return node
  })
}

/** A multiaddr of a host and a TCP port as URLs write the host: IPv6 in brackets or bare. */
export function hostMultiaddr(host: string, port: number): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (bare.includes(':')) return `/ip6/${bare}/tcp/${port}`
  return /^\d+(\.\d+){3}$/.test(bare) ? `/ip4/${bare}/tcp/${port}` : `/dns/${bare}/tcp/${port}`
}

/** Host and port of a TCP multiaddr; nothing when it is not one. */
export function tcpOf(text: string): { readonly host: string; readonly port: number } | undefined {
  try {
    const [host, tcp] = parseTcp(text).getComponents()
    return host?.value === undefined ? undefined : { host: host.value, port: Number(tcp?.value) }
  } catch {
    return undefined
  }
}

function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw new AddressError(`${quote(text)} is no valid URL: ${ALLOWED}`)
  if (url.username !== '' || url.password !== '') throw new AddressError(`${quote(text)}: user names are not allowed`)
  if (url.search !== '' || url.hash !== '') throw new AddressError(`${quote(text)}: "?" and "#" are not allowed`)
  return url.href.replace(/\/+$/, '')
}

function parseTcp(text: string): Multiaddr {
  let address: Multiaddr
  try {
    address = multiaddr(text)
  } catch (error) {
    throw new AddressError(`${quote(text)} is no valid multiaddr (${(error as Error).message}): ${ALLOWED}`)
  }
  const names = address.getComponents().map(part => part.name)
  const host = ['ip4', 'ip6', 'dns', 'dns4', 'dns6'].includes(names[0] ?? '')
  const end = names.length === 2 || (names.length === 3 && names[2] === 'p2p')
  if (!host || names[1] !== 'tcp' || !end) throw new AddressError(`${quote(text)} cannot be dialled: ${ALLOWED}`)
  return address
}

function split(text: string): string[] {
  if (text.trim() === '') return []
  const items = text.split(',').map(item => item.trim())
  if (items.includes('')) throw new AddressError(`${quote(text)} has an empty item between commas`)
  if (items.length > ADDRESSES_MAX) throw new AddressError(`more than ${ADDRESSES_MAX} items`)
  return items
}

function distinct(addresses: MeshAddress[]): MeshAddress[] {
  const seen = new Set<string>()
  for (const address of addresses) {
    const text = addressText(address)
    if (seen.has(text)) throw new AddressError(`${quote(text)} is listed twice`)
    seen.add(text)
  }
  return addresses
}

/** The address as it is shown in logs and status. */
export const addressText = (address: MeshAddress): string => (address.kind === 'http' ? address.url : address.multiaddr)

const quote = (text: string): string => JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text)
