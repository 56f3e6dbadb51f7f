import assert from 'node:assert/strict'
import { DEFAULT_LIMITS } from '../../src/api/options.ts'
import { TICK_MS } from '../../src/center/center.ts'
import { recordDependency } from '../../src/core/commands/dependency.ts'
import { registerInstance, setInstanceProperties, unregisterInstance } from '../../src/core/commands/instance.ts'
import { deleteService, registerService } from '../../src/core/commands/service.ts'
import { call } from '../helpers/http.ts'
import { ManualClock } from '../helpers/manual-clock.ts'
import { startTestNode, type TestNode } from '../helpers/node.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'
import { TestSocket } from '../helpers/socket.ts'
import { until } from '../helpers/until.ts'

const REGISTRY = '/v4/default/registry'

interface World {
  readonly node: TestNode
  readonly clock: ManualClock
  readonly consumer: string
  readonly provider: string
  open(path?: string, options?: object): TestSocket
  /** Registers an instance of the provider. */
  add(instanceId: string): Promise<string>
  revision(): Promise<string>
}

/** A node with a consumer that uses a provider. */
async function world(limits: Partial<typeof DEFAULT_LIMITS> = {}): Promise<World> {
  const clock = new ManualClock()
  const node = await startTestNode({ limits: { ...DEFAULT_LIMITS, ...limits } }, { clock })
  const { catalog } = node
  const consumer = (await catalog.execute(registerService(SCOPE, draft('consumer'), rules()))).id
  const provider = (await catalog.execute(registerService(SCOPE, draft('provider'), rules()))).id
  const uses = catalog.read(view => view.service(SCOPE, consumer))
  assert.ok(uses)
  await catalog.execute(recordDependency(uses, { appId: 'app', serviceName: 'provider' }))
  return {
    node,
    clock,
    consumer,
    provider,
    open: (path = `${REGISTRY}/microservices/${consumer}/watcher`, options = {}) =>
      new TestSocket(node.url, path, options),
    add: instanceId => catalog.execute(registerInstance(SCOPE, provider, { hostName: 'h', instanceId }, rules())),
    revision: async () => {
      const found = await call(node.url, 'GET', `${REGISTRY}/instances?appId=app&serviceName=provider`)
      return String(found.headers['x-resource-revision'])
    },
  }
}

const remove = ({ node, provider }: World, instanceId: string) =>
  node.catalog.execute(unregisterInstance(SCOPE, provider, instanceId))

const told = (socket: TestSocket) =>
  socket.messages.map(message => {
    const { action, instance } = message as { action: string; instance: { instanceId: string } }
    return `${action} ${instance.instanceId}`
  })

/** Time as a node lives it: a center that were not ticked all along would take itself for suspended. */
function pass({ clock, node }: World, ms: number): void {
  for (let passed = 0; passed < ms; passed += TICK_MS) {
    clock.advance(TICK_MS)
    node.catalog.tick()
  }
}

/** How many commands a node has executed since. */
function countCommands({ catalog }: TestNode): () => number {
  const execute = catalog.execute.bind(catalog)
  let count = 0
  catalog.execute = command => {
    count++
    return execute(command)
  }
  return () => count
}

