import assert from 'node:assert/strict'
import { encodeHello } from '../../src/center/hello.ts'
import type { Mesh } from '../../src/center/ports.ts'
import type { ClusterId, Epoch, NodeId } from '../../src/core/model.ts'
import { decodeFrame, encodeFrame } from '../../src/core/wire.ts'
import { startTestCenter, testNodeId } from '../helpers/center.ts'
import { ManualClock } from '../helpers/manual-clock.ts'

describe('the first question of a repair', () => {
  it('is answered though it has overtaken the hello of who asks (simulation, seed 1894)', () => {
    const sent: string[] = []
    const mesh: Mesh = {
      publish: () => undefined,
      send: (_to, _lane, frame) => {
        const { type, fields } = decodeFrame(frame) ?? assert.fail()
        sent.push(`${type} ${typeof fields[0] === 'number' ? fields[0] : ''}`)
        return true
      },
      drop: () => undefined,
    }
    const center = startTestCenter({ mesh })
    const node = testNodeId()
    center.connected({ node, role: 'sibling', configuredName: undefined })
    center.message(node, 'repair', encodeFrame('compare', 7, new Uint8Array(16), '00', '00'))
    assert.ok(!sent.includes('state 7'), 'who has said no hello is told nothing')
    const cluster = center.status().clusterId as ClusterId
    const hello = { epoch: '00112233445566aa' as Epoch, clusterId: cluster, established: true, label: 'sc1' }
    center.message(node, 'peer', encodeHello({ ...hello, role: 'sibling' }))
    assert.ok(sent.includes('state 7'), sent.join(', '))
  })
})

describe('many peers that come at once', () => {
  it('are repaired with a few at a time, and the others when these are done or do not get on', () => {
    const asked: { readonly to: NodeId; readonly id: unknown }[] = []
    const mesh: Mesh = {
      publish: () => undefined,
      send: (to, _lane, frame) => {
        const { type, fields } = decodeFrame(frame) ?? assert.fail()
        if (type === 'compare') asked.push({ to, id: fields[0] })
        return true
      },
      drop: () => undefined,
    }
    const clock = new ManualClock()
    const center = startTestCenter({ mesh, clock })
    const cluster = center.status().clusterId as ClusterId
    for (let i = 0; i < 6; i++) {
      const node = testNodeId()
      const epoch = `00112233445566a${i}` as Epoch
      center.connected({ node, role: 'sibling', configuredName: undefined })
      const hello = { epoch, clusterId: cluster, established: true, label: 'sc1', role: 'sibling' } as const
      center.message(node, 'peer', encodeHello(hello))
    }
    assert.equal(asked.length, 3)
    const [first] = asked
    center.message(first?.to ?? assert.fail(), 'repair', encodeFrame('same', first?.id))
    center.tick()
    assert.equal(asked.length, 4, 'one is done')
    clock.advance(1_500)
    center.tick()
    assert.equal(asked.length, 6, 'three do not answer')
    assert.equal(new Set(asked.map(({ to }) => to)).size, 6)
  })
})
