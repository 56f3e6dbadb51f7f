import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { GOSSIP_FRAME_BYTES_MAX, LANE_FRAME_BYTES_MAX } from '../../src/core/wire.ts'
import { parseAddress } from '../../src/mesh/addresses.ts'
import { loadIdentity } from '../../src/mesh/identity.ts'
import { REJECTS_MAX } from '../../src/mesh/limits.ts'
import { until } from '../helpers/until.ts'
import { rpcOf, startAttacker } from './attacker.ts'
import { connected, keyed, listenAddress, startNode, stopAll, type TestNode } from './helpers.ts'

const texts = ({ heard }: TestNode): string[] => heard.gossiped.map(({ text }) => text)
const publish = ({ mesh }: TestNode, text: string): void => mesh.publish(Buffer.from(text))
const counts = ({ mesh }: TestNode) => mesh.status()?.counters.gossip

/** Nodes of which each is linked to those before it that `links` names. */
async function startMesh(count: number, links: (index: number) => readonly number[]): Promise<readonly TestNode[]> {
  const key = keyed()
  const nodes: TestNode[] = []
  for (let index = 0; index < count; index++) {
    const known = links(index).map(other => nodes[other] as TestNode)
    const node = await startNode({ ...key, peers: known.map(other => parseAddress(listenAddress(other))) })
    await Promise.all(known.map(other => connected(node, other)))
    nodes.push(node)
  }
  return nodes
}

/** Each tells the others something; true when nobody got anything twice. */
async function bringsOneCopy(nodes: readonly TestNode[]): Promise<boolean> {
  const before = nodes.map(node => ({ seen: node.heard.gossiped.length, ...counts(node) }))
  for (const node of nodes) publish(node, 'routes?')
  await until('all have it', 2_000, () =>
    nodes.every((node, index) => node.heard.gossiped.length - (before[index]?.seen ?? 0) >= nodes.length - 1),
  )
  return nodes.every(
    (node, index) => (counts(node)?.arrivedFrames ?? 0) - (before[index]?.arrivedFrames ?? 0) === nodes.length - 1,
  )
}

