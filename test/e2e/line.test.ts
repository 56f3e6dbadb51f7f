import assert from 'node:assert/strict'
import { eachFleet } from '../helpers/each-fleet.ts'
import { until } from '../helpers/until.ts'

const SPREAD_DEADLINE_MS = 10_000

describe('three clusters in a line', function () {
  this.timeout(60_000)
  const each = eachFleet()

  it('see each other end to end, the ends by way of the middle', async () => {
    const { fleet } = each
    const [one, two, three] = [await fleet.place(), await fleet.place(), await fleet.place()]
    const a = fleet.node({ place: one, name: 'a', cluster: 'sc1', clusters: `sc2=${two.url}` })
    const b = fleet.node({ place: two, name: 'b', cluster: 'sc2', clusters: `sc1=${one.url},sc3=${three.url}` })
    const c = fleet.node({ place: three, name: 'c', cluster: 'sc3', clusters: `sc2=${two.url}` })
    await Promise.all([a.ready(), b.ready(), c.ready()])

    for (const [home, far] of [
      [a, c],
      [c, a],
    ] as const) {
      const name = `at-${home.name}`
      const sid = await home.registry.service(name)
      const iid = await home.registry.instance(sid)
      await until(
        `${far.name} finds ${name}`,
        SPREAD_DEADLINE_MS,
        async () => (await far.registry.ids(name)).join() === iid,
      )
      assert.equal(
        (await far.registry.heartbeat(sid, iid)).status,
        200,
        `${far.name} passes a heartbeat on to ${home.name}`,
      )
      await home.registry.unregister(sid, iid)
      await until(
        `${name} is gone at ${far.name}`,
        SPREAD_DEADLINE_MS,
        async () => (await far.registry.ids(name)).length === 0,
      )
    }
  })
})
