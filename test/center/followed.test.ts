import assert from 'node:assert/strict'
import type { Arrival, Mesh, Origin } from '../../src/center/ports.ts'
import { registerService } from '../../src/core/commands/service.ts'
import type { NodeId } from '../../src/core/model.ts'
import { decodeFrame } from '../../src/core/wire.ts'
import { startTestCenter } from '../helpers/center.ts'
import { LinkedCenters } from '../helpers/linked-centers.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'

const ORIGIN: Origin = { requestId: 'order-66', trace: '' }

describe('a request that is followed', () => {
  it('is told to the nodes that its write arrives at, and others are not', async () => {
    const world = new LinkedCenters()
    const arrivals: Arrival[] = []
    let current: Origin | undefined
    const a = world.add('a', 'sc1', { origin: () => current })
    const b = world.add('b', 'sc2', { arrived: arrival => arrivals.push(arrival) })
    world.link(a, b)
    world.run(1_000)
    await a.execute(registerService(SCOPE, draft('before'), rules()))
    current = ORIGIN
    await a.execute(registerService(SCOPE, draft('orders'), rules()))
    current = undefined
    await a.execute(registerService(SCOPE, draft('behind'), rules()))
    world.run(1_000)
    assert.equal(arrivals.length, 1)
    const [{ origin, author, cluster, keys, tookMs } = assert.fail()] = arrivals
    assert.deepEqual([origin, author, cluster], [ORIGIN, a.status().node, a.status().clusterId])
    assert.deepEqual(
      keys.map(key => key.split('/')[1]),
      ['service'],
    )
    assert.ok(tookMs >= 0)
    const names = b.read(view => view.services(SCOPE, {}).map(each => each.key.serviceName))
    for (const name of ['before', 'orders', 'behind']) assert.ok(names.includes(name), `${name} is not in ${names}`)
  })

  it('adds no byte to the frames of others', async () => {
    const frames: Uint8Array[] = []
    const mesh: Mesh = { publish: frame => frames.push(frame), send: () => false, drop: () => undefined }
    const center = startTestCenter({ mesh })
    center.connected({ node: 'peer' as NodeId, role: 'foreign', configuredName: undefined })
    await center.execute(registerService(SCOPE, draft('orders'), rules()))
    center.leave()
    assert.ok(frames.length > 0)
    for (const frame of frames) assert.equal(decodeFrame(frame)?.fields.length, 2)
  })
})
