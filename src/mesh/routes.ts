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
    // It came another way than expected: links just changed, or are told differently. Better twice than not at all.
    return route.parent !== via && !this.#links.of(via).has(peer) && !this.#links.of(author).has(peer)
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
  const steps = stepsFrom(author, links)
  const parentOf = (node: NodeId): NodeId | undefined => {
    const mine = steps.get(node)
    if (mine === undefined) return undefined
    let parent: NodeId | undefined
    for (const peer of links.of(node)) {
      if (steps.get(peer) !== mine - 1 || !links.of(peer).has(node)) continue
      if (parent === undefined || draw(author, peer) > draw(author, parent)) parent = peer
    }
    return parent
  }
  return {
    parent: parentOf(self),
    children: new Set([...links.own].filter(peer => parentOf(peer) === self)),
  }
}

/** Links from the author to each node, over links that both ends tell of. */
function stepsFrom(author: NodeId, links: Links): ReadonlyMap<NodeId, number> {
  const steps = new Map<NodeId, number>([[author, 0]])
  for (const [node, step] of steps) {
    for (const peer of links.of(node)) {
      if (!steps.has(peer) && links.of(peer).has(node)) steps.set(peer, step + 1)
    }
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
