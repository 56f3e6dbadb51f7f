import assert from 'node:assert/strict'
import type { PeersView } from '../../src/center/ports.ts'
import { CARD_WIDTH, layOut, type Picture } from '../../src/ui/app/views/overview/layout.ts'
import { peer, peersView } from './peers.ts'

describe('the picture of a federation', () => {
  const clusters = (count: number, nodesEach: number) =>
    Array.from({ length: count }, (_, i) =>
      Array.from({ length: nodesEach }, (_, j) =>
        peer(`${i}-${j}`, { cluster: `sc${i + 1}`, state: i + j === 0 ? 'self' : 'up' }),
      ),
    ).flat()
  const picture = (count: number, nodesEach: number, width: number, more: Partial<PeersView> = {}): Picture =>
    layOut(peersView({ node: 'id-0-0' as PeersView['node'], peers: clusters(count, nodesEach), ...more }), width)

  it('no card lies on another or beside the page, however many there are', () => {
    for (const width of [300, 640, 1_000, 1_600]) {
      for (const count of [1, 2, 3, 4, 7, 20]) {
        const { clusters: cards, height } = picture(count, 3, width)
        assert.equal(cards.length, count)
        for (const [i, one] of cards.entries()) {
          assert.ok(one.x >= 0 && one.x + CARD_WIDTH <= width + 0.01, `${count} in ${width}: ${one.x}`)
          assert.ok(one.y >= 0 && one.y + one.height <= height + 0.01, `${count} in ${width}`)
          for (const other of cards.slice(i + 1)) {
            const apart =
              Math.abs(one.x - other.x) >= CARD_WIDTH ||
              one.y + one.height <= other.y ||
              other.y + other.height <= one.y
            assert.ok(apart, `${one.name} and ${other.name} of ${count} in ${width}`)
          }
        }
      }
    }
  })

  it('the own cluster first, nodes by name', () => {
    const { clusters: cards } = picture(3, 2, 1_000, { cluster: 'sc2' })
    assert.deepEqual(
      cards.map(({ name, own }) => [name, own]),
      [
        ['sc2', true],
        ['sc1', false],
        ['sc3', false],
      ],
    )
    assert.deepEqual(
      cards[1]?.nodes.map(node => node.peer.name),
      ['0-0', '0-1'],
    )
  })

  it('links within a cluster, between clusters, and the one that should be there', () => {
    const far = peer('2-0', { cluster: 'sc3', state: 'silent' })
    const view = {
      peers: [...clusters(2, 2), far],
      links: [
        [0, 1],
        [0, 2],
        [1, 9],
      ] as const,
    }
    const addresses = [
      { address: 'x', role: 'foreign', cluster: 'sc3', state: 'waiting', node: far.node, failures: 1, error: '' },
    ] as const
    const { links } = picture(0, 0, 1_600, { ...view, addresses })
    const drawn = links.map(({ isInner, isCut, label }) => [isInner, isCut, label?.node])
    assert.deepEqual(drawn, [
      [true, false, undefined],
      [false, false, 'id-1-0'],
      [false, true, 'id-2-0'],
    ])
    assert.equal(
      picture(0, 0, 600, { ...view, addresses }).links.every(({ label }) => label === undefined),
      true,
      'no room',
    )
  })
})
