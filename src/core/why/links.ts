import type { ClusterId, NodeId } from '../model.ts'
import type { AddressFact, Cause, Finding, NamedCluster, PeerRefusal } from './facts.ts'
import type { Scene } from './scene.ts'
import { counted, duration, listed } from './words.ts'

/** A cluster none of whose nodes was heard for this long is out of reach: beats come once a second. */
const SILENT_MS = 5_000

/** Texts of TLS errors that a wrong clock makes, on either side. */
const CLOCK_ERROR = /certificate (is not yet valid|has expired)|CERT_(NOT_YET_VALID|HAS_EXPIRED)/i

/** What the mesh says when the other side ends a handshake without a word. */
const CLOSED_ERROR = /may not be configured to know this node/

/** What a refused or failed handshake is about, by the mesh's reason. */
const CAUSE_OF_REFUSAL: Readonly<Record<string, Cause>> = {
  handshake: 'peer-key',
  'key-type': 'peer-identity',
  'not-allowed': 'peer-identity',
  unconfirmed: 'peer-identity',
  unanswered: 'peer-identity',
  'nobody-to-ask': 'peer-identity',
}

/** Whether a cluster is heard, over whatever path. The own one always is. */
export const isHeard = (scene: Scene, { id }: NamedCluster): boolean => {
  if (id === undefined) return false
  if (id === scene.parts.directory.cluster) return true
  const proxies = standInsFor(scene, id)
  if (proxies.length > 0) return proxies.some(node => scene.silentMs(node) < SILENT_MS && !isSevered(scene, node, id))
  return scene.nodesOf(id).some(node => scene.silentMs(node) < SILENT_MS)
}

/** One sentence about the link to a cluster that is heard. */
export const linkText = (scene: Scene, id: ClusterId): string => {
  const proxies = standInsFor(scene, id)
  if (proxies.length > 0) {
    return `${scene.label(id)} is an older service center; ${listed(proxies.map(node => scene.nodeName(node)))} mirrors it`
  }
  const heard = scene.nodesOf(id).filter(node => scene.silentMs(node) < SILENT_MS)
  const direct = heard.filter(node => scene.facts.isDirect(node))
  const way = direct.length > 0 ? 'directly' : 'through other nodes'
  const names = listed(heard.map(node => scene.nodeName(node)))
  return `cluster ${scene.label(id)} is heard ${way}: ${names}; this node lacks ${counted(behind(scene, heard), 'change')} of it`
}

export const behind = (scene: Scene, nodes: readonly NodeId[]): number =>
  nodes.reduce((sum, node) => sum + scene.facts.missing(node), 0)

/** Changes of a cluster that is heard are still on their way: by repair, or by gossip. */
export const repairFinding = (scene: Scene, { id, name }: NamedCluster): Finding | undefined => {
  if (id === undefined || id === scene.parts.directory.cluster) return undefined
  const nodes = scene.nodesOf(id)
  const lacking = behind(scene, nodes)
  const repairing = nodes.filter(node => scene.facts.isRepairing(node))
  if (lacking === 0 && repairing.length === 0) return undefined
  const what =
    repairing.length > 0 ? `the repair with ${listed(repairing.map(node => scene.nodeName(node)))} still runs` : ''
  const lag = lacking > 0 ? `this node lacks ${counted(lacking, 'change')} of cluster ${name}` : ''
  return {
    cause: 'repair-running',
    text: [what, lag].filter(part => part !== '').join(', and '),
    next: 'Wait a few seconds and ask again; "grapevine peers" shows the changes that are lacking and since when.',
  }
}

