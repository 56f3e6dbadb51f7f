import assert from 'node:assert/strict'
import fc from 'fast-check'
import { encodeFrame } from '../../src/core/wire.ts'
import { meet } from '../helpers/sim-siblings.ts'

const TYPES = [
  'hello',
  'beats',
  'heartbeats',
  'heard',
  'ask',
  'answer',
  'changes',
  'writes',
  'compare',
  'state',
  'same',
]
const REPAIR = ['pull', 'slice', 'more', 'fingerprints', 'cells', 'count', 'list', 'living']

const frames = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .tuple(fc.constantFrom(...TYPES, ...REPAIR), fc.array(fc.anything({ withTypedArray: true }), { maxLength: 6 }))
    .map(([type, fields]) => encode(type, fields)),
)

/** Not everything can be packed; then the type alone. */
const encode = (type: string, fields: readonly unknown[]): Uint8Array => {
  try {
    return encodeFrame(type, ...fields)
  } catch {
    return encodeFrame(type)
  }
}

describe('any byte string from a peer', () => {
  it('is a frame or a counted error at every entry, and never thrown', async () => {
    const { world, node, peer } = await meet('bytes')
    fc.assert(
      fc.property(frames, frame => {
        node.process?.run(() => {
          node.message(peer.id, 'peer', frame)
          node.message(peer.id, 'repair', frame)
          assert.ok(['accept', 'ignore', 'reject'].includes(node.gossip(peer.id, peer.id, frame)))
        })
        assert.deepEqual(
          world.verdicts.violations.map(({ text }) => text),
          [],
        )
      }),
      { numRuns: 2_000 },
    )
    await world.run(5_000)
    assert.deepEqual(
      world.verdicts.violations.map(({ text }) => text),
      [],
    )
  })
})
