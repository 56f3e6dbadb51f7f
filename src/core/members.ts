import type { Directory } from './directory.ts'
import type { Epoch, NodeId } from './model.ts'
import { readEpoch, writeEpoch } from './wire.ts'

/** Nodes say that they run once a second. */
export const BEAT_MS = 1_000
/** A holder this long without a beat is silent: three missed beats, so that one lost packet costs nothing. */
export const SILENT_MS = 3_000
/** A node that has not been up for as many seconds counts as silent for those who pass heartbeats on. */
const UNSTEADY_BEATS = 5
/** Epochs whose beats are kept: twice as many nodes as a federation should have. */
export const BEATS_MAX = 8_192
/** An epoch that is no known node's current one is forgotten after an hour. */
const FORGET_MS = 3_600_000
/** Beats come one a second; a number that runs further ahead than this is not believed. */
const RUN_AHEAD = 120

export const BEAT_BYTES = 21

/** What one start of a node last said of itself, as far as it has reached here. */
export interface Beat {
  readonly epoch: Epoch
  /** Counts from 1, one a second. */
  readonly beat: number
  /** Of the writes of that epoch, the last up to which its own node, or who passed the beat on, has all. */
  readonly seq: number
  /** Still watching its leases after a start (see holdings.ts), or what it ended has not come to who passed this on. */
  readonly watching: boolean
  readonly heardAtMs: number
  /** The direct peer it came through; undefined for the own one. */
  readonly via: NodeId | undefined
}

/** Who is known to run. Beats are facts about processes, kept in memory only and passed on from peer to peer, newest wins. */
export class Members {
  readonly #beats = new Map<Epoch, Beat>()
  readonly #sent = new Map<NodeId, Map<Epoch, number>>()
  /** What direct peers said last, by the peer: it need not be told the same. */
  readonly #toldBy = new Map<NodeId, Map<Epoch, Beat>>()
  readonly #directory: Directory
  /** When starts were first heard that do not watch, or again after a silence: what they ended before, a repair brings. */
  readonly #backAtMs = new Map<Epoch, number>()
  /** When the last repair with each direct peer, of those that have ended, began. */
  readonly #repairedAtMs = new Map<NodeId, number>()
  readonly #connectedAtMs = new Map<NodeId, number>()
  /** When any start of a node was last heard; when its record first came, while none was. */
  readonly #heardAtMs = new Map<NodeId, number>()
  /** Beats that were not believed or found no room. */
  refused = 0

  constructor(directory: Directory) {
    this.#directory = directory
  }

  /** Starts whose beats are kept. */
  get size(): number {
    return this.#beats.size
  }

  get(epoch: Epoch): Beat | undefined {
    return this.#beats.get(epoch)
  }

  all(): IterableIterator<Beat> {
    return this.#beats.values()
  }

  beatOf(node: NodeId): Beat | undefined {
    const epoch = this.#directory.nodes.get(node)?.record.epoch
    return epoch === undefined ? undefined : this.#beats.get(epoch)
  }

  /**
   * Milliseconds since a node was last heard, in whichever of its starts: one that has just started again was not silent
   * before its first beat. Since its record came, when it never was heard.
   */
  silentMs(node: NodeId, nowMs: number): number {
    const earlierMs = this.#heardAtMs.get(node) ?? nowMs
    return nowMs - Math.max(earlierMs, this.beatOf(node)?.heardAtMs ?? earlierMs)
  }

