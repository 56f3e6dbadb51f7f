/**
 * Which replica acts first. Every node of a cluster may run the same source; without any agreement each would write the
 * same. So each thing has a favourite among the nodes that are heard, alike everywhere, and the others only step in when
 * it does not act. Nothing depends on all agreeing: two that write the same content merge.
 */
import type { CatalogPort, CenterStatus } from '../center/ports.ts'

/** A sibling that was not heard for this long is not waited for. */
const HEARD_MS = 3_000
/** The list of siblings is read at most this often. */
const REFRESH_MS = 1_000

export class Preference {
  readonly #catalog: CatalogPort
  #nodes: readonly string[] = []
  #self = ''
  #readAtMs = Number.NEGATIVE_INFINITY

  constructor(catalog: CatalogPort) {
    this.#catalog = catalog
  }

  /** Whether this node is the favourite for `name`. */
  isMine(name: string, nowMs: number): boolean {
    if (nowMs - this.#readAtMs >= REFRESH_MS) this.#read(this.#catalog.status(), nowMs)
    const mine = draw(this.#self, name)
    return this.#nodes.every(node => draw(node, name) <= mine)
  }

  #read({ node, nodes }: CenterStatus, nowMs: number): void {
    this.#readAtMs = nowMs
    this.#self = node
    this.#nodes = nodes
      .filter(each => each.sibling && each.silentMs !== undefined && each.silentMs < HEARD_MS)
      .map(each => each.node)
  }
}

/** FNV-1a, with a last mix so that names that differ in their last letter do not all fall to one node. */
function draw(node: string, name: string): number {
  let hash = 0x811c9dc5
  for (const text of [name, node]) {
    for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}
