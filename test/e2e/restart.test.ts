import assert from 'node:assert/strict'
import { eachFleet } from '../helpers/each-fleet.ts'
import { until } from '../helpers/until.ts'

const SPREAD_DEADLINE_MS = 10_000
const INSTANCES = 50
/** Enough that requests are under way whenever the signal comes. */
const CLIENTS = 32

describe('a node that ends and starts again', function () {
  this.timeout(60_000)
  const each = eachFleet()

  it('serves what it had acknowledged before kill -9, and nobody missed it meanwhile', async () => {
    const { sc1, sc2 } = await each.fleet.twoClusters({ sc1: { data: await each.fleet.folder() } })
    const sid = await sc1.registry.service('durable')
    const acknowledged = await Promise.all(Array.from({ length: INSTANCES }, () => sc1.registry.instance(sid)))
    const [removed = '', ...kept] = acknowledged.toSorted()
    await sc1.registry.unregister(sid, removed)
    await sc1.kill()

    // The removal may not have left before the kill: a peer that has not heard of it shows one more.
    await until('sc2 has all', SPREAD_DEADLINE_MS, async () => {
      const ids = await sc2.registry.ids('durable')
      return kept.every(id => ids.includes(id))
    })
    // Without its peer, so that only its disk can have told it.
    await sc2.kill()
    const back = await each.fleet.restart(sc1).listening()
    assert.deepEqual(await back.registry.ids('durable'), kept)
    assert.equal((await back.registry.heartbeat(sid, kept[0] ?? '')).status, 200)
  })

  it('is whole after one repair when its directory is empty', async () => {
    const { sc1, sc2 } = await each.fleet.twoClusters({ sc1: { data: await each.fleet.folder() } })
    const sid = await sc2.registry.service('elsewhere')
    const ids = await Promise.all(Array.from({ length: INSTANCES }, () => sc2.registry.instance(sid)))
    await until(
      'sc1 has all',
      SPREAD_DEADLINE_MS,
      async () => (await sc1.registry.ids('elsewhere')).length === ids.length,
    )
    await sc1.kill()

    const empty = each.fleet.restart(sc1, { data: await each.fleet.folder() })
    await until('sc1 answers a find', SPREAD_DEADLINE_MS, () => empty.registry.ids('elsewhere')).then(first =>
      assert.deepEqual(first, ids.toSorted(), 'the first answer: it gives none before it is whole'),
    )
  })

  it('leaves cleanly on SIGTERM: peers know at once, and nothing acknowledged is lost', async () => {
    const { sc1, sc2 } = await each.fleet.twoClusters({ sc1: { data: await each.fleet.folder() } })
    const sid = await sc1.registry.service('leaving')
    const acknowledged: string[] = []
    const clients = Array.from({ length: CLIENTS }, async () => {
      for (;;) acknowledged.push(await sc1.registry.instance(sid))
    })
    await until('clients are registering', SPREAD_DEADLINE_MS, () => acknowledged.length > INSTANCES)
    const stopped = sc1.stop()
    const refusals = await Promise.allSettled(clients)
    assert.deepEqual(await stopped, { code: 0, signal: null })
    await sc2.line(/peer disconnected/, 5_000)
    for (const refusal of refusals) {
      // Either no new connection or a clear refusal; an answer that breaks off in the middle is neither.
      assert.match(
        String(refusal.status === 'rejected' && refusal.reason),
        /ECONNREFUSED|ECONNRESET|socket hang up|503|400002/,
      )
    }
    await until('sc2 has all that was acknowledged', SPREAD_DEADLINE_MS, async () => {
      const ids = new Set(await sc2.registry.ids('leaving'))
      return acknowledged.every(id => ids.has(id))
    })
    const back = await each.fleet.restart(sc1).listening()
    const ids = new Set(await back.registry.ids('leaving'))
    assert.deepEqual(
      acknowledged.filter(id => !ids.has(id)),
      [],
    )
  })
})
