import assert from 'node:assert/strict'
import { eachFleet } from '../helpers/each-fleet.ts'
import type { NodeProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'

const SPREAD_DEADLINE_MS = 10_000

describe('one application at two clusters', function () {
  this.timeout(60_000)
  const each = eachFleet()

  it('is one service with all instances, of which each cluster deletes only its own', async () => {
    const { sc1, sc2 } = await each.fleet.twoClusters()
    const both = async (what: string, ...ids: readonly string[]): Promise<void> => {
      for (const { name, registry } of [sc1, sc2]) {
        const wanted = ids.toSorted().join()
        await until(
          `${name} finds ${what}`,
          SPREAD_DEADLINE_MS,
          async () => (await registry.ids('shared')).join() === wanted,
        )
      }
    }
    const sid = await sc1.registry.service('shared')
    const first = await sc1.registry.instance(sid)
    await both('the first', first)

    // As SDKs do: ask whether the service exists, and register nothing but the instance when it does.
    assert.equal(await existing(sc2), sid)
    const second = await sc2.registry.instance(sid)
    assert.equal(await sc2.registry.service('shared'), sid, 'the id when it is registered at sc2 too')
    await both('both', first, second)
    assert.deepEqual(await sc1.registry.ids('shared', '&global=0'), [first])
    assert.deepEqual(await sc2.registry.ids('shared', '&global=0'), [second])

    const refused = await sc1.registry.unregister(sid, second)
    assert.equal(refused.status, 400, 'unregistering the other cluster’s instance')
    const { errorCode, detail } = JSON.parse(refused.text)
    assert.equal(errorCode, '400017')
    assert.match(detail, /sc2/, 'the detail names the cluster whose instance it is')

    assert.equal((await sc1.registry.unregister(sid, first)).status, 200)
    await both('the second', second)
    await sc1.registry.call('DELETE', `/microservices/${sid}?force=1`)
    await both('the second after sc1 has deleted its registration by force', second)
    assert.equal(await existing(sc1), sid, 'the service as sc1 still sees it')

    await sc2.registry.call('DELETE', `/microservices/${sid}?force=1`)
    await both('nothing')
    for (const { name, registry } of [sc1, sc2]) {
      await until(`the service is gone at ${name}`, SPREAD_DEADLINE_MS, async () => {
        return (await registry.request('GET', `/v4/default/registry/microservices/${sid}`)).status === 400
      })
    }
  })
})

async function existing({ registry }: NodeProcess): Promise<string> {
  const query = 'type=microservice&appId=default&serviceName=shared&version=1.0.0'
  return (await registry.call<{ serviceId: string }>('GET', `/existence?${query}`)).serviceId
}