  /** Once a second: remembers who was heard, beyond the start that a node's record names. */
  tick(nowMs: number): void {
    for (const node of this.#directory.nodes.keys()) this.#heardAtMs.set(node, nowMs - this.silentMs(node, nowMs))
  }

  isSilent(node: NodeId, nowMs: number): boolean {
    return this.silentMs(node, nowMs) >= SILENT_MS
  }

  /** Heard, and up for a while: what one hears that dies again in seconds is forgotten with it. */
  isSteady(node: NodeId, nowMs: number): boolean {
    return !this.isSilent(node, nowMs) && (this.beatOf(node)?.beat ?? 0) > UNSTEADY_BEATS
  }

  /** True when it is news. */
  hear(beat: Beat): boolean {
    if (beat.beat === 0) return false
    const isNews = this.#take(beat)
    // Of starts that are known only: they have a limit.
    if (beat.via !== undefined && this.#beats.has(beat.epoch)) ofPeer(this.#toldBy, beat.via).set(beat.epoch, beat)
    return isNews
  }

  #take(beat: Beat): boolean {
    const known = this.#beats.get(beat.epoch)
    if (known === undefined && this.#beats.size >= BEATS_MAX) return this.#refuse()
    if (known !== undefined) {
      if (beat.beat <= known.beat) return false
      const due = known.beat + ((beat.heardAtMs - known.heardAtMs) / BEAT_MS) * 2
      if (beat.beat > due + RUN_AHEAD) return this.#refuse()
    }
    const isBack = known === undefined || known.watching || beat.heardAtMs - known.heardAtMs >= SILENT_MS
    if (isBack) this.#backAtMs.set(beat.epoch, this.#sinceMs(beat, known))
    this.#beats.set(beat.epoch, beat)
    return true
  }

  /** A connection begins, and a repair with it. */
  connected(peer: NodeId, nowMs: number): void {
    this.#connectedAtMs.set(peer, nowMs)
  }

  /** Who is heard again because a connection was made has brought its ends with the repair that this began with. */
  #sinceMs({ via, heardAtMs }: Beat, known: Beat | undefined): number {
    const connectedAtMs = via === undefined ? undefined : this.#connectedAtMs.get(via)
    const isNew = connectedAtMs !== undefined && connectedAtMs > (known?.heardAtMs ?? 0) && known?.watching !== true
    return isNew ? connectedAtMs - 1 : heardAtMs
  }

  /** A repair with a direct peer has ended: it brought all that the peer knew when it began. */
  repaired(peer: NodeId, begunAtMs: number): void {
    this.#repairedAtMs.set(peer, begunAtMs)
  }

  /** The beginning of the last repair on this connection that has ended; 0: there was none. */
  repairedAtMs(peer: NodeId): number {
    return this.#repairedAtMs.get(peer) ?? 0
  }

  /** A connection that ended: the next beats to that peer are complete again, and paths through it are gone. */
  forgetPeer(node: NodeId): void {
    this.#sent.delete(node)
    this.#toldBy.delete(node)
    this.#repairedAtMs.delete(node)
    this.#connectedAtMs.delete(node)
  }

  /**
   * What this peer has neither been told nor said itself: 21 bytes a beat, and for each of `news`, starts of which more is
   * known here than before. On links of which several lead to a node each beat goes over each of them once, not there and back.
   * Those that were never heard travel as beat 0: only their sequence says something. Empty when nothing advanced.
   */
  unsent(peer: NodeId, news: ReadonlySet<Epoch>, seqOf: (epoch: Epoch) => number): Uint8Array {
    const sent = ofPeer(this.#sent, peer)
    const told = ofPeer(this.#toldBy, peer)
    // How far its own writes have come here it learns from nobody else.
    const own = this.#directory.nodes.get(peer)?.record.epoch
    const isKnown = ({ epoch, beat }: Beat): boolean => {
      const said = told.get(epoch)
      return said !== undefined && epoch !== own && said.beat >= beat && said.seq >= seqOf(epoch)
    }
    const fresh: Told[] = []
    for (const each of this.#beats.values()) {
      if (news.has(each.epoch) || ((sent.get(each.epoch) ?? 0) < each.beat && !isKnown(each))) fresh.push(each)
    }
    for (const epoch of news) if (!this.#beats.has(epoch)) fresh.push({ epoch, beat: 0, watching: false })
    const bytes = new Uint8Array(fresh.length * BEAT_BYTES)
    for (const [i, each] of fresh.entries()) {
      if (each.beat > 0) sent.set(each.epoch, each.beat)
      writeBeat(bytes, i * BEAT_BYTES, { ...each, watching: each.watching || this.isAhead(each) }, seqOf(each.epoch))
    }
    return bytes
  }

  /** The beat is known here before the ends that it tells of: who hears it from here must wait for them, too. */
  isAhead({ epoch, via }: Pick<Beat, 'epoch'> & Partial<Beat>): boolean {
    return via !== undefined && this.repairedAtMs(via) <= (this.#backAtMs.get(epoch) ?? 0)
  }

  /** Drops starts that are over and were silent for long. */
  sweep(nowMs: number): void {
    for (const node of this.#heardAtMs.keys()) if (!this.#directory.nodes.has(node)) this.#heardAtMs.delete(node)
    const current = new Set([...this.#directory.nodes.values()].map(node => node.record.epoch))
    for (const [epoch, beat] of this.#beats) {
      if (nowMs - beat.heardAtMs < FORGET_MS || current.has(epoch)) continue
      this.#beats.delete(epoch)
      this.#backAtMs.delete(epoch)
      for (const byPeer of [this.#sent, this.#toldBy]) for (const each of byPeer.values()) each.delete(epoch)
    }
  }

  #refuse(): false {
    this.refused += 1
    return false
  }
}

function ofPeer<T>(byPeer: Map<NodeId, Map<Epoch, T>>, peer: NodeId): Map<Epoch, T> {
  const known = byPeer.get(peer) ?? new Map<Epoch, T>()
  byPeer.set(peer, known)
  return known
}

type Told = Pick<Beat, 'epoch' | 'beat' | 'watching'>

const writeBeat = (bytes: Uint8Array, at: number, { epoch, beat, watching }: Told, seq: number): void => {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, BEAT_BYTES)
  writeEpoch(bytes, at, epoch)
  view.setUint16(8, Math.floor(beat / TWO32))
  view.setUint32(10, beat % TWO32)
  view.setUint16(14, Math.floor(seq / TWO32))
  view.setUint32(16, seq % TWO32)
  view.setUint8(20, watching ? 1 : 0)
}

/** Undefined when the length is no multiple of a beat's. */
export const readBeats = (bytes: Uint8Array, via: NodeId, heardAtMs: number): Beat[] | undefined => {
  if (bytes.length % BEAT_BYTES !== 0 || bytes.length > BEATS_MAX * BEAT_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / BEAT_BYTES }, (_, i) => {
    const at = i * BEAT_BYTES
    const beat = view.getUint16(at + 8) * TWO32 + view.getUint32(at + 10)
    const seq = view.getUint16(at + 14) * TWO32 + view.getUint32(at + 16)
    return { epoch: readEpoch(bytes, at), beat, seq, watching: (view.getUint8(at + 20) & 1) === 1, heardAtMs, via }
  })
}

const TWO32 = 2 ** 32
