import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { encodeFrame, PROTOCOL, pack, unpack } from '../../src/core/wire.ts'
import { meet } from '../helpers/sim-siblings.ts'
import { newer, older } from '../sim/plan/dialects.ts'
import { FRAME_TYPES, meaningOf } from './meaning.ts'

interface Recorded {
  readonly type: string
  readonly hex: string
  readonly means: string
}

const RECORDED = parse(readFileSync(new URL('frames-1.yaml', import.meta.url), 'utf8')) as readonly Recorded[]
const bytesOf = ({ hex }: Recorded): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))

describe('recorded frames of version 1', () => {
  it('are one of each type', () => {
    assert.deepEqual(RECORDED.map(({ type }) => type).sort(), [...FRAME_TYPES].sort())
  })

  for (const frame of RECORDED) {
    it(`${frame.type} means what it meant`, () => {
      assert.equal(meaningOf(bytesOf(frame)), frame.means)
    })

    it(`${frame.type} of a made-up previous version means the same`, () => {
      const rewritten = older(bytesOf(frame))
      assert.equal((unpack(rewritten) as unknown[])[0], PROTOCOL - 1)
      assert.equal(meaningOf(rewritten), frame.means)
    })

    it(`${frame.type} of a made-up future version means the same, without what it adds`, () => {
      const rewritten = newer(bytesOf(frame))
      assert.equal((unpack(rewritten) as unknown[])[0], PROTOCOL + 1)
      assert.equal(meaningOf(rewritten), frame.means)
    })
  }

  it('are understood two versions back and not three', () => {
    const beats = RECORDED.find(({ type }) => type === 'beats') as Recorded
    const [, ...rest] = unpack(bytesOf(beats)) as unknown[]
    for (const version of [PROTOCOL, PROTOCOL + 1, PROTOCOL + 9]) {
      assert.equal(meaningOf(pack([version, ...rest])), beats.means, `version ${version}`)
    }
    for (const version of [PROTOCOL - 3, -1, 0.5, '1', null]) {
      assert.equal(meaningOf(pack([version, ...rest])), undefined, `version ${version}`)
    }
  })
})

describe('a node', () => {
  it('passes over frames of types that it does not know, counts them, and blames nobody', async () => {
    const { node, peer } = await meet('unknown types')
    const frame = encodeFrame('weather', 'rain', [1, 2])
    node.message(peer.id, 'peer', frame)
    node.message(peer.id, 'repair', encodeFrame('weather', 1))
    assert.equal(node.gossip(peer.id, peer.id, frame), 'ignore')
    assert.deepEqual(node.center?.counters.snapshot(), { 'unknown-frame': 3 })
  })

  for (const { type } of RECORDED) {
    it(`counts ${type} with other fields than it has`, async () => {
      const { node, peer } = await meet('malformed')
      const lane = REPAIR.has(type) ? 'repair' : 'peer'
      const frame = encodeFrame(type, 'x', null)
      if (type === 'changes') assert.equal(node.gossip(peer.id, peer.id, frame), 'reject')
      else node.message(peer.id, lane, frame)
      const kind = type === 'changes' ? 'gossip' : lane
      assert.deepEqual(node.center?.counters.snapshot(), { [`malformed-${kind}`]: 1 })
    })
  }
})

const REPAIR = new Set(FRAME_TYPES.slice(FRAME_TYPES.indexOf('compare')))
