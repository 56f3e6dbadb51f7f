import assert from 'node:assert/strict'
import { eachFleet } from '../helpers/each-fleet.ts'
import { Registry } from '../helpers/registry.ts'
import { until } from '../helpers/until.ts'

const SPREAD_DEADLINE_MS = 10_000
const ROUNDS = 10

describe('two nodes per cluster behind one address', function () {
  this.timeout(90_000)
  const each = eachFleet()

  /** Two clusters of two; each knows the other by a load balancer's address only. */
  async function start() {
    const { fleet } = each
    const [a1, a2, b1, b2] = [await fleet.place(), await fleet.place(), await fleet.place(), await fleet.place()]
    const [front1, front2] = [await fleet.proxy(a1.http, a2.http), await fleet.proxy(b1.http, b2.http)]
    const west = { cluster: 'west', clusters: `sc2=${front2.url}` }
    const east = { cluster: 'east', clusters: `sc1=${front1.url}` }
    const nodes = {
      a1: fleet.node({ ...west, place: a1, name: 'a1', peers: a2.url }),
      a2: fleet.node({ ...west, place: a2, name: 'a2', peers: a1.url }),
      b1: fleet.node({ ...east, place: b1, name: 'b1', peers: b2.url }),
      b2: fleet.node({ ...east, place: b2, name: 'b2', peers: b1.url }),
    }
    await Promise.all(Object.values(nodes).map(node => node.ready()))
    // A connection for each request, so that the balancer sends every one to the next node.
    const sc1 = new Registry(front1.url, { keepAlive: false })
    const sc2 = new Registry(front2.url, { keepAlive: false })
    return { ...nodes, sc1, sc2 }
  }

  it('answer a client whose requests reach another node each time as one node would', async () => {
    const { sc1, sc2, a1, a2 } = await start()
    for (let round = 0; round < ROUNDS; round++) {
      const sid = await sc1.service(`service-${round}`)
      const iid = await sc1.instance(sid)
      assert.equal((await sc1.heartbeat(sid, iid)).status, 200, `heartbeat in round ${round}`)
      assert.equal((await sc1.heartbeat(sid, iid)).status, 200, `heartbeat at the other node in round ${round}`)
      await sc1.call('GET', `/microservices/${sid}/instances/${iid}`)
      await sc1.call('PUT', `/microservices/${sid}/instances/${iid}/status?value=DOWN`)
      await until(`${sid} is found at sc2 in round ${round}`, SPREAD_DEADLINE_MS, async () => {
        const seen = await Promise.all([sc2.find(`service-${round}`), sc2.find(`service-${round}`)])
        return seen.every(instances => instances[0]?.instanceId === iid && instances[0].status === 'DOWN')
      })
      assert.equal((await sc1.unregister(sid, iid)).status, 200, `unregister in round ${round}`)
      await until(`${iid} is unknown to both nodes in round ${round}`, SPREAD_DEADLINE_MS, async () => {
        const answers = await Promise.all([sc1.heartbeat(sid, iid), sc1.heartbeat(sid, iid)])
        return answers.every(({ status }) => status === 400)
      })
    }
    for (const node of [a1, a2]) {
      const { instances } = await node.registry.call<{ instances: object[] }>('GET', '/health')
      assert.equal(instances.length, 2, `nodes of its own cluster in the health of ${node.name}`)
    }
  })

  it('go on when one of the two is killed, and take it back', async () => {
    const { sc1, sc2, a1, a2 } = await start()
    const sid = await a1.registry.service('kept')
    const iid = await a1.registry.instance(sid)
    await until('sc2 finds it', SPREAD_DEADLINE_MS, async () => (await sc2.ids('kept')).join() === iid)
    await a1.kill()
    assert.equal((await a2.registry.heartbeat(sid, iid)).status, 200, 'heartbeat at the sibling of the killed holder')
    const second = await a2.registry.instance(sid)
    await until('sc2 finds both', SPREAD_DEADLINE_MS, async () => (await sc2.ids('kept')).length === 2)
    assert.equal((await a2.registry.unregister(sid, iid)).status, 200, 'unregister at the sibling of the killed holder')
    await until('sc2 finds the second only', SPREAD_DEADLINE_MS, async () => (await sc2.ids('kept')).join() === second)

    const back = await each.fleet.restart(a1).ready()
    assert.deepEqual(await back.registry.ids('kept'), [second], 'what the returned node knows')
    assert.deepEqual(await sc1.ids('kept'), [second])
  })
})
