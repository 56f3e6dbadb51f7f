/**
 * What gossipsub keeps of messages between their arrival and the verdict on them. Ours keeps nothing longer: who asks
 * later (IWANT) gets no answer, because what was missed is repaired, not gossiped again. Its other purpose is to say who
 * has a message already, so that gossipsub does not forward it there.
 */
import type { GossipsubOpts } from '@chainsafe/libp2p-gossipsub'

type MessageCache = GossipsubOpts['messageCache']
type Message = Parameters<MessageCache['put']>[1]

interface Pending {
  readonly message: Message
  /** Gossipsub's name: peers that have it already. */
  readonly originatingPeers: Set<string>
}

/** The part of gossipsub's cache that gossipsub calls. */
type CalledCache = Omit<MessageCache, 'msgIdToStrFn' | 'history' | 'notValidatedCount' | 'msgs' | 'size'>

export class ForwardCache implements CalledCache {
  readonly msgs = new Map<string, Pending>()

  /** Names peers to whom the message is not forwarded; until the verdict. */
  spare(id: string, peers: Iterable<string>): void {
    const entry = this.msgs.get(id)
    if (entry !== undefined) for (const peer of peers) entry.originatingPeers.add(peer)
  }

  put({ msgIdStr }: { readonly msgIdStr: string }, message: Message, validated = false): boolean {
    if (!validated) this.msgs.set(msgIdStr, { message, originatingPeers: new Set() })
    return true
  }

  observeDuplicate(id: string, from: string): void {
    this.spare(id, [from])
  }

  validate(id: string): Pending | null {
    return this.remove(id)
  }

  remove(id: string): Pending | null {
    const entry = this.msgs.get(id) ?? null
    this.msgs.delete(id)
    return entry
  }

  /** Once a second: what has had no verdict by then gets none. */
  shift(): void {
    this.msgs.clear()
  }

  get(): undefined {
    return undefined
  }

  getWithIWantCount(): null {
    return null
  }

  getGossipIDs(): Map<string, Uint8Array[]> {
    return new Map()
  }

  /** Gossipsub names its class here, whose private members no other class can have. */
  asMessageCache(): MessageCache {
    return this as unknown as MessageCache
  }
}
