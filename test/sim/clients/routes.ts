import type { SimNode } from '../world/node.ts'
import type { World } from '../world/world.ts'

export type Routing = 'sticky' | 'balanced' | 'abroad'

/** Which node a client turns to. */
export class Route {
  readonly #world: World
  readonly #routing: Routing
  readonly #cluster: number
  #node: SimNode | undefined

  constructor(world: World, routing: Routing, cluster: number) {
    this.#world = world
    this.#routing = routing
    this.#cluster = cluster
  }

  /** The node for the next request. */
  next(): SimNode {
    if (this.#routing === 'balanced' || this.#node === undefined) this.#node = this.#world.random.pick(this.#home())
    return this.#node
  }

  /** That node did not answer, or was not ready. */
  failed(): void {
    const { random, nodes } = this.#world
    const others = this.#home().filter(node => node !== this.#node)
    const running = others.filter(node => node.running)
    if (running.length > 0) this.#node = random.pick(running)
    else if (this.#routing === 'abroad') this.#node = random.maybePick(nodes.filter(node => node.running)) ?? this.#node
    else this.#node = random.maybePick(others) ?? this.#node
  }

  turnTo(node: SimNode): void {
    this.#node = node
  }

  /** Turns to another node from now on. */
  move(): void {
    this.#node = this.#world.random.pick(this.#home())
  }

  #home(): SimNode[] {
    const own = this.#world.nodes.filter(node => node.cluster === this.#cluster)
    const alive = own.filter(node => !node.gone)
    return alive.length > 0 ? alive : own
  }
}
