/** Where clusters, nodes and links stand in the picture of the federation. Pure, in pixels. */
import type { PeersView, PeerView } from '../../../../center/ports.ts'

export const CARD_WIDTH = 240
const HEAD = 82
export const ROW = 32
const BOTTOM = 12
const INSET = 22
const GAP_Y = 48
const GAP_X_MIN = 56
const GAP_X_MAX = 260
/** How far links between nodes of one column swing out. */
const SWING = 14
const LABEL_WIDTH = 190

export interface PlacedNode {
  readonly peer: PeerView
  readonly x: number
  readonly y: number
  readonly width: number
}

export interface PlacedCluster {
  readonly name: string
  readonly own: boolean
  readonly x: number
  readonly y: number
  readonly height: number
  readonly nodes: readonly PlacedNode[]
}

export interface PlacedLink {
  readonly id: string
  /** Of an SVG path. */
  readonly path: string
  readonly isCut: boolean
  /** Within one cluster. */
  readonly isInner: boolean
  /** The node at the other end of a link of this node, with a place for what goes over it. */
  readonly label: { readonly node: string; readonly x: number; readonly y: number } | undefined
}

export interface Picture {
  readonly clusters: readonly PlacedCluster[]
  readonly links: readonly PlacedLink[]
  readonly width: number
  readonly height: number
}

export function layOut(view: PeersView, width: number): Picture {
  const groups = [...Map.groupBy(view.peers, ({ cluster }) => cluster)].sort(
    ([a], [b]) => Number(b === view.cluster) - Number(a === view.cluster) || (a < b ? -1 : 1),
  )
  const fitting = Math.max(1, Math.floor((width + GAP_X_MIN) / (CARD_WIDTH + GAP_X_MIN)))
  // Four in two rows of two are more balanced than three and one.
  const rows = Math.ceil(groups.length / fitting)
  const columns = Math.max(1, Math.ceil(groups.length / rows))
  const gap = columns === 1 ? 0 : Math.min(GAP_X_MAX, (width - columns * CARD_WIDTH) / (columns - 1))
  const left = Math.max(0, (width - columns * CARD_WIDTH - (columns - 1) * gap) / 2)
  const clusters: PlacedCluster[] = []
  let y = 0
  for (let row = 0; row < rows; row++) {
    const inRow = groups.slice(row * columns, (row + 1) * columns)
    const heights = inRow.map(([, peers]) => HEAD + peers.length * ROW + BOTTOM)
    const height = Math.max(...heights)
    for (const [i, [name, peers]] of inRow.entries()) {
      const x = left + i * (CARD_WIDTH + gap)
      clusters.push(place(name, name === view.cluster, peers, x, y + (height - (heights[i] ?? 0)) / 2))
    }
    y += height + GAP_Y
  }
  return { clusters, links: linksOf(view, clusters, gap), width, height: Math.max(0, y - GAP_Y) }
}

function place(name: string, own: boolean, peers: readonly PeerView[], x: number, y: number): PlacedCluster {
  const sorted = [...peers].sort((a, b) => (a.name < b.name ? -1 : 1))
  const nodes = sorted.map((peer, i) => ({
    ...{ peer, x: x + INSET, y: y + HEAD + i * ROW, width: CARD_WIDTH - 2 * INSET },
  }))
  return { name, own, x, y, height: HEAD + peers.length * ROW + BOTTOM, nodes }
}

function linksOf(view: PeersView, clusters: readonly PlacedCluster[], gap: number): PlacedLink[] {
  const places = new Map<string, PlacedNode>(
    clusters.flatMap(({ nodes }) => nodes.map(node => [node.peer.node, node] as const)),
  )
  const self: string = view.node
  const idAt = (position: number): string => view.peers[position]?.node ?? ''
  const pairs = view.links.map(([a, b]) => [idAt(a), idAt(b), false] as const)
  const joined = new Set(pairs.flatMap(([a, b]) => (a === self ? [b] : b === self ? [a] : [])))
  // Where this node keeps dialling somebody whom it knows there should be a link.
  const wanted = new Set<string>(
    view.addresses.flatMap(({ node, state }) => (state === 'connected' || !node ? [] : [node])),
  )
  const cut = [...wanted].filter(node => node !== self && !joined.has(node)).map(node => [self, node, true] as const)
  return [...pairs, ...cut].flatMap(([a, b, isCut]) => {
    const [one, other] = [places.get(a), places.get(b)]
    if (one === undefined || other === undefined) return []
    const far = a === self ? b : b === self ? a : undefined
    return [
      {
        id: `${a} ${b} ${isCut}`,
        isCut,
        isInner: one.peer.cluster === other.peer.cluster,
        ...drawn(one, other, far, gap),
      },
    ]
  })
}

function drawn(
  one: PlacedNode,
  other: PlacedNode,
  far: string | undefined,
  gap: number,
): Pick<PlacedLink, 'path' | 'label'> {
  const [a, b] = one.x <= other.x ? [one, other] : [other, one]
  const [y1, y2] = [a.y + ROW / 2, b.y + ROW / 2]
  if (a.x === b.x) {
    const isSameCluster = Math.abs(y1 - y2) < ROW * 1.5 || one.peer.cluster === other.peer.cluster
    const x = isSameCluster ? a.x : a.x + a.width
    const out = isSameCluster ? x - SWING : x + INSET + 2 * SWING
    return { path: `M${x} ${y1} C${out} ${y1} ${out} ${y2} ${x} ${y2}`, label: undefined }
  }
  const [x1, x2] = [a.x + a.width, b.x]
  const middle = (x1 + x2) / 2
  const label = far === undefined || gap < LABEL_WIDTH ? undefined : { node: far, x: middle, y: (y1 + y2) / 2 }
  return { path: `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`, label }
}
