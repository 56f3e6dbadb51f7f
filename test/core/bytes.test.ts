import assert from 'node:assert/strict'
import fc from 'fast-check'
import { encodeFrame } from '../../src/core/wire.ts'
import { Link } from '../sim/world/link.ts'
import { World } from '../sim/world/world.ts'

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

/** Two siblings that have met. */
const meet = async (): Promise<World> => {
  const world = new World('bytes')
  const options = {
    label: 'sc1',
    peersConfigured: true,
    startAloneMs: 10_000,
    unreachable: 'mark',
    hideAfterMs: 60_000,
    silentNode: 'hide',
    orphanAfterMs: 86_400_000,
  } as const
  const [a, b] = ['A', 'B'].map(id => {
    const machine = { wallAtZeroMs: 1_800_000_000_000, rate: 1 }
    return world.addNode({ id: id as never, cluster: 0, machine, options, durable: true })
  })
  if (a === undefined || b === undefined) throw new Error('two nodes were added')
  const end = { role: 'sibling', configuredName: undefined } as const
  world.network.add(
    new Link(
      [
        { node: a, ...end },
        { node: b, ...end },
      ],
      1,
      0,
    ),
  )
  a.start()
  b.start()
  await world.run(3_000)
  return world
}

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
    const world = await meet()
    const node = world.nodes[0]
    const peer = world.nodes[1]
    if (node === undefined || peer === undefined) throw new Error('two nodes were added')
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
