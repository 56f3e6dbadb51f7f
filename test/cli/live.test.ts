import assert from 'node:assert/strict'
import type { PastEvent } from '../../src/core/why/facts.ts'
import { eachFleet } from '../helpers/each-fleet.ts'
import { GRAPEVINE, type NodeProcess } from '../helpers/process.ts'

const DEADLINE_MS = 30_000

describe('commands that go on until something happens', function () {
  this.timeout(120_000)
  const each = eachFleet()

  /** With `--verbose` a command tells each request: so it is known when it has begun to wait. */
  const start = async (node: NodeProcess, begun: RegExp, ...args: readonly string[]) => {
    const program = each.fleet.program(args.join(' '), GRAPEVINE, [...args, '-v', '--addr', node.url])
    await program.line(begun, DEADLINE_MS)
    return program
  }
  const alone = async (): Promise<NodeProcess> => {
    const place = await each.fleet.place()
    return each.fleet.node({ place, name: 'a', cluster: 'sc1' }).ready()
  }

  it('events --follow tells those that come', async () => {
    const node = await alone()
    const args = ['events', '--follow', '--service', 'late', '--count', '1', '-o', 'json']
    const following = await start(node, /admin\/events: 200/, ...args)
    await node.registry.service('other')
    await node.registry.service('late')
    const event = JSON.parse(await following.line(/^\{/, DEADLINE_MS)) as PastEvent
    assert.deepEqual([event.kind, event.key?.serviceName], ['service-registered', 'late'])
    assert.equal((await following.ended(DEADLINE_MS)).code, 0)
  })

  it('watch tells what is there, then what changes', async () => {
    const node = await alone()
    const sid = await node.registry.service('orders')
    await node.registry.instance(sid, { instanceId: 'i1' })
    const watching = await start(node, /browse\/instances: 200/, 'watch', 'orders', '--count', '1')
    await watching.line(/^i1 +orders/, DEADLINE_MS)
    await node.registry.request('PUT', `/v4/default/registry/microservices/${sid}/instances/i1/status?value=DOWN`)
    await watching.line(/instance-changed +sc1 orders 1\.0\.0 i1 status DOWN$/, DEADLINE_MS)
    assert.equal((await watching.ended(DEADLINE_MS)).code, 0)
  })
})
