/** Gossip: small signed frames from their author to everybody in the mesh, along routes that bring each node one copy. */
import { type GossipSub, type GossipsubMessage, gossipsub, TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import type { Clock, MeshListener } from '../center/ports.ts'
import type { NodeId } from '../core/model.ts'
import { GOSSIP_FRAME_BYTES_MAX } from '../core/wire.ts'
import { ForwardCache } from './forward-cache.ts'
import { GOSSIP_TOPIC, gossipOptions } from './gossip-options.ts'
import { REJECTS_MAX, REJECTS_WINDOW_MS, UNSIGNED_BYTES_MAX } from './limits.ts'
import { nodeIdOfPeer } from './node-id.ts'
import type { Routes } from './routes.ts'
import type { Traffic } from './traffic.ts'

/** The class behind the interface has the method that asynchronous validation needs. */
type ValidatingGossipSub = GossipSub & {
  reportMessageValidationResult(
    id: string,
    via: GossipsubMessage['propagationSource'],
    result: TopicValidatorResult,
  ): void
}

export interface GossipDeps {
  readonly self: NodeId
  readonly clock: Clock
  readonly routes: Routes
  readonly traffic: Traffic
  /** The peer forwarded too many frames that were refused. */
  readonly blame: (peer: NodeId) => void
}

export interface GossipCounts {
  /** Everything that arrived, duplicates and forgeries included. Payload bytes. */
  arrivedFrames: number
  arrivedBytes: number
  /** What was new and properly signed. */
  distinctFrames: number
  distinctBytes: number
  accepted: number
  ignored: number
  rejected: number
  published: number
  /** Handed over faster than they could be signed, or not sent for another reason. */
  shed: number
}

export class Gossip {
  readonly #deps: GossipDeps
  readonly #cache = new ForwardCache()
  readonly #rejects = new Map<NodeId, { sinceMs: number; count: number }>()
  readonly counts: GossipCounts = {
    arrivedFrames: 0,
    arrivedBytes: 0,
    distinctFrames: 0,
    distinctBytes: 0,
    accepted: 0,
    ignored: 0,
    rejected: 0,
    published: 0,
    shed: 0,
  }
  #pubsub: ValidatingGossipSub | undefined
  #listener: MeshListener | undefined
  #unsignedBytes = 0

  constructor(deps: GossipDeps) {
    this.#deps = deps
  }

  /** The service to build the node with. */
  service(): ReturnType<typeof gossipsub> {
    return gossipsub(
      gossipOptions({
        cache: this.#cache,
        arrived: bytes => {
          this.counts.arrivedFrames++
          this.counts.arrivedBytes += bytes
        },
      }),
    )
  }

  start(pubsub: GossipSub, listener: MeshListener): void {
    this.#pubsub = pubsub as ValidatingGossipSub
    this.#listener = listener
    pubsub.addEventListener('gossipsub:message', event => this.#receive(event.detail))
    pubsub.subscribe(GOSSIP_TOPIC)
  }

  publish(frame: Uint8Array): void {
    const isTooLarge = frame.length > GOSSIP_FRAME_BYTES_MAX
    if (this.#pubsub === undefined || isTooLarge || this.#unsignedBytes + frame.length > UNSIGNED_BYTES_MAX) {
      this.counts.shed++
      return
    }
    // Alone, a node need not sign.
    if (this.#pubsub.getSubscribers(GOSSIP_TOPIC).length === 0) return
    this.#unsignedBytes += frame.length
    this.#pubsub
      .publish(GOSSIP_TOPIC, frame)
      .then(
        ({ recipients }) => {
          this.counts.published++
          for (const peer of recipients) this.#deps.traffic.sent(peer.toString() as NodeId, 'gossip', frame.length)
        },
        () => this.counts.shed++,
      )
      .finally(() => {
        this.#unsignedBytes -= frame.length
      })
  }

  /** Whether the peer gets what this node publishes: it told its subscription. Its stream is the caller's to check. */
  subscribers(): ReadonlySet<NodeId> {
    const peers = this.#pubsub?.getSubscribers(GOSSIP_TOPIC) ?? []
    return new Set(peers.map(nodeIdOfPeer).filter(node => node !== undefined))
  }

  get protocols(): readonly string[] {
    return this.#pubsub?.protocols ?? []
  }

  forget(peer: NodeId): void {
    this.#rejects.delete(peer)
  }

  #receive({ msgId, msg, propagationSource }: GossipsubMessage): void {
    const via = nodeIdOfPeer(propagationSource)
    const author = msg.type === 'signed' ? nodeIdOfPeer(msg.from) : undefined
    this.counts.distinctFrames++
    this.counts.distinctBytes += msg.data.length
    if (via !== undefined) this.#deps.traffic.received(via, 'gossip', msg.data.length)
    const verdict = this.#verdict(author, via, msg.data)
    if (verdict === 'accept' && via !== undefined && author !== undefined)
      this.#route(msgId, author, via, msg.data.length)
    if (verdict === 'reject' && via !== undefined) this.#countReject(via)
    this.counts[COUNTED[verdict]]++
    this.#pubsub?.reportMessageValidationResult(msgId, propagationSource, RESULT[verdict])
  }

  /** The signature proved the author; whether it is anybody we know is for the listener to say. */
  #verdict(author: NodeId | undefined, via: NodeId | undefined, frame: Uint8Array): Verdict {
    if (author === undefined || via === undefined || frame.length > GOSSIP_FRAME_BYTES_MAX) return 'reject'
    if (author === this.#deps.self) return 'ignore'
    return this.#listener?.gossip(author, via, frame) ?? 'ignore'
  }

  #route(id: string, author: NodeId, via: NodeId, bytes: number): void {
    const spared: NodeId[] = []
    for (const peer of this.subscribers()) {
      if (!this.#deps.routes.forwards(author, via, peer)) spared.push(peer)
      else this.#deps.traffic.sent(peer, 'gossip', bytes)
    }
    this.#cache.spare(id, spared)
  }

  #countReject(via: NodeId): void {
    const nowMs = this.#deps.clock.monotonicMs()
    const window = this.#rejects.get(via)
    if (window === undefined || nowMs - window.sinceMs > REJECTS_WINDOW_MS) {
      this.#rejects.set(via, { sinceMs: nowMs, count: 1 })
    } else if (++window.count > REJECTS_MAX) {
      this.#rejects.delete(via)
      this.#deps.blame(via)
    }
  }
}

type Verdict = 'accept' | 'ignore' | 'reject'
const COUNTED = { accept: 'accepted', ignore: 'ignored', reject: 'rejected' } as const
const RESULT = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
} as const
