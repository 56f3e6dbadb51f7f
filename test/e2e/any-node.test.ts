import assert from 'node:assert/strict'
import { eachFleet } from '../helpers/each-fleet.ts'

/** Requests in all: each names an id that another node has just returned or changed. */
const REQUESTS = 10_000
const CLIENTS = 8

describe('three nodes of one cluster', function () {
  this.timeout(180_000)
  const each = eachFleet()

  /** Clients go to the next node with every request and never wait. */
  it('let an id that one of them returned be used at once at the others, 10,000 times without an error', async () => {
    const { fleet } = each
    const places = [await fleet.place(), await fleet.place(), await fleet.place()]
    const nodes = places.map((place, i) => {
      const peers = places.filter(other => other !== place).map(({ http }) => `http://127.0.0.1:${http}`)
      return fleet.node({ place, name: `n${i}`, cluster: 'sc1', peers: peers.join(',') })
    })
    await Promise.all(nodes.map(node => node.ready()))
    let turn = 0
    let requests = 0
    const errors = new Map<string, number>()
    const call = async (method: string, path: string, body?: object): Promise<Record<string, string>> => {
      const node = nodes[turn++ % nodes.length]
      const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
      const answer = await fetch(`${node?.url}/v4/default/registry/microservices${path}`, init)
      const text = await answer.text()
      requests += 1
      if (answer.status !== 200) {
        const error = `${method} ${path.replace(/[0-9a-f]{32,40}/g, 'ID')}: ${text}`
        errors.set(error, (errors.get(error) ?? 0) + 1)
      }
      return text === '' ? {} : JSON.parse(text)
    }
    let round = 0
    const client = async () => {
      while (requests < REQUESTS) {
        const service = { appId: 'app', serviceName: `service-${round++}`, version: '1.0.0' }
        const { serviceId } = await call('POST', '', { service })
        await call('GET', `/${serviceId}`)
        await call('PUT', `/${serviceId}/schemas/api`, { schema: 'openapi', summary: 'abc' })
        await call('GET', `/${serviceId}/schemas/api`)
        const instance = { hostName: 'host', endpoints: ['rest://127.0.0.1:1'] }
        const { instanceId } = await call('POST', `/${serviceId}/instances`, { instance })
        await call('PUT', `/${serviceId}/instances/${instanceId}/heartbeat`)
        await call('GET', `/${serviceId}/instances/${instanceId}`)
        await call('PUT', `/${serviceId}/instances/${instanceId}/status?value=DOWN`)
        await call('PUT', `/${serviceId}/instances/${instanceId}/properties`, { properties: { zone: 'a' } })
        await call('DELETE', `/${serviceId}/instances/${instanceId}`)
        await call('DELETE', `/${serviceId}`)
      }
    }
    await Promise.all(Array.from({ length: CLIENTS }, client))
    assert.deepEqual(Object.fromEntries(errors), {}, `of ${requests} requests`)
  })
})
