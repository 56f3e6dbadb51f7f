import type { Lane } from '../../../src/center/ports.ts'
import type { Events } from './events.ts'
import type { Link } from './link.ts'
import type { SimNode } from './node.ts'
import type { SeededRandom } from './random.ts'

/** Frames waiting for one peer that takes nothing. */
const QUEUE_BYTES_MAX = 8 * 1024 * 1024

interface Side {
  readonly node: SimNode
  /** Not before the mesh has told the center of the peer. */
  up: boolean
  open: boolean
  /** Frames that arrived before it was up, or that a cut holds back on their way to the other side. */
  early: (() => void)[]
  held: (() => void)[]
  heldBytes: number
  readonly lastArrivalMs: Record<Lane, number>
}

/** One connection of a link: two ordered lanes each way. Each side learns of its end by itself, or never. */
export class Connection {
  readonly #events: Events
  readonly #random: SeededRandom
  readonly #link: Link
  readonly #sides: readonly [Side, Side]

  constructor(events: Events, random: SeededRandom, link: Link) {
    this.#events = events
    this.#random = random
    this.#link = link
    this.#sides = [sideOf(link.ends[0].node), sideOf(link.ends[1].node)]
  }

  /** This side still believes in it. */
  isOpen(node: SimNode): boolean {
    return this.#side(node).open
  }

  /** Neither side has ended it. */
  get whole(): boolean {
    return this.#sides.every(side => side.open)
  }

  /** Both sides believe in it, and both centers have been told. */
  get established(): boolean {
    return this.#sides.every(side => side.open && side.up)
  }

  /** The mesh of `node` reports the peer; what arrived early follows in order. */
  rise(node: SimNode): void {
    const side = this.#side(node)
    if (!side.open) return
    side.up = true
    node.connected(this.#link.peerOf(node))
    for (const deliver of side.early.splice(0)) deliver()
  }

  isUp(node: SimNode): boolean {
    const side = this.#side(node)
    return side.up && side.open
  }

  send(from: SimNode, lane: Lane, frame: Uint8Array): boolean {
    const side = this.#side(from)
    if (!side.open || side.heldBytes + frame.length > QUEUE_BYTES_MAX) return false
    const dispatch = (): void => this.#dispatch(side, lane, frame)
    if (this.#link.cutFrom.has(from)) {
      side.held.push(dispatch)
      side.heldBytes += frame.length
    } else dispatch()
    return true
  }

  /** A cut from `node` has healed: what it sent meanwhile arrives late, as after retransmissions. */
  release(node: SimNode): void {
    const side = this.#side(node)
    side.heldBytes = 0
    for (const dispatch of side.held.splice(0)) dispatch()
  }

  /** This side is over; false when it was before. */
  close(node: SimNode): boolean {
    const side = this.#side(node)
    if (!side.open) return false
    side.open = false
    return true
  }

  #dispatch(from: Side, lane: Lane, frame: Uint8Array): void {
    const to = this.#sides[0] === from ? this.#sides[1] : this.#sides[0]
    const { delayMs, jitterMs } = this.#link
    const atMs = this.#events.nowMs + delayMs + this.#random.fraction() * jitterMs
    from.lastArrivalMs[lane] = Math.max(atMs, from.lastArrivalMs[lane])
    this.#events.at(from.lastArrivalMs[lane], () => {
      const deliver = (): void => {
        to.node.process?.run(() => {
          if (to.open) to.node.message(from.node.id, lane, frame)
        })
      }
      if (to.up) deliver()
      else if (to.open) to.early.push(deliver)
    })
  }

  #side(node: SimNode): Side {
    const [a, b] = this.#sides
    return a.node === node ? a : b
  }
}

const sideOf = (node: SimNode): Side => ({
  node,
  up: false,
  open: true,
  early: [],
  held: [],
  heldBytes: 0,
  lastArrivalMs: { peer: 0, repair: 0 },
})
