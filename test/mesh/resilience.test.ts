import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { parseAddress } from '../../src/mesh/addresses.ts'
import { loadIdentity } from '../../src/mesh/identity.ts'
import { CONNECTIONS_PER_PEER_MAX } from '../../src/mesh/limits.ts'
import { TcpProxy } from '../helpers/tcp-proxy.ts'
import { until } from '../helpers/until.ts'
import { startAttacker } from './attacker.ts'
import { connected, keyed, listenAddress, portOf, startNode, stopAll, type TestNode } from './helpers.ts'
import type { PeerConfig } from './peer-process.ts'

/** What the contract gives a healed link to carry changes again. */
const HEALED_WITHIN_MS = 6_000

const hears = ({ heard }: TestNode, text: string): boolean => heard.gossiped.some(gossip => gossip.text === text)

/** Publishes until it arrives: how a change finds its way when repair is what retries. */
async function carries(from: TestNode, to: TestNode, text: string, deadlineMs: number): Promise<void> {
  await until(`${text} arrives`, deadlineMs, () => {
    from.mesh.publish(Buffer.from(text))
    return hears(to, text)
  })
}

describe('a mesh that is disturbed', () => {
  const children: ChildProcess[] = []
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
    await stopAll()
  })

  it('dials anew at once when the center drops a connection', async () => {
    const key = keyed()
    const a = await startNode(key)
    const b = await startNode({ ...key, peers: [parseAddress(listenAddress(a))] })
    await connected(a, b)
    for (let round = 1; round <= 3; round++) {
      a.mesh.drop(b.mesh.node, 'no beat')
      assert.ok(!a.heard.peers.has(b.mesh.node), 'it is told at once')
      assert.equal(a.mesh.send(b.mesh.node, 'peer', new Uint8Array(1)), false)
      await until('both are connected again', 2_000, () => a.heard.events.length === 2 * round + 1)
      await connected(a, b)
    }
    await carries(a, b, 'after all that', 2_000)
    const expected = Array.from(
      { length: 7 },
      (_, index) => `${index % 2 === 0 ? 'connected' : 'disconnected'} ${b.mesh.node}`,
    )
    assert.deepEqual(a.heard.events, expected)
    assert.equal(a.mesh.status()?.counters.ends.asked, 3)
  })

  it('carries changes within six seconds after a link healed', async () => {
    const key = keyed()
    const a = await startNode(key)
    const link = await TcpProxy.to(portOf(a))
    const b = await startNode({ ...key, peers: [parseAddress(`/ip4/127.0.0.1/tcp/${link.port}`)] })
    await connected(a, b)
    link.cut()
    await until('both noticed', 5_000, () => a.heard.peers.size + b.heard.peers.size === 0)
    await until('the back-off is at its longest', 9_000, () => (b.mesh.status()?.addresses[0]?.failures ?? 0) >= 6)
    link.heal()
    await carries(a, b, 'healed', HEALED_WITHIN_MS)
    await carries(b, a, 'healed too', HEALED_WITHIN_MS)
    await link.close()
  }).timeout(25_000)

  it('does not wait for the end of a connection whose peer has begun anew', async () => {
    const key = keyed()
    const identity = await loadIdentity(undefined)
    const a = await startNode(key)
    const attackers = [await startAttacker(key.meshKey, identity), await startAttacker(key.meshKey, identity)]
    await attackers[0]?.greet(a)
    await until('it is connected', 5_000, () => a.heard.peers.size === 1)
    await attackers[1]?.greet(a).catch(() => {})
    await until('the old session is over', 5_000, () => a.mesh.status()?.counters.ends.restarted === 1)
    await attackers[1]?.greet(a)
    await until('it is connected', 5_000, () => a.heard.peers.size === 1)
    assert.deepEqual(
      a.heard.events.map(event => event.split(' ')[0]),
      ['connected', 'disconnected', 'connected'],
    )
    for (const attacker of attackers) await attacker.stop()
  })

  it('takes only so many connections of one peer', async () => {
    const key = keyed()
    const a = await startNode(key)
    const attacker = await startAttacker(key.meshKey)
    await attacker.greet(a)
    for (let count = 1; count < CONNECTIONS_PER_PEER_MAX; count++)
      await attacker.libp2p.dial(multiaddr(listenAddress(a)), { force: true })
    assert.equal(a.mesh.status()?.counters.refusals['too-many'], 0)
    await attacker.libp2p.dial(multiaddr(listenAddress(a)), { force: true }).catch(() => {})
    await until('one more is refused', 5_000, () => a.mesh.status()?.counters.refusals['too-many'] === 1)
    assert.equal(a.heard.peers.size, 1)
    await attacker.stop()
  })

  it('says goodbye to its peers, frames first', async () => {
    const key = keyed()
    const a = await startNode(key)
    const b = await startNode({ ...key, peers: [parseAddress(listenAddress(a))] })
    await connected(a, b)
    assert.ok(b.mesh.send(a.mesh.node, 'peer', Buffer.from('goodbye')))
    await b.mesh.stop()
    assert.deepEqual([...b.heard.peers.keys()], [])
    await until('a knows', 1_000, () => a.heard.peers.size === 0)
    assert.equal(Buffer.from(a.heard.messages[0]?.frame ?? []).toString(), 'goodbye')
  })

  it('says which address it cannot listen on', async () => {
    const a = await startNode()
    await assert.rejects(
      startNode({ listen: [listenAddress(a)] }),
      new RegExp(`cannot listen on ${listenAddress(a)}: .*EADDRINUSE`),
    )
  })

  it('drops a stopped process before it costs memory, serves the others, and takes it back', async () => {
    const key = keyed()
    const a = await startNode(key)
    const other = await startNode({ ...key, peers: [parseAddress(listenAddress(a))] })
    const stopped = await startPeer({ peer: listenAddress(a), meshKey: Buffer.from(key.meshKey).toString('latin1') })
    await connected(a, other)
    await until('both are connected', 9_000, () => a.heard.peers.size === 2)
    stopped.kill('SIGSTOP')
    const frame = new Uint8Array(60_000)
    let published = 0
    const rssBefore = process.memoryUsage().rss
    await until('it is dropped', 9_000, () => {
      for (let count = 0; count < 5; count++) a.mesh.publish(frame)
      published += 5
      return a.heard.peers.size === 1
    })
    // What waits: two megabytes of gossip, two on their way, and what the kernel takes (up to some ten megabytes).
    const { ends } = a.mesh.status()?.counters ?? {}
    assert.equal((ends?.buffer ?? 0) + (ends?.stalled ?? 0), 1)
    assert.ok(published * frame.length < 40e6, `${published * frame.length} bytes until it was dropped`)
    for (let count = 0; count < 500; count++) {
      a.mesh.publish(frame)
      published++
      await until('the other takes it', 5_000, () => published - other.heard.gossiped.length < 20)
    }
    await until('the other has all', 9_000, () => other.heard.gossiped.length === published)
    assert.ok(process.memoryUsage().rss - rssBefore < 150e6, `${process.memoryUsage().rss - rssBefore} bytes more`)
    stopped.kill('SIGCONT')
    await until('it is back', HEALED_WITHIN_MS, () => a.heard.peers.size === 2)
  }).timeout(40_000)

  async function startPeer(config: Omit<PeerConfig, 'identity'>): Promise<ChildProcess> {
    const identity = Buffer.from(privateKeyToProtobuf(await generateKeyPair('Ed25519'))).toString('base64')
    const env = { ...process.env, MESH_PEER: JSON.stringify({ ...config, identity }) }
    const child = fork(new URL('peer-process.ts', import.meta.url), { env })
    children.push(child)
    return child
  }
})
