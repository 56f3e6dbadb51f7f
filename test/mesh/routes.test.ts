import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import type { NodeId } from '../../src/core/model.ts'
import { LINKED_NODES_MAX, LINKS_DELAY_MS } from '../../src/mesh/limits.ts'
import { Links } from '../../src/mesh/links.ts'
import { decodeLinks, encodeLinks } from '../../src/mesh/links-wire.ts'
import { Routes } from '../../src/mesh/routes.ts'
import { VirtualClock } from './virtual-clock.ts'

interface Member {
  readonly id: NodeId
  readonly links: Links
  readonly routes: Routes
  readonly peers: Set<NodeId>
}

/** Nodes whose links travel at once, over the links there are. */
class World {
  readonly clock = new VirtualClock()
  readonly members: readonly Member[]
  sent = 0

  constructor(ids: readonly NodeId[]) {
    this.members = ids.map(id => {
      const send = (peer: NodeId, payload: Uint8Array): void => {
        this.sent += payload.length
        assert.ok(this.member(peer).links.receive(id, payload))
      }
      const links = new Links(id, { clock: this.clock, send })
      return { id, links, routes: new Routes(id, links), peers: new Set<NodeId>() }
    })
  }

  member(id: NodeId): Member {
    const member = this.members.find(each => each.id === id)
    assert.ok(member)
    return member
  }

  link(one: number, other: number): void {
    for (const [near, far] of [
      [one, other],
      [other, one],
    ] as const) {
      const [member, peer] = [this.members[near], this.members[far]]
      assert.ok(member && peer)
      member.peers.add(peer.id)
      member.links.greet(peer.id)
      member.links.setOwn(member.peers)
    }
  }

  cut(one: number, other: number): void {
    const [a, b] = [this.members[one], this.members[other]]
    assert.ok(a && b)
    a.peers.delete(b.id)
    b.peers.delete(a.id)
    a.links.setOwn(a.peers)
    b.links.setOwn(b.peers)
  }

  settle = (): Promise<void> => this.clock.pass(LINKS_DELAY_MS * 50)

  /** Copies that each node gets of one message. */
  publish(author: number): Map<NodeId, number> {
    const source = this.members[author]
    assert.ok(source)
    const copies = new Map<NodeId, number>()
    const queue = [...source.peers].map(to => ({ to, via: source.id }))
    for (const { to, via } of queue) {
      const count = (copies.get(to) ?? 0) + 1
      copies.set(to, count)
      if (count > 1) continue
      const { routes, peers } = this.member(to)
      for (const peer of peers) if (routes.forwards(source.id, via, peer)) queue.push({ to: peer, via: to })
    }
    return copies
  }
}

describe('routes of gossip', () => {
  let ids: NodeId[] = []
  before(async () => {
    const keys = await Promise.all(Array.from({ length: 24 }, () => generateKeyPair('Ed25519')))
    ids = keys.map(key => peerIdFromPrivateKey(key).toString() as NodeId)
  })

  it('bring each node one copy in full meshes, lines, stars and rings', async () => {
    const shapes: Readonly<Record<string, (count: number) => readonly (readonly [number, number])[]>> = {
      full: count => pairs(count),
      line: count => pairs(count).filter(([one, other]) => other === one + 1),
      star: count => pairs(count).filter(([one]) => one === 0),
      ring: count => pairs(count).filter(([one, other]) => [1, 2, count - 1, count - 2].includes(other - one)),
    }
    for (const [shape, linksOf] of Object.entries(shapes)) {
      for (const count of [2, 5, 10]) {
        const world = new World(ids.slice(0, count))
        for (const [one, other] of linksOf(count)) world.link(one, other)
        await world.settle()
        for (let author = 0; author < count; author++) {
          const copies = world.publish(author)
          assert.equal(copies.size, count - 1, `${shape} of ${count}: all reached`)
          assert.deepEqual(new Set(copies.values()), new Set([1]), `${shape} of ${count}: one copy each`)
        }
      }
    }
  })

  it('bring each node one copy in random meshes, also after links changed', async () => {
    const seed = Number(process.env.SEED ?? randomInt(2 ** 31))
    const replay = `replay with SEED=${seed} mocha test/mesh/routes.test.ts`
    const random = mulberry32(seed)
    for (let round = 0; round < 20; round++) {
      const count = 6 + Math.floor(random() * (ids.length - 6))
      const world = new World(ids.slice(0, count))
      const spare = pairs(count).filter(([one, other]) => other !== one + 1 && random() < 3 / count)
      for (let index = 1; index < count; index++) world.link(index - 1, index)
      for (const [one, other] of spare) world.link(one, other)
      await world.settle()
      for (const [one, other] of spare) if (random() < 0.5) world.cut(one, other)
      await world.settle()
      for (let author = 0; author < count; author++) {
        const copies = world.publish(author)
        assert.equal(copies.size, count - 1, `all of ${count} reached, ${replay}`)
        assert.deepEqual(new Set(copies.values()), new Set([1]), `one copy each, ${replay}`)
      }
    }
  })

  it('reach everybody before the links are known, and after some are cut', async () => {
    const world = new World(ids.slice(0, 6))
    for (const [one, other] of pairs(6)) if (other - one < 3) world.link(one, other)
    assert.equal(world.publish(0).size, 5)
    await world.settle()
    world.cut(0, 1)
    world.cut(2, 3)
    await world.settle()
    assert.equal(world.publish(0).size, 5)
  })

  it('say nothing when nothing changes', async () => {
    const world = new World(ids.slice(0, 10))
    for (const [one, other] of pairs(10)) world.link(one, other)
    await world.settle()
    const { sent } = world
    for (const { links, peers } of world.members) links.setOwn(peers)
    await world.settle()
    assert.equal(world.sent, sent)
  })

  it('outlive a restart with a clock that stepped back', async () => {
    const world = new World(ids.slice(0, 3))
    world.link(0, 1)
    world.link(1, 2)
    await world.settle()
    const [first, second, third] = world.members
    assert.ok(first && second && third)
    const future = [{ node: first.id, version: 1_000_000, peers: new Set<NodeId>() }]
    second.links.receive(third.id, encodeLinks(future))
    await world.settle()
    assert.deepEqual(third.links.of(first.id), new Set([second.id]))
  })

  it('refuse malformed and boundless links', async () => {
    const [one, other] = ids
    assert.ok(one && other)
    const entry = { node: one, version: 7, peers: new Set([other]) }
    assert.deepEqual(decodeLinks(encodeLinks([entry])), [entry])
    const wrong = [
      '',
      '{',
      '[]',
      '{"ids":[]}',
      '{"ids":["x"],"links":[[0,1,[]]]}',
      JSON.stringify({ ids: [one], links: [[1, 1, []]] }),
      JSON.stringify({ ids: [one], links: [[0, -1, []]] }),
      JSON.stringify({ ids: [one], links: [[0, 2 ** 52, []]] }),
      JSON.stringify({ ids: [one], links: [[0, 1, [3]]] }),
      JSON.stringify({ ids: [one], links: [[0, 1, 'x']] }),
      JSON.stringify({ ids: [one], links: Array.from({ length: LINKED_NODES_MAX + 1 }, () => [0, 1, []]) }),
    ]
    for (const text of wrong) assert.equal(decodeLinks(Buffer.from(text)), undefined, text.slice(0, 80))
  })
})

const pairs = (count: number): (readonly [number, number])[] =>
  Array.from({ length: count }, (_, one) => one).flatMap(one =>
    Array.from({ length: count - one - 1 }, (_, step) => [one, one + step + 1] as const),
  )

function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
