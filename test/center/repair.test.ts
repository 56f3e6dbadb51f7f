import assert from 'node:assert/strict'
import { registerService } from '../../src/core/commands/service.ts'
import type { Epoch } from '../../src/core/model.ts'
import { decodeFrame } from '../../src/core/wire.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'
import { meet } from '../helpers/sim-siblings.ts'
import type { SimNode } from '../sim/world/node.ts'

const STARTS = 5_000

const note = (node: SimNode, start: number): void => {
  node.center?.replica.catalog.context.addRange(start.toString(16).padStart(16, '0') as Epoch, 1, 40)
}

/** Two siblings that have seen thousands of starts, one of which registers something that gossip does not bring. */
const afterYears = async (lack: number) => {
  const met = await meet('repair')
  const { world, node, peer } = met
  for (let start = 1; start <= STARTS; start++) {
    if (start > lack) note(node, start)
    note(peer, start)
  }
  for (const link of world.network.links) link.weather = { ...link.weather, loss: 1 }
  const states: number[] = []
  const { send } = world.network
  world.network.send = (from, to, lane, frame) => {
    if (decodeFrame(frame)?.type === 'state') states.push(frame.length)
    return send.call(world.network, from, to, lane, frame)
  }
  await Promise.all([peer.center?.execute(registerService(SCOPE, draft('late'), rules())), world.run(40_000)])
  return { ...met, states }
}

describe('a repair after years', () => {
  it('lists no starts that are over where both have seen the same of them', async () => {
    const { node, peer, states } = await afterYears(0)
    const [one, other] = [node.center?.replica.catalog, peer.center?.replica.catalog]
    assert.equal(one?.fingerprint().hex(), other?.fingerprint().hex())
    assert.ok(states.length > 0)
    assert.ok(Math.max(...states) < 200, `a state of ${Math.max(...states)} bytes`)
  })

  it('lists them where the two have not, and they are known afterwards', async () => {
    const { node, peer, states } = await afterYears(3)
    const [one, other] = [node.center?.replica.catalog, peer.center?.replica.catalog]
    assert.equal(one?.fingerprint().hex(), other?.fingerprint().hex())
    assert.ok(one?.context.covers('0000000000000001' as Epoch, 40))
    assert.ok(Math.max(...states) > STARTS * 8)
  })
})
