import assert from 'node:assert/strict'
import { encodeHello } from '../../src/center/hello.ts'
import type { Mesh } from '../../src/center/ports.ts'
import type { ClusterId, Epoch } from '../../src/core/model.ts'
import { decodeFrame, encodeFrame } from '../../src/core/wire.ts'
import { startTestCenter, testNodeId } from '../helpers/center.ts'

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
