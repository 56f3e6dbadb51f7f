import { instanceKey } from '../../../src/core/keys.ts'
import { encodeFrame, pack, packValue, type Write, writesRow } from '../../../src/core/wire.ts'
import type { SimNode } from '../world/node.ts'
import type { SeededRandom } from '../world/random.ts'
import { type Fault, type Faults, runningNodes, type Storm } from './fault.ts'

const TYPES = [
  'hello', 'beats', 'heartbeats', 'heard', 'ask', 'answer', 'changes',
  'compare', 'state', 'same', 'pull', 'slice', 'more', 'fingerprints', 'living',
] // biome-ignore format: a list

/** Frames that no well-meaning peer sends: noise, frames cut short, known types with fields of any shape. */
const malformed = (random: SeededRandom): Uint8Array => {
  const noise = Uint8Array.from({ length: random.int(0, 60) }, () => random.int(0, 255))
  const field = (): unknown =>
    random.pick<unknown>([null, -1, 0.5, 2 ** 53, 'x', noise, [], [[]], [noise, 1], {}, { a: 1 }, true, [null, [null]]])
  const frame = encodeFrame(random.pick(TYPES), ...Array.from({ length: random.int(0, 5) }, field))
  return random.pick([noise, frame, frame.subarray(0, frame.length - 1), pack([0, 'beats', noise]), pack({ frame })])
}

const hostileBytes: Fault = async storm => {
  const { random, world } = storm
  const node = random.maybePick(runningNodes(storm))
  const link =
    node && random.maybePick(world.network.linksOf(node).filter(each => each.connection?.isUp(node) === true))
  if (node === undefined || link === undefined) return false
  const peer = link.other(node)
  const before = shownAt(node)
  for (let i = random.int(1, 8); i > 0; i--) {
    const frame = malformed(random)
    if (random.chance(0.4)) node.process?.run(() => void node.gossip(peer.id, peer.id, frame))
    else node.process?.run(() => node.message(peer.id, random.pick(['peer', 'repair'] as const), frame))
  }
  if (random.chance(0.3)) mixed(storm, node, peer)
  const forged = forge(storm.random, node, peer)
  const { context } = node.center?.replica.catalog ?? {}
  const harm = shownAt(node) !== before || (forged !== undefined && context?.covers(forged.epoch, forged.seq) === true)
  world.verdicts.check('18 nothing a peer sends does harm', !harm, () => `${node.id} believed what ${peer.id} forged`)
  return true
}

/** More records than a node lists of those that it refused, and how many it may list. */
const BAD = 300
const LISTED_MAX = 256

/**
 * A frame of a peer's own cluster with records of a kind that nobody knows yet, and many between them that are no records:
 * those are refused one by one, and the others are taken (18, 20).
 */
const mixed = ({ random, world }: Storm, node: SimNode, author: SimNode): void => {
  const { directory, catalog } = node.center?.replica ?? {}
  const cluster = directory?.nodes.get(author.id)?.clusterId
  if (directory === undefined || catalog === undefined || cluster === undefined) return
  const epoch = random.hex(8) as Write['epoch']
  const write = (seq: number, kind: string): Write => {
    const key = `${cluster}/${kind}/${epoch}${seq}`
    return { key, epoch, seq, ms: 1, count: 0, value: packValue({ later: seq }), ends: [] }
  }
  const bad = Array.from({ length: BAD }, (_, i) => write(i + 2, 'service'))
  const frame = encodeFrame('changes', cluster, writesRow([write(1, 'later'), ...bad, write(BAD + 2, 'later')]))
  let taken = ''
  node.process?.run(() => {
    taken = node.gossip(author.id, author.id, frame)
  })
  // A node that has just taken another cluster id leaves that to a repair.
  if (taken !== 'accept') return
  const ok = [1, BAD + 2].every(seq => catalog.context.covers(epoch, seq)) && !catalog.context.covers(epoch, 2)
  const listed = node.center?.insight.peers().refusedRecords.length ?? 0
  world.verdicts.check('18 nothing a peer sends does harm', ok && listed <= LISTED_MAX, () => {
    return `${node.id} ${ok ? `lists ${listed} records that it refused` : 'takes not just the good records of a frame'}`
  })
}

const shownAt = (node: SimNode): string => {
  const groups = [...(node.center?.replica.directory.groups.values() ?? [])]
  return groups.flatMap(group => group.instances().map(({ instanceId, revision }) => instanceId + revision)).join()
}

/** A peer gossips the end of an instance of another cluster, with a right dot. Nobody may believe it. */
const forge = (random: SeededRandom, node: SimNode, author: SimNode): Write | undefined => {
  const directory = node.center?.replica.directory
  const own = directory?.nodes.get(author.id)?.clusterId
  if (directory === undefined || own === undefined) return undefined
  const victims = [...directory.groups.values()].flatMap(group =>
    [...group.entries.values()].filter(entry => entry.clusterId !== own && entry.face !== undefined),
  )
  const victim = random.maybePick(victims)
  const dot = victim?.face?.registration
  if (victim === undefined || dot === undefined) return undefined
  const write: Write = {
    key: instanceKey(victim.clusterId, victim.group.sid, victim.instanceId),
    epoch: random.hex(8) as Write['epoch'],
    seq: 1,
    ms: dot.ms + 1,
    count: 0,
    value: undefined,
    ends: [{ epoch: dot.epoch, seq: dot.seq }],
  }
  for (const claimed of [own, victim.clusterId]) {
    const frame = encodeFrame('changes', claimed, writesRow([write]))
    node.process?.run(() => void node.gossip(author.id, author.id, frame))
  }
  return write
}

export const HOSTILE_FAULTS: Faults = { 'hostile bytes': hostileBytes }
