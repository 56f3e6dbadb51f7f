/** Who is configured to know whom. */

export interface PlacedNode {
  /** `sc1-a`. */
  readonly name: string
  readonly cluster: string
}

/** Two nodes that name each other in their configuration. */
export type Link = readonly [one: string, other: string]

export type Topology =
  | { readonly kind: 'full' | 'line' | 'star' | 'regions' }
  /** Each node knows `degree` others, its neighbours on a ring. */
  | { readonly kind: 'degree'; readonly degree: number }

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/** `sc1-a`, `sc1-b`, … of each cluster. */
export function placeNodes(clusters: Readonly<Record<string, number>>): readonly PlacedNode[] {
  return Object.entries(clusters).flatMap(([cluster, count]) =>
    Array.from({ length: count }, (_, i) => ({ name: `${cluster}-${LETTERS[i]}`, cluster })),
  )
}

export const NODES_PER_CLUSTER_MAX = LETTERS.length

/** Siblings know each other always, except by degree, where the ring alone decides. */
export function drawLinks(topology: Topology, nodes: readonly PlacedNode[]): readonly Link[] {
  if (topology.kind === 'degree') return ring(topology.degree, nodes)
  const clusters = [...new Set(nodes.map(({ cluster }) => cluster))]
  return nodes.flatMap((one, i) =>
    nodes
      .slice(i + 1)
      .filter(other => one.cluster === other.cluster || linked(topology.kind, clusters, one, other, nodes))
      .map(other => [one.name, other.name] as const),
  )
}

function linked(
  kind: 'full' | 'line' | 'star' | 'regions',
  clusters: readonly string[],
  one: PlacedNode,
  other: PlacedNode,
  nodes: readonly PlacedNode[],
): boolean {
  const [from, to] = [clusters.indexOf(one.cluster), clusters.indexOf(other.cluster)]
  if (kind === 'full') return true
  if (kind === 'line') return Math.abs(from - to) === 1
  if (kind === 'star') return from === 0 || to === 0
  // Two regions: everybody knows everybody in their own, and one node of each knows one of the other.
  const half = Math.ceil(clusters.length / 2)
  if (from < half === to < half) return true
  const gate = (cluster: string | undefined): string | undefined => nodes.find(node => node.cluster === cluster)?.name
  const gates = [gate(clusters[0]), gate(clusters[half])]
  return gates.includes(one.name) && gates.includes(other.name)
}

function ring(degree: number, nodes: readonly PlacedNode[]): readonly Link[] {
  const links = new Map<string, Link>()
  nodes.forEach((one, i) => {
    for (let step = 1; step <= degree / 2; step++) {
      const other = nodes[(i + step) % nodes.length]
      if (other === undefined || other === one) continue
      const key = [one.name, other.name].sort().join(' ')
      if (!links.has(key)) links.set(key, [one.name, other.name])
    }
  })
  return [...links.values()]
}
