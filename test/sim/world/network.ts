import type { Lane } from '../../../src/center/ports.ts'
import type { NodeId } from '../../../src/core/model.ts'
import { Connection } from './connection.ts'
import type { Events } from './events.ts'
import type { Link } from './link.ts'
import type { SimNode } from './node.ts'
import type { SeededRandom } from './random.ts'

/** Gossip remembers what it has seen this long; a later copy is handed to the center again. */
const SEEN_MS = 30_000
/** Handshake, lanes and gossip's own subscription, beside three crossings. */
const SETUP_MIN_MS = 20
const SETUP_MAX_MS = 120

interface GossipMessage {
  readonly author: NodeId
  readonly frame: Uint8Array
  readonly seenAtMs: Map<SimNode, number>
}

/** Told of what gossip did, for counting. */
export interface NetworkWatcher {
  gossip(what: 'lost' | 'duplicated' | 'reordered'): void
  /** A link's connection rose or fell, or it was cut or healed. */
  changed(link: Link): void
}

/** The mesh between nodes: static links that dial until they stand, ordered lanes, and gossip flooding along them. */
export class Network {
  readonly links: Link[] = []
  readonly #events: Events
  readonly #random: SeededRandom
  readonly #watcher: NetworkWatcher
  readonly #of = new Map<SimNode, Link[]>()

  constructor(events: Events, random: SeededRandom, watcher: NetworkWatcher) {
    this.#events = events
    this.#random = random
    this.#watcher = watcher
  }

  add(link: Link): void {
    this.links.push(link)
    for (const { node } of link.ends) this.#of.set(node, [...this.linksOf(node), link])
    this.#redial(link)
  }

  linksOf(node: SimNode): readonly Link[] {
    return this.#of.get(node) ?? []
  }

  between(a: SimNode, b: SimNode): Link | undefined {
    return this.linksOf(a).find(link => link.has(b))
  }

  send(from: SimNode, to: NodeId, lane: Lane, frame: Uint8Array): boolean {
    const link = this.#linkTo(from, to)
    return link?.connection?.isUp(from) === true && link.connection.send(from, lane, frame)
  }

  publish(author: SimNode, frame: Uint8Array): void {
    const message = { author: author.id, frame, seenAtMs: new Map([[author, this.#events.nowMs]]) }
    this.#flood(message, author, undefined)
  }

  /** The center of `from` asks for a new connection. */
  drop(from: SimNode, to: NodeId): void {
    const link = this.#linkTo(from, to)
    if (link !== undefined) this.#close(link, from, true)
  }

  /** A process ended. `announced`: its machine lives and tells the peers; otherwise they find out by themselves. */
  died(node: SimNode, announced: boolean): void {
    for (const link of this.linksOf(node)) this.#close(link, node, announced)
  }

  cut(link: Link, from: SimNode): void {
    if (link.cutFrom.has(from)) return
    link.cutFrom.add(from)
    this.#changed(link)
  }

  heal(link: Link): void {
    if (!link.cut) return
    const ends = [...link.cutFrom]
    link.cutFrom.clear()
    for (const node of ends) link.connection?.release(node)
    this.#changed(link)
  }

  #linkTo(from: SimNode, to: NodeId): Link | undefined {
    return this.linksOf(from).find(link => link.other(from).id === to)
  }

  #changed(link: Link): void {
    link.changedAtMs = this.#events.nowMs
    this.#watcher.changed(link)
  }

  #redial(link: Link): void {
    if (link.dialling) return
    link.dialling = true
    this.#events.after(link.nextBackOffMs() * this.#random.between(0.8, 1.2), () => {
      link.dialling = false
      const [a, b] = link.ends
      if (link.connection?.whole === true) return
      const answers = a.node.process?.running === true && b.node.process?.running === true && !link.cut
      if (answers) this.#handshake(link)
      else this.#redial(link)
    })
  }

  #handshake(link: Link): void {
    // A side that had not noticed the end of the last connection notices when the peer comes anew.
    for (const { node } of link.ends) this.#close(link, node, false)
    const connection = new Connection(this.#events, this.#random, link)
    link.connection = connection
    const setUpMs = link.delayMs * 3 + this.#random.between(SETUP_MIN_MS, SETUP_MAX_MS)
    for (const { node } of link.ends) {
      const process = node.process
      this.#events.after(setUpMs + this.#random.fraction() * link.delayMs, () => {
        if (link.connection !== connection) return
        if (process?.alive !== true || node.process !== process) return
        // One that stands still takes it when it goes on.
        process.run(() => {
          connection.rise(node)
          if (connection.established) link.resetBackOff()
          this.#changed(link)
        })
      })
    }
    this.#events.after(setUpMs + SETUP_TIMEOUT_MS, () => {
      if (link.connection !== connection || connection.established) return
      for (const { node } of link.ends) this.#close(link, node, true)
    })
  }

  /** One side of the link's connection ends; the other is told unless the network or a sudden death keeps it from knowing. */
  #close(link: Link, node: SimNode, announced: boolean): void {
    const { connection } = link
    const wasUp = connection?.isUp(node) === true
    if (connection?.close(node) !== true) return
    if (wasUp) node.disconnected(link.other(node).id)
    const other = link.other(node)
    if (announced && !link.cutFrom.has(node)) {
      this.#events.after(link.delayMs, () => {
        if (link.connection === connection) this.#close(link, other, false)
      })
    }
    this.#changed(link)
    this.#redial(link)
  }

  #flood(message: GossipMessage, at: SimNode, via: SimNode | undefined): void {
    for (const link of this.linksOf(at)) {
      const to = link.other(at)
      if (to === via || link.connection?.isUp(at) !== true || link.cutFrom.has(at)) continue
      const { loss, duplicate, lateMs, reorderMs } = link.weather
      if (this.#random.chance(loss)) {
        this.#watcher.gossip('lost')
        continue
      }
      const overtakenMs = reorderMs > 0 && this.#random.chance(0.3) ? this.#random.fraction() * reorderMs : 0
      if (overtakenMs > 0) this.#watcher.gossip('reordered')
      const delayMs = link.delayMs + this.#random.fraction() * link.jitterMs + overtakenMs
      this.#carry(message, link, at, delayMs, false)
      if (!this.#random.chance(duplicate)) continue
      this.#watcher.gossip('duplicated')
      this.#carry(message, link, at, delayMs + this.#random.fraction() * lateMs, true)
    }
  }

  #carry(message: GossipMessage, link: Link, from: SimNode, delayMs: number, again: boolean): void {
    const to = link.other(from)
    this.#events.after(delayMs, () => {
      if (link.connection?.isUp(to) !== true) return
      const seenAtMs = message.seenAtMs.get(to)
      const fresh = seenAtMs === undefined || this.#events.nowMs - seenAtMs > SEEN_MS
      if (!fresh && !again) return
      to.process?.run(() => {
        message.seenAtMs.set(to, this.#events.nowMs)
        const verdict = to.gossip(message.author, from.id, message.frame)
        if (fresh && verdict === 'accept') this.#flood(message, to, from)
      })
    })
  }
}

const SETUP_TIMEOUT_MS = 4_500
