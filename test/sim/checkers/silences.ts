import type { Link } from '../world/link.ts'
import type { SimNode } from '../world/node.ts'
import type { Scene } from './scene.ts'

const SECOND_MS = 1_000
/** Hearings remembered of each node at each reader. */
const REMEMBERED = 60

/** News passes from the one to the other. */
type Pass = readonly [from: SimNode, to: SimNode]

/**
 * How long nodes have been silent to one another, as far as they can know: news of a node travels along whatever links stand,
 * and may be carried over a cut by a node that is first on one side and then on the other. `fast`: over all hops at once and
 * over links that stand for a moment, as at best; otherwise one hop a second over links that stand then, as at worst.
 */
export class Silences {
  readonly #scene: Scene
  readonly #fast: boolean
  /** When what a node knows of another was said, and when it came to know it. */
  readonly #said = new Map<SimNode, Map<SimNode, number>>()
  readonly #heard = new Map<SimNode, Map<SimNode, number[]>>()
  /** Who ran, and what carried, since the last change. */
  #running: readonly SimNode[] = []
  #passes: readonly Pass[] = []

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
    this.#refresh()
    this.#learnOwn()
    let hops = this.#fast ? this.#scene.world.nodes.length : 1
    while (hops > 0 && this.#pass()) hops -= 1
  }

  /** To be told just after a process or a link has changed: until then news passed as before. */
  changed(): void {
    if (!this.#fast) return
    this.#learnOwn()
    while (this.#pass());
    this.#refresh()
  }

  /** A link that has risen carries the beats that one side missed, also those of the last second of a node that then died. */
  risen({ ends }: Link): void {
    const [a, b] = [ends[0].node, ends[1].node]
    for (const [reader, other] of [
      [a, b],
      [b, a],
    ] as const) {
      for (const [node, saidMs] of this.#said.get(other) ?? []) this.#tell(reader, node, saidMs)
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

  #refresh(): void {
    const { nodes, network } = this.#scene.world
    this.#running = nodes.filter(node => node.running)
    const passes: Pass[] = []
    for (const { connection, cutFrom, ends } of network.links) {
      const [a, b] = [ends[0].node, ends[1].node]
      if (connection === undefined || !a.running || !b.running) continue
      // At best one direction carries beats while the other does not, at worst neither.
      const whole = connection.established && cutFrom.size === 0
      if (whole || (this.#fast && connection.isUp(b) && !cutFrom.has(a))) passes.push([a, b])
      if (whole || (this.#fast && connection.isUp(a) && !cutFrom.has(b))) passes.push([b, a])
    }
    this.#passes = passes
  }

  #learnOwn(): void {
    for (const node of this.#running) this.#learn(node, node, this.#scene.nowMs)
  }

  /** One hop over every link. False: nothing was new to anybody. */
  #pass(): boolean {
    let news = false
    // At worst what comes now goes on a second later.
    const before = this.#fast ? this.#said : new Map([...this.#said].map(([node, said]) => [node, new Map(said)]))
    for (const [from, to] of this.#passes) {
      for (const [node, saidMs] of before.get(from) ?? []) news = this.#learn(to, node, saidMs) || news
    }
    return news
  }

  /** Tells a reader of a beat within the last second that it may have missed, and whoever hears it through the reader. */
  #tell(reader: SimNode, node: SimNode, saidMs: number): void {
    const told = new Set([reader])
    for (const each of told) {
      const knownMs = this.#said.get(each)?.get(node) ?? Number.NEGATIVE_INFINITY
      if (saidMs <= knownMs - SECOND_MS) continue
      this.#said.get(each)?.set(node, Math.max(saidMs, knownMs))
      this.#hear(each, node)
      for (const [from, to] of this.#passes) if (from === each) told.add(to)
    }
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
    if (times.at(-1) === this.#scene.nowMs) return
    times.push(this.#scene.nowMs)
    if (times.length > REMEMBERED) times.shift()
    of?.set(node, times)
  }
}
