import type { MeshPeer } from '../../../src/center/ports.ts'
import type { SeededRandom } from '../world/random.ts'

export interface PlannedLink {
  readonly a: number
  readonly b: number
  readonly roleAtA: MeshPeer['role']
  readonly roleAtB: MeshPeer['role']
  readonly delayMs: number
  readonly jitterMs: number
}

type Shape = 'full' | 'line' | 'star' | 'ring'

/** Nodes and the links that their configuration names. Every topology is connected; siblings are connected among themselves. */
export interface Topology {
  /** Index of the cluster of each node. */
  readonly clusterOf: readonly number[]
  readonly clusters: number
  readonly links: readonly PlannedLink[]
  /** Longest shortest path, in links. */
  readonly diameter: number
}

export const drawTopology = (random: SeededRandom): Topology => {
  const clusters = random.pick([1, 2, 2, 2, 3, 3])
  const nodes = Math.max(clusters, random.pick([3, 3, 4, 4, 4, 5, 5, 6, 6, 7, 8, 9]))
  const clusterOf = Array.from({ length: nodes }, (_, i) => (i < clusters ? i : random.int(0, clusters - 1))).sort()
  const members = Array.from({ length: clusters }, (_, c) => clusterOf.flatMap((each, i) => (each === c ? [i] : [])))
  const links: PlannedLink[] = []
  const add = (a: number, b: number): void => {
    if (!links.some(link => (link.a === a && link.b === b) || (link.a === b && link.b === a)))
      links.push(drawLink(random, a, b, clusterOf[a] === clusterOf[b]))
  }
  for (const group of members) for (const [a, b] of edges(drawShape(random, group.length), group)) add(a, b)
  for (const [c, d] of edges(random.pick(['full', 'line'] as const), [...members.keys()])) {
    for (let i = random.pick([1, 1, 2, 4]); i > 0; i--)
      add(random.pick(members[c] ?? []), random.pick(members[d] ?? []))
  }
  return { clusterOf, clusters, links, diameter: diameterOf(nodes, links) }
}

/** Full meshes of many nodes say little that those of few do not, and take long. */
const drawShape = (random: SeededRandom, nodes: number): Shape =>
  random.pick(nodes > 5 ? ['line', 'star', 'ring'] : ['full', 'full', 'line', 'star', 'ring'])

const edges = (shape: Shape, items: readonly number[]): [number, number][] => {
  const pairs: [number, number][] = []
  for (const [i, a] of items.entries()) {
    for (const [k, b] of items.entries()) {
      const next = k === i + 1 || (shape === 'ring' && i === 0 && k === items.length - 1 && k > 1)
      if (k > i && (shape === 'full' || (shape === 'star' ? i === 0 : next))) pairs.push([a, b])
    }
  }
  return pairs
}

const drawLink = (random: SeededRandom, a: number, b: number, siblings: boolean): PlannedLink => {
  const known = siblings ? 'sibling' : 'foreign'
  // An address stands in the configuration of at least one end.
  const [roleAtA, roleAtB] = random.pick([
    [known, known],
    [known, known],
    [known, 'unknown'],
    ['unknown', known],
  ] as const)
  const delayMs = siblings ? random.between(0.2, 8) : random.pick([1, 5, 20, 80, 150]) * random.between(0.7, 1.3)
  return { a, b, roleAtA, roleAtB, delayMs, jitterMs: delayMs * random.pick([0, 0.1, 0.5]) }
}

const diameterOf = (nodes: number, links: readonly PlannedLink[]): number => {
  let longest = 0
  for (let start = 0; start < nodes; start++) {
    const distance = new Map([[start, 0]])
    for (const [at, far] of distance) {
      for (const { a, b } of links) {
        const next = a === at ? b : b === at ? a : undefined
        if (next !== undefined && !distance.has(next)) distance.set(next, far + 1)
      }
    }
    longest = Math.max(longest, ...distance.values())
  }
  return longest
}
