/**
 * To whom a message of gossip is forwarded. Authors hand their messages to all their peers; from there on they follow a
 * tree of shortest paths that every node draws alike from what it knows of the links. So each node gets a message once,
 * and as early as the links allow.
 */
import type { NodeId } from '../core/model.ts'
import type { Links } from './links.ts'

interface Route {
  /** Who brings this node the author's messages. */
  readonly parent: NodeId | undefined
  /** To whom this node brings them. */
  readonly children: ReadonlySet<NodeId>
  /** Whose place in the tree is known. */
  readonly placed: { has(node: NodeId): boolean }
}

export class Routes {
  readonly #self: NodeId
  readonly #links: Links
  readonly #byAuthor = new Map<NodeId, Route>()
  #generation = -1

  constructor(self: NodeId, links: Links) {
    this.#self = self
    this.#links = links
  }

  /** Whether a message of `author` that came through `via` is forwarded to the directly connected `peer`. */
  forwards(author: NodeId, via: NodeId, peer: NodeId): boolean {
    if (peer === author || peer === via) return false
    const route = this.#route(author)
    if (route.children.has(peer)) return true
    if (route.parent === via && route.placed.has(peer)) return false
    // Links just changed, or are not told yet. Better twice than not at all.
    return !this.#links.of(via).has(peer) && !this.#links.of(author).has(peer)
  }

  #route(author: NodeId): Route {
    if (this.#generation !== this.#links.generation) {
      this.#byAuthor.clear()
      this.#generation = this.#links.generation
    }
    const known = this.#byAuthor.get(author)
    if (known !== undefined) return known
    const route = drawRoute(author, this.#self, this.#links)
    if (this.#links.of(author).size > 0) this.#byAuthor.set(author, route)
    return route
  }
}

function drawRoute(author: NodeId, self: NodeId, links: Links): Route {
  // Both ends must tell of a link; of its own links a node need not be told.
  const linked = (one: NodeId, other: NodeId): boolean =>
    links.of(one).has(other) && (one === self || other === self || links.of(other).has(one))
  const steps = stepsFrom(author, links, linked)
  const parentOf = (node: NodeId): NodeId | undefined => {
    const mine = steps.get(node)
    if (mine === undefined) return undefined
    let parent: NodeId | undefined
    for (const peer of [...links.of(node), self]) {
      if (steps.get(peer) !== mine - 1 || !linked(peer, node)) continue
      if (parent === undefined || draw(author, peer) > draw(author, parent)) parent = peer
    }
    return parent
  }
  return {
    parent: parentOf(self),
    children: new Set([...links.own].filter(peer => parentOf(peer) === self)),
    placed: steps,
  }
}

/** Links from the author to each node. */
function stepsFrom(
  author: NodeId,
  links: Links,
  linked: (one: NodeId, other: NodeId) => boolean,
): ReadonlyMap<NodeId, number> {
  const steps = new Map<NodeId, number>([[author, 0]])
  for (const [node, step] of steps) {
    for (const peer of links.of(node)) if (!steps.has(peer) && linked(node, peer)) steps.set(peer, step + 1)
  }
  return steps
}

/** FNV-1a over both ids: spreads the forwarding of different authors over different nodes, alike everywhere. */
function draw(author: NodeId, node: NodeId): number {
  let hash = 0x811c9dc5
  for (const text of [node, author]) {
    for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}
