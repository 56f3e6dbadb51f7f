import assert from 'node:assert/strict'
import { type ReceivedSpan, startCollector } from '../helpers/collector.ts'
import { eachFleet } from '../helpers/each-fleet.ts'
import type { NodeProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'

const DEADLINE_MS = 30_000
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'
const DEBUG = ['--log-level', 'debug']
const SERVER = 2
const CONSUMER = 5

const register = (node: NodeProcess, name: string, headers: Record<string, string> = {}) =>
  node.registry.request(
    'POST',
    '/v4/default/registry/microservices',
    JSON.stringify({ service: { serviceName: name, appId: 'default', version: '1.0.0' } }),
    headers,
  )

/** Lines of a node's log that say this, with these fields. */
const lines = (node: NodeProcess, msg: string, fields: Readonly<Record<string, unknown>>) =>
  node.output
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as Record<string, unknown>)
    .filter(line => line.msg === msg && Object.entries(fields).every(([key, value]) => line[key] === value))

describe('a request that is followed through the federation', function () {
  this.timeout(120_000)
  const each = eachFleet()

  it('has its id in the answer, in the log of its node, and in that of the other cluster', async () => {
    const { sc1, sc2 } = await each.fleet.twoClusters({ sc1: { flags: DEBUG }, sc2: { flags: DEBUG } })
    const answer = await register(sc1, 'orders', { 'x-request-id': 'order-66' })
    assert.deepEqual([answer.status, answer.headers['x-request-id']], [200, 'order-66'])
    const requestId = 'order-66'
    await until('it is in the log of its node', DEADLINE_MS, () =>
      lines(sc1, 'request', { requestId, method: 'POST', status: 200 }).some(({ path }) =>
        /microservices$/.test(String(path)),
      ),
    )
    await until('it is in the log of the other cluster', DEADLINE_MS, () =>
      lines(sc2, 'a write arrived', { requestId, node: 'sc1-a', cluster: 'sc1' }).some(({ keys }) =>
        JSON.stringify(keys).includes('/service/'),
      ),
    )
    for (const wrong of ['two words', 'x'.repeat(65)]) {
      const other = await register(sc1, 'payments', { 'x-request-id': wrong })
      assert.deepEqual([other.status, other.headers['x-request-id']], [200, undefined])
    }
    assert.ok(!sc1.output.includes('two words'))
  })

  it('is a trace, from the client over HTTP and gossip, where a collector is configured', async () => {
    const collector = await startCollector()
    try {
      const flags = ['--trace-endpoint', collector.url, '--trace-ratio', '0']
      const { sc1, sc2 } = await each.fleet.twoClusters({ sc1: { flags }, sc2: { flags } })
      await register(sc1, 'not-sampled')
      const traced = await register(sc1, 'orders', { traceparent: `00-${TRACE_ID}-${PARENT}-01` })
      assert.equal(traced.headers['x-request-id'], TRACE_ID)
      const found = (kind: number): ReceivedSpan | undefined => collector.spans.find(span => span.kind === kind)
      await until(
        'both spans have come',
        DEADLINE_MS,
        () => found(SERVER) !== undefined && found(CONSUMER) !== undefined,
      )
      const [request, arrival] = [found(SERVER) ?? assert.fail(), found(CONSUMER) ?? assert.fail()]
      assert.deepEqual([request.traceId, request.parentSpanId], [TRACE_ID, PARENT])
      assert.deepEqual([arrival.traceId, arrival.parentSpanId], [TRACE_ID, request.spanId])
      assert.equal(request.name, 'POST /v4/:project/registry/microservices')
      const { attributes } = request
      assert.deepEqual(
        [attributes['service.name'], attributes['service.namespace'], attributes['host.name']],
        ['grapevine', 'sc1', 'sc1-a'],
      )
      assert.equal(arrival.attributes['host.name'], 'sc2-a')
      assert.equal(arrival.attributes['grapevine.request_id'], TRACE_ID)
      // What waits for the collector goes out before the process ends.
      await register(sc2, 'last', { traceparent: `00-${'1'.repeat(32)}-${PARENT}-01` })
      await sc2.stop()
      assert.ok(collector.spans.some(({ traceId, kind }) => traceId === '1'.repeat(32) && kind === SERVER))
      assert.deepEqual(new Set(collector.spans.map(({ traceId }) => traceId)), new Set([TRACE_ID, '1'.repeat(32)]))
      collector.close()
      assert.equal(
        (await register(sc1, 'without-collector', { traceparent: `00-${TRACE_ID}-${PARENT}-01` })).status,
        200,
      )
    } finally {
      collector.close()
    }
  })
})
