import type { Link } from '../world/link.ts'
import type { SimNode } from '../world/node.ts'
import type { Scene } from './scene.ts'

const SECOND_MS = 1_000
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

  /** A link that has risen carries the beats that one side missed, also those of the last second of a node that then died. */
  risen({ ends }: Link): void {
    const [a, b] = [ends[0].node, ends[1].node]
    for (const [reader, other] of [
      [a, b],
      [b, a],
    ] as const) {
      for (const [node, saidMs] of this.#said.get(other) ?? []) {
        const known = this.#said.get(reader)?.get(node) ?? Number.NEGATIVE_INFINITY
        if (saidMs > known - SECOND_MS) this.#hear(reader, node)
      }
    }
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
    for (const { connection, cutFrom, ends } of this.#scene.world.network.links) {
      const [a, b] = [ends[0].node, ends[1].node]
      if (connection === undefined || !a.running || !b.running) continue
      // At best one direction carries beats while the other does not, at worst neither.
      const whole = connection.established && cutFrom.size === 0
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        const carries = whole || (this.#fast && connection.isUp(to) && !cutFrom.has(from))
        if (!carries) continue
        for (const [node, saidMs] of before.get(from) ?? []) news = this.#learn(to, node, saidMs) || news
      }
    }
    return news
  }

  #learn(reader: SimNode, node: SimNode, saidMs: number): boolean {
    const said = this.#said.get(reader)
    if (said === undefined || saidMs <= (said.get(node) ?? Number.NEGATIVE_INFINITY)) return false
    said.set(node, saidMs)
    this.#hear(reader, node)
    return true
  }

  #hear(reader: SimNode, node: SimNode): void {
    const of = this.#heard.get(reader)
    const times = of?.get(node) ?? []
    times.push(this.#scene.nowMs)
    if (times.length > REMEMBERED) times.shift()
    of?.set(node, times)
  }
}