describe('gossip', () => {
  afterEach(stopAll)

  it('goes down a line, with its author proved and the forwarder named', async () => {
    const [a, b, c] = (await startMesh(3, index => (index === 0 ? [] : [index - 1]))) as [TestNode, TestNode, TestNode]
    publish(a, 'from a')
    publish(c, 'from c')
    await until('both ends have both', 5_000, () => texts(c).includes('from a') && texts(a).includes('from c'))
    assert.deepEqual(c.heard.gossiped, [{ author: a.mesh.node, via: b.mesh.node, text: 'from a' }])
    assert.deepEqual([...c.heard.peers.keys()], [b.mesh.node])
    assert.deepEqual(texts(b).sort(), ['from a', 'from c'])
  })

  it('reaches a peer with what is published the moment it is reported', async () => {
    const key = keyed()
    const b = await startNode(key)
    b.heard.onConnected = () => publish(b, 'at once')
    const a = await startNode({ ...key, peers: [parseAddress(listenAddress(b))] })
    await until('it is there', 5_000, () => texts(a).includes('at once'))
  })

  it('brings each node one copy, in a full mesh and where links are fewer', async () => {
    const shapes = {
      full: (index: number) => Array.from({ length: index }, (_, other) => other),
      partial: (index: number) => [index - 1, index - 3].filter(other => other >= 0),
    }
    for (const [shape, links] of Object.entries(shapes)) {
      const nodes = await startMesh(5, links)
      let once = 0
      await until('the routes are known', 5_000, async () => {
        // A late second copy of one round shows in the next.
        once = (await bringsOneCopy(nodes)) ? once + 1 : 0
        return once === 3
      })
      const before = nodes.map(node => ({ seen: node.heard.gossiped.length, ...counts(node) }))
      for (let round = 0; round < 20; round++)
        for (const [index, node] of nodes.entries()) publish(node, `${index}/${round}`)
      const all = (): boolean =>
        nodes.every((node, index) => node.heard.gossiped.length - (before[index]?.seen ?? 0) === 80)
      await until('all have all', 9_000, all)
      for (const [index, node] of nodes.entries()) {
        const arrived = (counts(node)?.arrivedFrames ?? 0) - (before[index]?.arrivedFrames ?? 0)
        assert.equal(arrived, 80, `${shape}, node ${index}`)
      }
      await stopAll()
    }
  })

  it('is forwarded only when the center accepts it', async () => {
    const nodes = (await startMesh(3, index => (index === 0 ? [] : [index - 1]))) as [TestNode, TestNode, TestNode]
    const [a, b, c] = nodes
    for (const verdict of ['reject', 'ignore', 'accept'] as const) {
      b.heard.verdict = verdict
      publish(a, verdict)
      await until('the middle has it', 5_000, () => texts(b).includes(verdict))
    }
    await until('the last is through', 5_000, () => texts(c).includes('accept'))
    assert.deepEqual(texts(c), ['accept'])
    const { accepted, ignored, rejected } = counts(b) ?? {}
    assert.deepEqual([accepted, ignored, rejected], [1, 1, 1])
  })

  it('loses the connection of a peer that forwards too much that is refused', async () => {
    const [a, b] = (await startMesh(2, index => (index === 0 ? [] : [0]))) as [TestNode, TestNode]
    a.heard.verdict = 'reject'
    for (let count = 0; count <= REJECTS_MAX; count++) publish(b, `${count}`)
    await until('it is dropped', 5_000, () => a.mesh.status()?.counters.ends.rejects === 1)
    assert.equal(a.heard.events[1], `disconnected ${b.mesh.node}`)
  })

  it('believes no forged author, whoever signs for it', async () => {
    const key = keyed()
    const identity = await loadIdentity(undefined)
    const [a, victim] = [await startNode(key), await startNode({ ...key, identity })]
    const attacker = await startAttacker(key.meshKey)
    const { gossip } = await attacker.greet(a)
    await until('it is admitted', 5_000, () => a.heard.peers.size === 1)
    const rsa = await generateKeyPair('RSA', 2048)
    const data = Buffer.from('forged')
    gossip.send(await rpcOf({ from: identity, signedBy: attacker.identity, data }))
    gossip.send(await rpcOf({ from: identity, signedBy: rsa, data }))
    gossip.send(await rpcOf({ from: rsa, signedBy: attacker.identity, data }))
    gossip.send(await rpcOf({ from: rsa, signedBy: rsa, data }))
    gossip.send(await rpcOf({ from: attacker.identity, signedBy: attacker.identity, data: Buffer.from('honest') }))
    await until('the honest one is there', 5_000, () => texts(a).includes('honest'))
    assert.deepEqual(texts(a), ['honest'])
    assert.equal(counts(a)?.rejected, 1, 'a properly signed author of another key type is refused by us')
    assert.ok(victim.mesh.node !== undefined)
    await attacker.stop()
  })

  it('and lanes send nothing that is too large, which is no reason to die', async () => {
    const [a, b] = (await startMesh(2, index => (index === 0 ? [] : [0]))) as [TestNode, TestNode]
    a.mesh.publish(new Uint8Array(GOSSIP_FRAME_BYTES_MAX + 1))
    assert.equal(counts(a)?.shed, 1)
    assert.equal(a.mesh.send(b.mesh.node, 'peer', new Uint8Array(LANE_FRAME_BYTES_MAX + 1)), false)
    a.mesh.publish(new Uint8Array(GOSSIP_FRAME_BYTES_MAX))
    publish(a, 'next')
    await until('the largest and the next arrive', 5_000, () => texts(b).length === 2)
  })

  it('and lanes end the session of a peer that sends frames that are too large or broken', async () => {
    const key = keyed()
    const a = await startNode(key)
    const breaks = {
      length: Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0]),
      links: Uint8Array.from([0, 0, 0, 2, 1, 0x78]),
    }
    let ended = 0
    for (const [what, bytes] of Object.entries(breaks)) {
      const attacker = await startAttacker(key.meshKey)
      const { lane } = await attacker.greet(a)
      await until('it is admitted', 5_000, () => a.heard.peers.size === 1)
      lane.send(bytes)
      await until(`${what} ends it`, 5_000, () => a.heard.peers.size === 0)
      assert.equal(a.mesh.status()?.counters.ends.frame, ++ended, what)
      await attacker.stop()
    }
    const attacker = await startAttacker(key.meshKey)
    const { gossip } = await attacker.greet(a)
    await until('it is admitted', 5_000, () => a.heard.peers.size === 1)
    const data = new Uint8Array(2 * GOSSIP_FRAME_BYTES_MAX)
    gossip.send(await rpcOf({ from: attacker.identity, signedBy: attacker.identity, data }))
    await until('its gossip is cut off and then it', 9_000, () => a.mesh.status()?.counters.ends.gossip === 1)
    assert.deepEqual(texts(a), [])
    await attacker.stop()
  })
})
