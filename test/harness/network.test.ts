import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Network } from '../../scripts/harness.d/fleet/network.ts'
import type { PathState } from '../../scripts/harness.d/fleet/ways.ts'
import { until } from '../helpers/until.ts'

const DEADLINE_MS = 10_000
/** Long enough that what passes would have passed. */
const QUIET_MS = 100

describe('the fault proxy', () => {
  const closing: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  const listening = async (server: Server): Promise<number> => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  /** Two nodes: `b` answers its identity and echoes on its gossip port; `a` is connected to it through the proxy. */
  async function start() {
    const changes: string[] = []
    const sockets: Socket[] = []
    const gossip = createServer(socket => {
      sockets.push(socket)
      socket.on('error', () => undefined)
      socket.pipe(socket)
    })
    const http = createHttpServer((_, response) =>
      response.end(JSON.stringify({ node: 'b', gossip: ['/ip4/10.0.0.1/tcp/1'] })),
    )
    const target = { host: '127.0.0.1', http: await listening(http), gossip: await listening(gossip) }
    const changed = (from: string, to: string, state: PathState): void => void changes.push(`${from}>${to} ${state}`)
    const network = new Network({ host: '127.0.0.1', nowMs: () => performance.now(), random: () => 0.5, changed })
    await network.open(
      [['a', 'b']],
      new Map([
        ['a', target],
        ['b', target],
      ]),
    )
    closing.push(
      () => gossip.close(),
      () => http.close(),
      () => network.close(),
      () => {
        for (const socket of sockets) socket.destroy()
      },
    )
    const identity = (await (await fetch(`${network.urlOf('a', 'b')}/grapevine/v1/identity`)).json()) as {
      gossip: string[]
    }
    const port = Number(identity.gossip[0]?.split('/').at(-1))
    assert.notEqual(port, target.gossip, 'what is advertised leads through the proxy')
    const socket = connect(port, '127.0.0.1')
    closing.push(() => socket.destroy())
    socket.on('error', () => undefined)
    let heard = ''
    socket.on('data', data => {
      heard += String(data)
    })
    const says = async (text: string): Promise<void> => {
      socket.write(text)
      await until(`${text} comes back`, DEADLINE_MS, () => heard.endsWith(text))
    }
    await says('hello')
    return { network, changes, socket, says, heard: () => heard }
  }

  it('holds what is cut, and lets it pass once it is healed, in order', async () => {
    for (const ways of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const { network, changes, socket, heard } = await start()
      network.cut([ways[0]], [ways[1]], 'hold')
      socket.write('one')
      socket.write('two')
      await assert.rejects(until('something passes', QUIET_MS, () => heard() !== 'hello'))
      network.heal(['a'], ['b'])
      network.heal(['b'], ['a'])
      await until('what waited comes back', DEADLINE_MS, () => heard() === 'helloonetwo')
      assert.deepEqual(changes, [`${ways[0]}>${ways[1]} cut`, `${ways[0]}>${ways[1]} up`])
    }
  })

  it('ends connections on a reset, and refuses new ones until it is healed', async () => {
    const { network, socket } = await start()
    const closed = new Promise(resolve => socket.once('close', resolve))
    network.cut(['a'], ['b'], 'reset')
    await closed
    await assert.rejects(fetch(`${network.urlOf('a', 'b')}/grapevine/v1/identity`))
    network.heal(['a'], ['b'])
    assert.equal((await fetch(`${network.urlOf('a', 'b')}/grapevine/v1/identity`)).status, 200)
  })

  it('delays both ways, and counts what has passed', async () => {
    const { network, says } = await start()
    network.slow(['a'], ['b'], { delayMs: 60 })
    network.slow(['b'], ['a'], { delayMs: 40 })
    const before = network.bytes()['a>b'] ?? 0
    const startedMs = performance.now()
    await says('late')
    assert.ok(performance.now() - startedMs >= 99, 'both delays')
    assert.equal((network.bytes()['a>b'] ?? 0) - before, 4)
  })
})
