import type { SimNode } from '../world/node.ts'
import type { Scene } from './scene.ts'

/** Hearings remembered of each node at each reader. */
const REMEMBERED = 30

/**
 * How long nodes have been silent to one another, as far as they can know: news of a node travels along whatever links stand,
 * and may be carried over a cut by a node that is first on one side and then on the other. `fast`: all hops within a second,
 * as at best; otherwise one hop a second, as at worst.
 */
export class Silences {
  readonly #scene: Scene
  readonly #fast: boolean
  /** When what a node knows of another was said, and when it came to know it. */
  readonly #said = new Map<SimNode, Map<SimNode, number>>()
  readonly #heard = new Map<SimNode, Map<SimNode, number[]>>()

  constructor(scene: Scene, fast: boolean) {
    this.#scene = scene
    this.#fast = fast
  }

  /** A process knows nothing of others when it begins. */
  started(node: SimNode): void {
    this.#said.set(node, new Map())
    this.#heard.set(node, new Map())
  }

  /** To be called every second. */
  look(): void {
    const { nowMs, world } = this.#scene
    for (const node of world.nodes) if (node.running) this.#learn(node, node, nowMs)
    let hops = this.#fast ? world.nodes.length : 1
    while (hops > 0 && this.#pass()) hops -= 1
  }

  /** Since the reader began when it never heard of it. Off by a beat, and by what the hops take. */
  ofMs(reader: SimNode, node: SimNode): number {
    return this.#scene.nowMs - (this.#heard.get(reader)?.get(node)?.at(-1) ?? reader.startedAtMs)
  }

  /** The longest silence that ended, or still lasts, within the last `windowMs`. */
  longestMs(reader: SimNode, node: SimNode, windowMs: number): number {
    const times = [reader.startedAtMs, ...(this.#heard.get(reader)?.get(node) ?? [])]
    let longest = this.ofMs(reader, node)
    for (const [i, atMs] of times.entries()) {
      const nextMs = times[i + 1] ?? this.#scene.nowMs
      if (nextMs >= this.#scene.nowMs - windowMs) longest = Math.max(longest, nextMs - atMs)
    }
    return longest
  }

  /** One hop over every link. False: nothing was new to anybody. */
  #pass(): boolean {
    let news = false
    const before = new Map([...this.#said].map(([node, said]) => [node, new Map(said)]))
    for (const { connection, cut, ends } of this.#scene.world.network.links) {
      const [a, b] = [ends[0].node, ends[1].node]
      if (connection?.established !== true || cut || !a.running || !b.running) continue
      for (const [node, saidMs] of before.get(b) ?? []) news = this.#learn(a, node, saidMs) || news
      for (const [node, saidMs] of before.get(a) ?? []) news = this.#learn(b, node, saidMs) || news
    }
    return news
  }

  #learn(reader: SimNode, node: SimNode, saidMs: number): boolean {
    const said = this.#said.get(reader)
    if (said === undefined || saidMs <= (said.get(node) ?? Number.NEGATIVE_INFINITY)) return false
    said.set(node, saidMs)
    const of = this.#heard.get(reader)
    const times = of?.get(node) ?? []
    times.push(this.#scene.nowMs)
    if (times.length > REMEMBERED) times.shift()
    of?.set(node, times)
    return true
  }
}
