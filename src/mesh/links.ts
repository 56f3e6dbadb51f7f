/**
 * Who is directly connected to whom in the whole mesh. Every node tells its own links, in versions of its own; what is
 * news is passed on. All nodes that know the same draw the same routes for gossip (routes.ts). Nothing here is needed
 * for correctness: a stale or forged entry costs a gossip message, which repair brings.
 */
import type { Clock } from '../center/ports.ts'
import type { NodeId } from '../core/model.ts'
import { LINKED_NODES_MAX, LINKS_DELAY_MS } from './limits.ts'
import { decodeLinks, encodeLinks, type NodeLinks } from './links-wire.ts'

export interface LinksDeps {
  readonly clock: Clock
  /** Hands a frame to a directly connected peer, if its queue takes it. */
  readonly send: (peer: NodeId, payload: Uint8Array) => void
}

export class Links {
  readonly #self: NodeId
  readonly #deps: LinksDeps
  readonly #entries = new Map<NodeId, NodeLinks>()
  /** Nodes whose entry is news, with the peer that brought it. */
  readonly #news = new Map<NodeId, NodeId | undefined>()
  #scheduled = false
  /** Rises whenever an entry changes. */
  generation = 0

  constructor(self: NodeId, deps: LinksDeps) {
    this.#self = self
    this.#deps = deps
    // Above what an earlier start of this node told, unless the clock stepped back: receive() sees to that.
    this.#entries.set(self, { node: self, version: deps.clock.wallMs(), peers: new Set() })
  }

  /** The peers that get this node's gossip. */
  get own(): ReadonlySet<NodeId> {
    return this.of(this.#self)
  }

  /** What every node tells of its links. */
  get all(): readonly NodeLinks[] {
    return [...this.#entries.values()]
  }

  of(node: NodeId): ReadonlySet<NodeId> {
    return this.#entries.get(node)?.peers ?? NOBODY
  }

  /** Says which peers get this node's gossip from now on. */
  setOwn(peers: ReadonlySet<NodeId>): void {
    const own = this.own
    if (own.size === peers.size && [...peers].every(peer => own.has(peer))) return
    this.#replaceOwn(this.#versionOf(this.#self) + 1, new Set(peers))
  }

  /** A new peer is told everything. */
  greet(peer: NodeId): void {
    this.#deps.send(peer, encodeLinks(this.all))
  }

  /** False when the payload is not what a peer may send. */
  receive(from: NodeId, payload: Uint8Array): boolean {
    const told = decodeLinks(payload)
    if (told === undefined) return false
    for (const entry of told) {
      if (entry.version <= this.#versionOf(entry.node)) continue
      if (entry.node === this.#self) this.#replaceOwn(entry.version + 1, this.own)
      else if (this.#entries.has(entry.node) || this.#hasRoom()) this.#set(entry, from)
    }
    return true
  }

  #versionOf(node: NodeId): number {
    return this.#entries.get(node)?.version ?? 0
  }

  #replaceOwn(version: number, peers: ReadonlySet<NodeId>): void {
    this.#set({ node: this.#self, version, peers }, undefined)
  }

  #set(entry: NodeLinks, from: NodeId | undefined): void {
    this.#entries.set(entry.node, entry)
    this.#news.set(entry.node, from)
    this.generation++
    if (this.#scheduled) return
    this.#scheduled = true
    this.#deps.clock.after(LINKS_DELAY_MS, () => this.#tell())
  }

  #tell(): void {
    this.#scheduled = false
    for (const peer of this.own) {
      const told: NodeLinks[] = []
      for (const [node, from] of this.#news) {
        const entry = this.#entries.get(node)
        // The node itself told all its peers.
        const knows = peer === from || peer === node || (node !== this.#self && entry?.peers.has(peer))
        if (entry !== undefined && !knows) told.push(entry)
      }
      if (told.length > 0) this.#deps.send(peer, encodeLinks(told))
    }
    this.#news.clear()
  }

  /** Nodes that nobody reaches any more make room for new ones. */
  #hasRoom(): boolean {
    if (this.#entries.size < LINKED_NODES_MAX) return true
    const reached = new Set<NodeId>([this.#self])
    for (const node of reached) for (const peer of this.of(node)) if (this.of(peer).has(node)) reached.add(peer)
    for (const node of this.#entries.keys()) if (!reached.has(node)) this.#entries.delete(node)
    return this.#entries.size < LINKED_NODES_MAX
  }
}

const NOBODY: ReadonlySet<NodeId> = new Set()