/** Why a cluster is not heard; undefined when it is. */
export const disconnectedFinding = (scene: Scene, cluster: NamedCluster): Finding | undefined => {
  if (isHeard(scene, cluster)) return undefined
  const { id, name } = cluster
  const proxies = id === undefined ? [] : standInsFor(scene, id)
  if (proxies.length > 0) {
    return {
      cause: 'peer-address',
      text: `${name} is an older service center, and ${listed(proxies.map(node => scene.nodeName(node)))} cannot reach it`,
      next: `Check that the service center behind ${name} answers GET /v4/default/admin/dump, and its token and TLS options.`,
    }
  }
  const addresses = scene.facts.outside.addresses.filter(each => each.cluster === name)
  const refused = refusalOf(scene, id, addresses)
  const silence = silenceText(scene, id)
  if (refused !== undefined) return fromRefusal(name, silence, refused)
  const failing = addresses.find(({ error }) => error !== undefined) ?? addresses[0]
  return failing === undefined ? unconfigured(name, silence) : fromAddress(name, silence, failing)
}

const fromRefusal = (name: string, silence: string, { who, reason, times, remedy }: PeerRefusal): Finding => ({
  cause: CAUSE_OF_REFUSAL[reason] ?? 'peer-identity',
  text: `cluster ${name} ${silence}: this node refused ${who} (${reason}, ${counted(times, 'time')}), because ${remedy}`,
  next:
    reason === 'handshake'
      ? 'Give all nodes the same --mesh-key file (made by "grapevine key"), or none at all.'
      : `Change the configuration here (--peers, --clusters, --allow, --mesh-key) so that ${who} is let in.`,
})

const fromAddress = (name: string, silence: string, { address, state, error, failures }: AddressFact): Finding => {
  const told = `cluster ${name} ${silence}: ${address} `
  if (state === 'self') {
    return {
      cause: 'peer-address',
      text: `${told}leads to this node itself`,
      next: `Give --clusters an address of ${name}, not of this cluster.`,
    }
  }
  const why = `${told}failed ${counted(failures, 'time')}: ${error ?? 'no answer yet'}`
  if (CLOCK_ERROR.test(error ?? '')) {
    return { cause: 'peer-clock', text: why, next: 'Set the clocks of both machines: certificates are judged by them.' }
  }
  if (CLOSED_ERROR.test(error ?? '')) {
    return {
      cause: 'peer-identity',
      text: why,
      next: `Name this node in --clusters (or --peers) at ${name}, or give all nodes the same --mesh-key.`,
    }
  }
  return {
    cause: 'peer-address',
    text: why,
    next: `Check that ${address} is right and reachable from here: DNS, routes, firewalls, and the gossip port (30190) beside the HTTP port.`,
  }
}

const unconfigured = (name: string, silence: string): Finding => ({
  cause: 'peer-address',
  text: `cluster ${name} ${silence}, and no address of it is configured at this node`,
  next: `Add an address of ${name} to --clusters here, or check the nodes through which it was known.`,
})

/** A refusal of a node of this cluster: by identity, or by the host of one of its addresses. */
const refusalOf = (
  scene: Scene,
  id: ClusterId | undefined,
  addresses: readonly AddressFact[],
): PeerRefusal | undefined => {
  const nodes = new Set<string>(id === undefined ? [] : scene.nodesOf(id))
  for (const { node } of addresses) if (node !== undefined) nodes.add(node)
  const hosts = addresses.map(({ address }) => address)
  return scene.facts.outside.refusals.find(({ who }) => nodes.has(who) || hosts.some(host => host.includes(who)))
}

const silenceText = (scene: Scene, id: ClusterId | undefined): string => {
  if (id === undefined) return 'was never met'
  const silences = scene.nodesOf(id).map(node => scene.silentMs(node))
  return silences.length === 0 ? 'has no node any more' : `has not been heard for ${duration(Math.min(...silences))}`
}

const standInsFor = (scene: Scene, id: ClusterId): NodeId[] =>
  [...scene.parts.directory.nodes].flatMap(([node, { record }]) => (record.proxies.includes(id) ? [node] : []))

const isSevered = (scene: Scene, node: NodeId, id: ClusterId): boolean =>
  scene.parts.directory.nodes.get(node)?.record.severed.includes(id) === true
