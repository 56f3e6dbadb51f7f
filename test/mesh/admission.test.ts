import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { noise } from '@libp2p/noise'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { NodeId } from '../../src/core/model.ts'
import { parseAddress } from '../../src/mesh/addresses.ts'
import { loadIdentity } from '../../src/mesh/identity.ts'
import { freePorts } from '../helpers/ports.ts'
import { until } from '../helpers/until.ts'
import {
  connected,
  identityOf,
  keyed,
  listenAddress,
  serveIdentity,
  startNode,
  stopAll,
  type TestNode,
} from './helpers.ts'

const cluster = (name: string, ...addresses: readonly string[]) => ({ name, addresses: addresses.map(parseAddress) })

const refusals = ({ mesh }: TestNode) => mesh.status()?.counters.refusals

describe('admission', () => {
  afterEach(stopAll)

  it('refuses a stranger without a key: counted, shown, logged once, and never connected', async () => {
    const friend = await startNode()
    const url = await serveIdentity(() => identityOf(friend))
    const a = await startNode({ clusters: [cluster('sc2', url)] })
    const stranger = await startNode({ peers: [parseAddress(listenAddress(a))] })
    await until('it was refused twice', 5_000, () => (refusals(a)?.unconfirmed ?? 0) >= 2)
    assert.deepEqual([a.heard.events, stranger.heard.events], [[], []])
    const refused = a.mesh.status()?.refused.find(({ who }) => who === stranger.mesh.node)
    assert.equal(refused?.reason, 'unconfirmed')
    const lines = a.log.filter(({ message }) => message === 'peer refused')
    assert.equal(lines.length, 1)
    assert.equal(lines[0]?.fields.peer, stranger.mesh.node)
    assert.match(String(lines[0]?.fields.remedy), /--peers or --clusters here/)
    const told = stranger.mesh.status()?.addresses[0]?.error
    assert.match(told ?? '', /it may not be configured to know this node/)
  })

  it('admits whom a configured address vouches for, though that address is another node', async () => {
    const members: NodeId[] = []
    let a: TestNode | undefined
    const urlA = await serveIdentity(() => a && identityOf(a))
    const one = await startNode({ clusters: [cluster('sc1', urlA)] })
    const urlOne = await serveIdentity(() => ({ ...identityOf(one), members: [one.mesh.node, ...members] }))
    a = await startNode({ clusters: [cluster('sc2', urlOne)] })
    await connected(a, one)
    const identity = await loadIdentity(undefined)
    members.push(peerIdFromPrivateKey(identity).toString() as NodeId)
    const sibling = await startNode({ identity, clusters: [cluster('sc1', urlA)] })
    await connected(a, sibling)
    assert.equal(a.heard.peers.get(sibling.mesh.node)?.configuredName, 'sc2')
    assert.equal(a.mesh.status()?.peers.find(({ node }) => node === sibling.mesh.node)?.direction, 'inbound')
  })

  it('admits by multiaddrs alone, without a key or anybody to ask, when both name each other', async () => {
    const [one = 0, two = 0] = await freePorts(2)
    const [first, second] = [one, two].map(port => `/ip4/127.0.0.1/tcp/${port}`) as [string, string]
    const a = await startNode({ listen: [first], peers: [parseAddress(second)] })
    const b = await startNode({ listen: [second], clusters: [cluster('sc1', first)] })
    await connected(a, b)
    assert.equal(a.heard.peers.get(b.mesh.node)?.role, 'sibling')
    assert.equal(b.heard.peers.get(a.mesh.node)?.configuredName, 'sc1')
  })

  it('says when no address answered, and when there is none to ask', async () => {
    const silent = await serveIdentity(() => undefined)
    const asking = await startNode({ clusters: [cluster('sc2', silent)] })
    const mute = await startNode()
    await startNode({ peers: [parseAddress(listenAddress(asking)), parseAddress(listenAddress(mute))] })
    await until('both refused', 5_000, () => refusals(asking)?.unanswered && refusals(mute)?.['nobody-to-ask'])
  })

  it('needs only one side to be configured when both hold the key', async () => {
    const key = keyed()
    const b = await startNode(key)
    const a = await startNode({ ...key, clusters: [cluster('sc2', await serveIdentity(() => identityOf(b)))] })
    await connected(a, b)
    assert.equal(a.heard.peers.get(b.mesh.node)?.configuredName, 'sc2')
    assert.deepEqual(b.heard.peers.get(a.mesh.node), { node: a.mesh.node, role: 'unknown', configuredName: undefined })
  })

  it('knows whom the key admitted by what the configured addresses say', async () => {
    const key = keyed()
    let b: TestNode | undefined
    const url = await serveIdentity(() => b && identityOf(b))
    const a = await startNode({ ...key, clusters: [cluster('sc2', url)] })
    b = await startNode({ ...key, peers: [parseAddress(listenAddress(a))] })
    await connected(a, b)
    await until('its name is known', 5_000, () => b && a.heard.peers.get(b.mesh.node)?.configuredName === 'sc2')
  })

  it('lets nobody with another key or without one get as far as a handshake', async () => {
    const a = await startNode(keyed())
    const peers = [parseAddress(listenAddress(a))]
    const [other, without] = [await startNode({ ...keyed(), peers }), await startNode({ peers })]
    await until('both failed', 9_000, () =>
      [other, without].every(({ mesh }) => (mesh.status()?.addresses[0]?.failures ?? 0) > 0),
    )
    await until('it is counted', 9_000, () => (refusals(a)?.handshake ?? 0) > 0)
    assert.deepEqual([a.heard.events, other.heard.events, without.heard.events], [[], [], []])
  })

  it('admits only allowed identities where there is a list of them, in both directions', async () => {
    const key = keyed()
    const [friend, stranger] = [await startNode(key), await startNode(key)]
    const peers = [friend, stranger].map(node => parseAddress(listenAddress(node)))
    const a = await startNode({ ...key, peers, allow: [friend.mesh.node] })
    await connected(a, friend)
    await until('the other was not dialled for long', 5_000, () => (refusals(a)?.['not-allowed'] ?? 0) > 0)
    const b = await startNode({ ...key, peers: [parseAddress(listenAddress(a))] })
    await until('refused', 5_000, () => a.mesh.status()?.refused.some(({ who }) => who === b.mesh.node))
    assert.deepEqual([...a.heard.peers.keys()], [friend.mesh.node])
    assert.deepEqual([stranger.heard.events, b.heard.events], [[], []])
  })

  it('refuses identities that are not Ed25519 keys', async () => {
    const a = await startNode()
    const odd = await createLibp2p({
      privateKey: await generateKeyPair('RSA', 2048),
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
    })
    await odd.dial(multiaddr(listenAddress(a))).catch(() => {})
    await until('it is refused', 5_000, () => refusals(a)?.['key-type'] === 1)
    await odd.stop()
  })
})
