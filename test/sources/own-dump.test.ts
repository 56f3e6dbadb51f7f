import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Center } from '../../src/center/center.ts'
import { DEFAULT_SERVICE_CENTER_OPTIONS } from '../../src/sources/servicecenter/options.ts'
import { createServiceCenterSource } from '../../src/sources/servicecenter/source.ts'
import { startTestCenter, systemClock } from '../helpers/center.ts'
import { silentLog, startTestNode, type TestNode } from '../helpers/node.ts'
import { Registry } from '../helpers/registry.ts'
import { SCOPE } from '../helpers/rules.ts'
import { until } from '../helpers/until.ts'

/** The dump that older centers pull is the one that this side reads of them: what goes out must come back in. */
describe('The dump of a node, read as an older center reads it', function () {
  this.timeout(60_000)

  let node: TestNode
  let disguise: Server
  let reader: Center

  before(async () => {
    node = await startTestNode()
    // A node says who it is: behind this it is taken for a center.
    disguise = createServer((request, response) => {
      if (request.url?.startsWith('/grapevine') === true) return void response.writeHead(404).end()
      const { method, headers } = request
      const forwarded = httpRequest(node.url + request.url, { method, headers }, answer => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(response)
      })
      request.pipe(forwarded)
    }).listen(0, '127.0.0.1')
    await once(disguise, 'listening')
    reader = startTestCenter({ label: 'reader' })
  })

  after(async () => {
    disguise.closeAllConnections()
    disguise.close()
    await node.close()
  })

  it('brings services, ids, tags, contracts, dependencies and instances', async () => {
    const registry = new Registry(node.url)
    const provider = await registry.service('provider')
    const consumer = await registry.service('consumer')
    await registry.instance(provider, { instanceId: 'p1', endpoints: ['rest://10.0.0.1:80'] })
    await registry.call('POST', `/microservices/${provider}/tags`, { tags: { colour: 'red' } })
    await registry.call('PUT', `/microservices/${provider}/schemas/api`, { schema: 'swagger', summary: 'abc' })
    await registry.call('GET', '/instances?appId=default&serviceName=provider', undefined, { 'x-consumerid': consumer })
    const url = `http://127.0.0.1:${(disguise.address() as AddressInfo).port}`
    const source = createServiceCenterSource(
      { ...DEFAULT_SERVICE_CENTER_OPTIONS, clusters: [{ name: 'old', urls: [url] }], intervalMs: 100 },
      { catalog: reader, clock: systemClock, random: { hex: () => '00', fraction: () => 0.5 }, log: silentLog },
    )
    source.start()
    try {
      const found = await until('everything has come', 20_000, () =>
        reader.read(view => {
          const service = view.service(SCOPE, provider) ?? assert.fail('no service')
          assert.deepEqual(
            service.instances().map(each => each.read().endpoints),
            [['rest://10.0.0.1:80']],
          )
          assert.deepEqual(service.tags(), { colour: 'red' })
          assert.equal(service.schema('api')?.content(), 'swagger')
          const providers = view.providers(view.service(SCOPE, consumer) ?? assert.fail('no consumer'))
          assert.deepEqual(
            providers.map(each => each.id),
            [provider],
          )
          return service
        }),
      )
      assert.equal(found.instances()[0]?.origin().cluster, 'old')
      assert.deepEqual(
        reader.read(view => view.named(SCOPE, undefined, 'default', 'SERVICECENTER')),
        [],
      )
    } finally {
      await source.stop()
    }
  })
})
