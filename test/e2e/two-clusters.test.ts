import assert from 'node:assert/strict'
import { eachFleet } from '../helpers/each-fleet.ts'
import type { NodeProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'

const SPREAD_DEADLINE_MS = 10_000
const START_DEADLINE_MS = 30_000

/** Own labels of two clusters that call each other sc1 and sc2; undefined: started without `--cluster`. */
const LABELS = [
  { title: 'labelled as they are called', sc1: 'sc1', sc2: 'sc2' },
  { title: 'labelled otherwise than they are called', sc1: 'west', sc2: 'east' },
  { title: 'both without a label', sc1: undefined, sc2: undefined },
  { title: 'both under the same label', sc1: 'home', sc2: 'home' },
]

describe('two clusters', function () {
  this.timeout(60_000)
  const each = eachFleet()

  for (const { title, sc1, sc2 } of LABELS) {
    it(`find each other's services: ${title}`, async () => {
      const [one, two] = [await each.fleet.place(), await each.fleet.place()]
      const label = (cluster: string | undefined) => (cluster === undefined ? {} : { cluster })
      const a = each.fleet.node({ place: one, name: 'a', clusters: `sc2=${two.url}`, ...label(sc1) })
      const b = each.fleet.node({ place: two, name: 'b', clusters: `sc1=${one.url}`, ...label(sc2) })
      await Promise.all([a.ready(), b.ready()])
      await findEachOther(a, b)
      // The reader's name for a peer, whatever the peer calls itself.
      assert.deepEqual(await clustersSeen(a), [sc1 ?? 'own', 'sc2'].sort(), 'clusters seen by a')
      assert.deepEqual(await clustersSeen(b), [sc2 ?? 'own', 'sc1'].sort(), 'clusters seen by b')
    })
  }

  for (const late of ['a', 'b'] as const) {
    it(`find each other when ${late} starts after the other has tried in vain`, async () => {
      const [one, two] = [await each.fleet.place(), await each.fleet.place()]
      const start = {
        a: () => each.fleet.node({ place: one, name: 'a', cluster: 'west', clusters: `sc2=${two.url}` }),
        b: () => each.fleet.node({ place: two, name: 'b', cluster: 'east', clusters: `sc1=${one.url}` }),
      }
      const early = start[late === 'a' ? 'b' : 'a']()
      await early.line(/peer not reached/, START_DEADLINE_MS)
      const other = start[late]()
      await Promise.all([early.ready(), other.ready()])
      await findEachOther(early, other)
    })
  }

  it('keep what a cut link hides, and catch up within 6 s when it is healed', async () => {
    const { fleet } = each
    const [one, two] = [await fleet.place(), await fleet.place()]
    const links = [
      await fleet.proxy(one.http),
      await fleet.proxy(one.gossip),
      await fleet.proxy(two.http),
      await fleet.proxy(two.gossip),
    ]
    const [httpOne, gossipOne, httpTwo, gossipTwo] = links.map(link => link.port)
    const sc1 = { place: one, clusters: `sc2=http://127.0.0.1:${httpTwo}`, advertise: Number(gossipOne) }
    const sc2 = { place: two, clusters: `sc1=http://127.0.0.1:${httpOne}`, advertise: Number(gossipTwo) }
    const { sc1: a, sc2: b } = await fleet.twoClusters({ sc1, sc2 })
    await findEachOther(a, b)

    const kept = await Promise.all([a.registry.ids('at-a'), a.registry.ids('at-b')])
    for (const link of links) link.cut()
    const during = [await a.registry.service('during-a'), await b.registry.service('during-b')]
    await a.registry.instance(during[0] ?? '')
    await b.registry.instance(during[1] ?? '')
    assert.deepEqual(await b.registry.ids('during-a'), [])
    assert.deepEqual(await Promise.all([b.registry.ids('at-a'), b.registry.ids('at-b')]), kept)

    for (const link of links) link.heal()
    await until('each sees what the other registered meanwhile', 6_000, async () => {
      const [atA, atB] = [await a.registry.ids('during-b'), await b.registry.ids('during-a')]
      return atA.length === 1 && atB.length === 1
    })
  })
})

/** Registers a service at each, and follows both through find, `global=0`, an update and the unregistration. */
async function findEachOther(a: NodeProcess, b: NodeProcess): Promise<void> {
  for (const [home, abroad, name] of [
    [a, b, 'at-a'],
    [b, a, 'at-b'],
  ] as const) {
    const sid = await home.registry.service(name)
    const iid = await home.registry.instance(sid, { endpoints: ['rest://127.0.0.1:9'] })
    const passing = await home.registry.instance(sid)
    await until(
      `${abroad.name} finds ${name}`,
      SPREAD_DEADLINE_MS,
      async () => (await abroad.registry.ids(name)).length === 2,
    )
    assert.deepEqual(await abroad.registry.ids(name, '&global=0'), [], `${name} is not local at ${abroad.name}`)
    assert.deepEqual((await home.registry.ids(name, '&global=0')).length, 2, `${name} is local at ${home.name}`)
    await home.registry.unregister(sid, passing)
    await until(`${passing} is gone at ${abroad.name}`, SPREAD_DEADLINE_MS, async () => {
      return (await abroad.registry.ids(name)).join() === iid
    })
  }
}

/** Names under which a reader sees the clusters of its instances; a generated one counts as `own`. */
async function clustersSeen(reader: NodeProcess): Promise<string[]> {
  const found = [
    ...(await reader.registry.find('at-a', '&origin=1')),
    ...(await reader.registry.find('at-b', '&origin=1')),
  ]
  return found.map(({ cluster }) => cluster?.replace(/^c-[0-9a-f]{8}$/, 'own') ?? 'unknown').sort()
}
