import assert from 'node:assert/strict'
import { eachFleet } from '../helpers/each-fleet.ts'
import { until } from '../helpers/until.ts'

const DEADLINE_MS = 15_000

/** Intervals below the reference's, so that a lease ends within the test: 1 s × (3 + 1). */
const SHORT = ['--instance-min-interval', '1s']
const LEASE_MS = 4_000

describe('three clusters in a line', function () {
  this.timeout(60_000)
  const each = eachFleet()

  async function start() {
    const { fleet } = each
    const [one, two, three] = [await fleet.place(), await fleet.place(), await fleet.place()]
    const [clusters, flags] = [`sc1=${one.url},sc3=${three.url}`, SHORT]
    const a = fleet.node({ place: one, name: 'a', cluster: 'sc1', clusters: `sc2=${two.url}`, flags })
    const b = fleet.node({ place: two, name: 'b', cluster: 'sc2', clusters, flags })
    const c = fleet.node({ place: three, name: 'c', cluster: 'sc3', clusters: `sc2=${two.url}`, flags })
    await Promise.all([a.ready(), b.ready(), c.ready()])
    return { a, b, c }
  }

  it('see each other end to end, the ends by way of the middle', async () => {
    const { a, b, c } = await start()
    for (const [home, far] of [
      [a, c],
      [c, a],
      [b, a],
      [b, c],
    ] as const) {
      const name = `from-${home.name}-to-${far.name}`
      const sid = await home.registry.service(name)
      const iid = await home.registry.instance(sid)
      await until(`${far.name} finds ${name}`, DEADLINE_MS, async () => (await far.registry.ids(name)).join() === iid)
      await home.registry.unregister(sid, iid)
      await until(`${name} is gone`, DEADLINE_MS, async () => (await far.registry.ids(name)).length === 0)
    }
  })

  it('hear a heartbeat at one end for an instance of the other', async () => {
    const { a, c } = await start()
    const sid = await a.registry.service('held-at-a')
    const [silent, kept] = [
      await a.registry.instance(sid, { interval: 1 }),
      await a.registry.instance(sid, { interval: 1 }),
    ]
    await until('c finds both', DEADLINE_MS, async () => (await c.registry.ids('held-at-a')).length === 2)
    const endMs = performance.now() + 1.5 * LEASE_MS
    await until('the silent one is gone, the other has been heard for longer than its lease', DEADLINE_MS, async () => {
      await c.registry.heartbeat(sid, kept)
      return performance.now() > endMs && !(await a.registry.ids('held-at-a')).includes(silent)
    })
    assert.deepEqual(await a.registry.ids('held-at-a'), [kept])
  })
})
