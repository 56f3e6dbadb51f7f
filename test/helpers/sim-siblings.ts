import { Link } from '../sim/world/link.ts'
import type { SimNode } from '../sim/world/node.ts'
import { World } from '../sim/world/world.ts'

/** Two siblings in a simulated world of their own, three seconds after they started and met. */
export const meet = async (
  seed: string,
): Promise<{ readonly world: World; readonly node: SimNode; readonly peer: SimNode }> => {
  const world = new World(seed)
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
  return { world, node: a, peer: b }
}
