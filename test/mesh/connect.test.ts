import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { parseAddress } from '../../src/mesh/addresses.ts'
import { loadIdentity } from '../../src/mesh/identity.ts'
import { freePorts } from '../helpers/ports.ts'
import { TcpProxy } from '../helpers/tcp-proxy.ts'
import { until } from '../helpers/until.ts'
import {
  connected,
  identityOf,
  keyed,
  listenAddress,
  portOf,
  serveIdentity,
  startNode,
  stopAll,
  type TestNode,
} from './helpers.ts'

const cluster = (name: string, ...addresses: readonly string[]) => ({ name, addresses: addresses.map(parseAddress) })

describe('connecting', () => {
  afterEach(stopAll)

  it('two clusters by HTTP addresses, dialling each other at once, and reports each peer once', async () => {
    let [a, b]: (TestNode | undefined)[] = []
    const urlA = await serveIdentity(() => a && identityOf(a))
    const urlB = await serveIdentity(() => b && identityOf(b))
    ;[a, b] = await Promise.all([
      startNode({ clusters: [cluster('sc2', urlB)] }),
      startNode({ clusters: [cluster('sc1', urlA)] }),
    ])
    await connected(a, b)
    assert.deepEqual(a.heard.peers.get(b.mesh.node), { node: b.mesh.node, role: 'foreign', configuredName: 'sc2' })
    assert.deepEqual(b.heard.peers.get(a.mesh.node), { node: a.mesh.node, role: 'foreign', configuredName: 'sc1' })
    assert.deepEqual(a.heard.events, [`connected ${b.mesh.node}`])
    assert.deepEqual(b.heard.events, [`connected ${a.mesh.node}`])
  })

  it('carries frames on both lanes as soon as a peer is reported, in order and unharmed', async () => {
    const key = keyed()
    const c = await startNode(key)
    const d = await startNode({ ...key, peers: [parseAddress(listenAddress(c))] })
    const large = new Uint8Array(3 * 1024 * 1024).map((_, index) => index)
    for (const { mesh, heard } of [c, d]) {
      heard.onConnected = ({ node }) => {
        assert.ok(mesh.send(node, 'peer', Buffer.from('hello')))
        assert.ok(mesh.send(node, 'repair', large))
        for (let count = 0; count < 100; count++) assert.ok(mesh.send(node, 'peer', Buffer.from(`${count}`)))
      }
    }
    await connected(c, d)
    for (const { heard } of [c, d]) {
      await until('all frames are there', 5_000, () => heard.messages.length === 102)
      const small = heard.messages
        .filter(({ lane }) => lane === 'peer')
        .map(({ frame }) => Buffer.from(frame).toString())
      assert.deepEqual(small, ['hello', ...Array.from({ length: 100 }, (_, count) => `${count}`)])
      assert.deepEqual(heard.messages.find(({ lane }) => lane === 'repair')?.frame, large)
    }
  })

  it('by multiaddrs with and without an identity, by DNS names and IPv6', async () => {
    const key = keyed()
    const b = await startNode({ ...key, listen: ['/ip4/127.0.0.1/tcp/0', '/ip6/::1/tcp/0'] })
    const [v4 = '', v6 = ''] = b.mesh.listening()
    const port = v4.split('/').at(-1)
    const forms = [v4, `${v4}/p2p/${b.mesh.node}`, v6, `/dns/localhost/tcp/${port}`, `/dns4/localhost/tcp/${port}`]
    for (const form of forms) {
      const a = await startNode({ ...key, peers: [parseAddress(form)] })
      await connected(a, b)
      assert.equal(a.heard.peers.get(b.mesh.node)?.role, 'sibling', form)
      await a.mesh.stop()
      await until('it is gone', 5_000, () => b.heard.peers.size === 0)
    }
  })

  it('does not connect to another identity than the one that is configured', async () => {
    const key = keyed()
    const [b, stranger] = [await startNode(key), await startNode(key)]
    const a = await startNode({ ...key, peers: [parseAddress(`${listenAddress(b)}/p2p/${stranger.mesh.node}`)] })
    await until('the dial failed', 5_000, () => (a.mesh.status()?.addresses[0]?.failures ?? 0) > 1)
    assert.deepEqual([a.heard.events, b.heard.events], [[], []])
  })

  it('recognises its own address in its lists', async () => {
    const [port = 0] = await freePorts(1)
    let a: TestNode | undefined
    const url = await serveIdentity(() => a && identityOf(a))
    const own = `/ip4/127.0.0.1/tcp/${port}`
    a = await startNode({ listen: [own], peers: [parseAddress(url), parseAddress(own)] })
    await until('both are recognised', 5_000, () => a?.mesh.status()?.addresses.every(({ state }) => state === 'self'))
    assert.deepEqual(a.heard.events, [])
    assert.deepEqual(
      a.log.filter(({ level }) => level === 'warn'),
      [],
    )
  })

  it('passes over advertised addresses that lead to somebody else here', async () => {
    const key = keyed()
    const [b, neighbour] = [await startNode(key), await startNode(key)]
    const proxy = await TcpProxy.to(portOf(b))
    const wrong = `/ip4/127.0.0.1/tcp/${portOf(neighbour)}`
    const url = await serveIdentity(() => ({ ...identityOf(b), gossip: [wrong, `/ip4/127.0.0.1/tcp/${proxy.port}`] }))
    const a = await startNode({ ...key, peers: [parseAddress(wrong)], clusters: [cluster('sc2', url)] })
    await connected(a, neighbour)
    await connected(a, b)
    assert.equal(a.heard.peers.get(neighbour.mesh.node)?.role, 'sibling')
    assert.equal(a.heard.peers.get(b.mesh.node)?.configuredName, 'sc2')
    await proxy.close()
  })

  it('tries the same host with the advertised port where what is advertised cannot be reached', async () => {
    const key = keyed()
    const b = await startNode(key)
    const port = portOf(b)
    const url = await serveIdentity(() => ({ ...identityOf(b), gossip: [`/ip4/127.0.0.77/tcp/${port}`] }))
    const a = await startNode({ ...key, clusters: [cluster('sc2', url)] })
    await connected(a, b)
  })

  it('waits for peers that are not up yet, and finds one again at its address with another identity', async () => {
    const key = keyed()
    const [port = 0] = await freePorts(1)
    const address = `/ip4/127.0.0.1/tcp/${port}`
    const a = await startNode({ ...key, peers: [parseAddress(address)] })
    await until('it has failed', 5_000, () => (a.mesh.status()?.addresses[0]?.failures ?? 0) > 0)
    const identity = await loadIdentity(undefined)
    const first = await startNode({ ...key, listen: [address], identity })
    await connected(a, first)
    await first.mesh.stop()
    await until('it is gone', 5_000, () => a.heard.peers.size === 0)
    const same = await startNode({ ...key, listen: [address], identity })
    await connected(a, same)
    await same.mesh.stop()
    const other = await startNode({ ...key, listen: [address] })
    await connected(a, other)
    assert.deepEqual([...a.heard.peers.keys()], [other.mesh.node])
  })

  it('gives up on peers that hang, and tries again', async () => {
    const accepted: unknown[] = []
    const hanging = createServer(socket => accepted.push(socket.on('error', () => {}))).listen(0, '127.0.0.1')
    await until('it listens', 1_000, () => hanging.address() !== null)
    const { port } = hanging.address() as { port: number }
    const a = await startNode({
      peers: [parseAddress(`http://127.0.0.1:${port}`), parseAddress(`/ip4/127.0.0.1/tcp/${port}`)],
    })
    await until('both timed out', 9_000, () => a.mesh.status()?.addresses.every(({ failures }) => failures > 0))
    const errors = a.mesh.status()?.addresses.map(({ error }) => error) ?? []
    assert.match(errors[0] ?? '', /no answer within 1500 ms/)
    assert.match(errors[1] ?? '', /not connected within 3000 ms/)
    hanging.close()
  })

  it('finds whoever is behind a load balancer, without flapping', async () => {
    const key = keyed()
    const [one, two] = [await startNode(key), await startNode(key)]
    const gossip = await TcpProxy.to(...[one, two].map(portOf))
    let turn = 0
    const balanced = (): ReturnType<typeof identityOf> => {
      const node = turn++ % 2 === 0 ? one : two
      return { ...identityOf(node, one, two), gossip: [`/ip4/127.0.0.1/tcp/${gossip.port}`] }
    }
    const url = await serveIdentity(balanced)
    const a = await startNode({ ...key, clusters: [cluster('sc2', url)] })
    await until('one is connected', 5_000, () => a.heard.peers.size > 0)
    const [first] = a.heard.peers.keys()
    assert.ok(first !== undefined)
    const [up, other] = first === one.mesh.node ? [one, two] : [two, one]
    await up.mesh.stop()
    await until('the other took its place', 8_000, () => a.heard.peers.has(other.mesh.node))
    assert.deepEqual(a.heard.events, [`connected ${first}`, `disconnected ${first}`, `connected ${other.mesh.node}`])
    await gossip.close()
  })
})