describe('websockets', () => {
  const worlds: World[] = []
  const start = async (limits: Partial<typeof DEFAULT_LIMITS> = {}): Promise<World> => {
    const started = await world(limits)
    worlds.push(started)
    return started
  }

  afterEach(async () => {
    await Promise.all(worlds.splice(0).map(({ node }) => node.close()))
  })

  describe('a watcher', () => {
    it('of an unknown service is refused at the handshake', async () => {
      const { open } = await start()
      const { status, body } = await open(`${REGISTRY}/microservices/nobody/watcher`).refusal()
      assert.equal(status, 400)
      assert.equal(JSON.parse(body).errorCode, '400012')
    })

    it('is pinged every 30 s, and dropped when nothing comes back for 120 s', async () => {
      const { open, clock } = await start()
      const alive = await open().opened()
      const dead = await open(undefined, { autoPong: false }).opened()
      clock.advance(30_000)
      await alive.until(({ pings }) => pings === 1)
      await dead.until(({ pings }) => pings === 1)
      // The pong of the first has arrived when the server answers its own ping.
      alive.socket.ping()
      await new Promise(resolve => alive.socket.once('pong', resolve))
      clock.advance(91_000)
      assert.equal((await dead.closed).code, 1006)
      assert.equal(alive.socket.readyState, alive.socket.OPEN)
    })

    it('that pings by itself is not pinged any more', async () => {
      const { open, clock } = await start()
      const socket = await open().opened()
      for (let minute = 0; minute < 5; minute++) {
        socket.socket.ping()
        await new Promise(resolve => socket.socket.once('pong', resolve))
        clock.advance(60_000)
      }
      assert.equal(socket.pings, 0)
      assert.equal(socket.socket.readyState, socket.socket.OPEN)
    })

    it('may not say much', async () => {
      const socket = await (await start()).open().opened()
      socket.socket.send('x'.repeat(64))
      socket.socket.send('x'.repeat(65))
      assert.equal((await socket.closed).code, 1009)
    })

    it('is one of at most so many of a consumer, and of a node', async () => {
      const few = await start({ watchersPerConsumerMax: 1 })
      await few.open().opened()
      const perConsumer = await few.open().refusal()
      assert.equal(JSON.parse(perConsumer.body).errorCode, '400100')
      assert.deepEqual(few.node.refused, ['watchersPerConsumerMax'])
      const none = await start({ socketsMax: 0 })
      assert.equal((await none.open().refusal()).status, 400)
      assert.deepEqual(none.node.refused, ['socketsMax'])
    })

    it('that does not keep up is closed, and the others are not', async () => {
      const { open, add, node, provider } = await start({ watcherBufferBytesMax: 64 * 1024 })
      const slow = await open().opened()
      const quick = await open().opened()
      slow.socket.pause()
      await add('one')
      const text = 'x'.repeat(60_000)
      for (let change = 0; !node.refused.includes('watcherBufferBytesMax'); change++) {
        const properties = { text, change: String(change) }
        await node.catalog.execute(setInstanceProperties(SCOPE, provider, 'one', properties, rules().instances))
        await quick.until(({ messages }) => messages.length === change + 2)
      }
      slow.socket.resume()
      assert.equal((await slow.closed).code, 4002)
      assert.equal(quick.socket.readyState, quick.socket.OPEN)
    })

    it('is closed when its consumer has gone', async () => {
      const { open, clock, node, consumer } = await start()
      const socket = await open().opened()
      await node.catalog.execute(deleteService(SCOPE, consumer, true))
      clock.advance(30_000)
      assert.equal((await socket.closed).code, 4003)
    })

    it('is told when the node leaves', async () => {
      const { open, node } = await world()
      const socket = await open().opened()
      await node.close()
      assert.equal((await socket.closed).code, 1001)
    })
  })

  describe('a watcher that says what it holds', () => {
    const resume = async (started: World, revision: string): Promise<TestSocket> =>
      started.open(`${REGISTRY}/microservices/${started.consumer}/watcher?rev=${revision}`).opened()

    it('hears nothing when that is all there is', async () => {
      const started = await start()
      await started.add('one')
      const socket = await resume(started, await started.revision())
      await started.add('two')
      await socket.until(({ messages }) => messages.length > 0)
      assert.deepEqual(told(socket), ['CREATE two'])
    })

    it('hears what it missed, removals included, and then what comes', async () => {
      const started = await start()
      await started.add('one')
      const revision = await started.revision()
      await started.add('two')
      await remove(started, 'one')
      const socket = await resume(started, revision)
      await started.add('three')
      await socket.until(({ messages }) => messages.length === 3)
      assert.deepEqual(told(socket), ['CREATE two', 'DELETE one', 'CREATE three'])
    })

    it('hears of everything when nobody remembers how long ago that was', async () => {
      const started = await start()
      await started.add('one')
      await started.add('two')
      const socket = await resume(started, '0123456789abcdef')
      await socket.until(({ messages }) => messages.length === 2)
      assert.deepEqual(told(socket).toSorted(), ['UPDATE one', 'UPDATE two'])
    })
  })

  describe('a heartbeat socket', () => {
    const path = ({ provider }: World, instanceId: string) =>
      `${REGISTRY}/microservices/${provider}/instances/${instanceId}/heartbeat`

    it('keeps an instance alive by its pongs, and is closed when it has gone', async () => {
      const started = await start()
      await started.add('one')
      await started.add('two')
      const socket = await started.open(path(started, 'one')).opened()
      const heard = countCommands(started.node)
      for (let pong = 1; pong <= 6; pong++) {
        pass(started, 30_000)
        // One command by the socket, one by the node itself, which keeps itself alive just as often.
        await until('the pong arrives', 5_000, () => heard() === 2 * pong)
      }
      const alive = started.node.catalog.read(view => view.service(SCOPE, started.provider)?.instances())
      assert.deepEqual(
        alive?.map(({ instanceId }) => instanceId),
        ['one'],
      )
      await remove(started, 'one')
      started.clock.advance(30_000)
      assert.equal((await socket.closed).code, 4001)
    })

    it('of an unknown instance opens and is closed', async () => {
      const started = await start()
      assert.equal((await started.open(path(started, 'nobody')).closed).code, 4001)
    })
  })

  it('elsewhere, or without a key, are ordinary requests', async () => {
    const { open, node, consumer } = await start()
    assert.equal((await open(`${REGISTRY}/microservices`).refusal()).status, 200)
    assert.equal((await open('/nowhere').refusal()).status, 404)
    const watcher = `${REGISTRY}/microservices/${consumer}/watcher`
    const headers = { connection: 'upgrade', upgrade: 'websocket' }
    assert.deepEqual((await call(node.url, 'GET', watcher, { headers })).text, 'Bad Request\n')
    assert.equal((await call(node.url, 'GET', watcher, { headers: { ...headers, upgrade: 'h2c' } })).status, 400)
  })
})
