/** Links as bytes: JSON, in which each node id stands once and links are positions in that list. */
import type { NodeId } from '../core/model.ts'
import { LINKED_NODES_MAX, LINKS_PER_NODE_MAX } from './limits.ts'
import { nodeIdOf } from './node-id.ts'

export interface NodeLinks {
  readonly node: NodeId
  /** Rises with every change that the node itself makes. */
  readonly version: number
  readonly peers: ReadonlySet<NodeId>
}

const VERSION_MAX = 2 ** 50
const BYTES_MAX = 1024 * 1024

export function encodeLinks(entries: readonly NodeLinks[]): Uint8Array {
  const ids = [...new Set(entries.flatMap(({ node, peers }) => [node, ...peers]))]
  const position = new Map(ids.map((id, index) => [id, index]))
  const links = entries.map(({ node, version, peers }) => [
    position.get(node),
    version,
    [...peers].map(peer => position.get(peer)),
  ])
  return Buffer.from(JSON.stringify({ ids, links }))
}

/** Nothing when the bytes are not links within the limits. */
export function decodeLinks(payload: Uint8Array): readonly NodeLinks[] | undefined {
  if (payload.length > BYTES_MAX) return undefined
  try {
    const { ids, links } = JSON.parse(Buffer.from(payload).toString('utf8')) as { ids?: unknown; links?: unknown }
    if (!Array.isArray(ids) || !Array.isArray(links)) return undefined
    if (links.length > LINKED_NODES_MAX || ids.length > LINKED_NODES_MAX + LINKS_PER_NODE_MAX) return undefined
    const nodes = ids.map(id => (typeof id === 'string' ? nodeIdOf(id) : undefined))
    const entries = links.map(row => readEntry(row, nodes))
    return entries.every(entry => entry !== undefined) ? entries : undefined
  } catch {
    return undefined
  }
}

function readEntry(row: unknown, nodes: readonly (NodeId | undefined)[]): NodeLinks | undefined {
  if (!Array.isArray(row)) return undefined
  const [at, version, peersAt] = row as [unknown, unknown, unknown]
  const node = typeof at === 'number' ? nodes[at] : undefined
  if (node === undefined || !Number.isSafeInteger(version) || !Array.isArray(peersAt)) return undefined
  if ((version as number) < 0 || (version as number) > VERSION_MAX || peersAt.length > LINKS_PER_NODE_MAX)
    return undefined
  const peers = new Set<NodeId>()
  for (const position of peersAt) {
    const peer = typeof position === 'number' ? nodes[position] : undefined
    if (peer === undefined) return undefined
    peers.add(peer)
  }
  return { node, version: version as number, peers }
}
