import assert from 'node:assert/strict'
import { FanOut } from '../../src/api/servicecomb/sockets/fan-out.ts'
import { registerInstance, setInstanceStatus } from '../../src/core/commands/instance.ts'
import { registerService } from '../../src/core/commands/service.ts'
import { call } from '../helpers/http.ts'
import { startTestNode, type TestNode } from '../helpers/node.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'
import { TestSocket } from '../helpers/socket.ts'

const frames = (count: number) => Array.from({ length: count }, (_, i) => Buffer.from(String(i)))

describe('frames to many watchers', () => {
  const collect = () => {
    const got: string[][] = []
    const later: (() => void)[] = []
    const fanOut = new FanOut<string[]>(
      (watcher, frame) => watcher.push(frame.toString()),
      run => later.push(run),
    )
    const turn = () => {
      for (const run of later.splice(0)) run()
    }
    const watchers = (count: number) => Array.from({ length: count }, () => got[got.push([]) - 1] as string[])
    return { got, fanOut, watchers, turn, sent: () => got.reduce((sum, each) => sum + each.length, 0) }
  }

  it('leave room for other work, and arrive in order', () => {
    const { got, fanOut, watchers, turn, sent } = collect()
    const many = watchers(1_200)
    for (const frame of frames(3)) fanOut.add(frame, many)
    assert.equal(sent(), 500)
    turn()
    assert.equal(sent(), 1_000)
    const latecomer = watchers(1)
    fanOut.add(Buffer.from('3'), [...many, ...latecomer])
    for (let i = 0; i < 8; i++) turn()
    assert.equal(sent(), 4 * 1_200 + 1)
    for (const each of got.slice(0, 1_200)) assert.deepEqual(each, ['0', '1', '2', '3'])
    assert.deepEqual(got[1_200], ['3'])
    fanOut.add(Buffer.from('4'), many.slice(0, 2))
    assert.deepEqual(got[1], ['0', '1', '2', '3', '4'])
  })

  it('do not wait without end', () => {
    const { fanOut, watchers, sent } = collect()
    const many = watchers(600)
    for (const frame of frames(1_000)) fanOut.add(frame, many)
    assert.equal(sent(), 500)
    fanOut.add(Buffer.from('more'), many)
    assert.equal(sent(), 600 * 1_001)
  })
})

describe('what many ask for', () => {
  const rendered = { find: 0, event: 0 }
  let node: TestNode

  before(async () => {
    node = await startTestNode(
      {},
      {
        metrics: {
          scrape: async () => '',
          answers: () => () => undefined,
          refused: () => undefined,
          sockets: () => undefined,
          rendered: what => {
            rendered[what]++
          },
        },
      },
    )
  })

  after(() => node.close())

  it('is rendered once, however many read it', async () => {
    const { id: provider } = await node.catalog.execute(registerService(SCOPE, draft('provider'), rules()))
    const { id: consumer } = await node.catalog.execute(registerService(SCOPE, draft('consumer'), rules()))
    const instance = { instanceId: 'one', hostName: 'host', endpoints: ['rest://127.0.0.1:1'] }
    await node.catalog.execute(registerInstance(SCOPE, provider, instance, rules()))
    const find = `/v4/${SCOPE.project}/registry/instances?appId=${draft('provider').appId}&serviceName=provider`
    for (let i = 0; i < 5; i++) {
      assert.equal((await call(node.url, 'GET', find, { headers: { 'X-ConsumerId': consumer } })).status, 200)
    }
    assert.deepEqual(rendered, { find: 1, event: 0 })
    const path = `/v4/${SCOPE.project}/registry/microservices/${consumer}/watcher`
    const watchers = await Promise.all([1, 2, 3].map(() => new TestSocket(node.url, path).opened()))
    await node.catalog.execute(setInstanceStatus(SCOPE, provider, 'one', 'DOWN'))
    await Promise.all(watchers.map(watcher => watcher.until(({ messages }) => messages.length === 1)))
    for (const watcher of watchers) watcher.socket.terminate()
    for (let i = 0; i < 3; i++) await call(node.url, 'GET', find)
    assert.deepEqual(rendered, { find: 2, event: 1 })
  })

  it('is not rendered again because something else has changed', async () => {
    const ids: string[] = []
    for (const name of ['read', 'changed']) {
      const { id } = await node.catalog.execute(registerService(SCOPE, draft(name), rules()))
      await node.catalog.execute(registerInstance(SCOPE, id, { instanceId: 'one', hostName: 'host' }, rules()))
      ids.push(id)
    }
    const [, changed = ''] = ids
    const find = (name: string) =>
      call(node.url, 'GET', `/v4/default/registry/instances?appId=${draft(name).appId}&serviceName=${name}`)
    const first = await find('read')
    const before = rendered.find
    for (const status of ['DOWN', 'UP']) {
      await node.catalog.execute(setInstanceStatus(SCOPE, changed, 'one', status))
      const again = await find('read')
      assert.equal(again.headers['x-resource-revision'], first.headers['x-resource-revision'])
      assert.equal(again.text, first.text)
    }
    assert.equal(rendered.find, before)
    await find('changed')
    assert.equal(rendered.find, before + 1)
  })
})
