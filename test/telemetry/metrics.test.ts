import assert from 'node:assert/strict'
import { registerInstance } from '../../src/core/commands/instance.ts'
import { registerService } from '../../src/core/commands/service.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { startTestCenter } from '../helpers/center.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'

/** Of a scrape: names with help and type, and the samples. */
async function scraped(metrics: Metrics) {
  const lines = (await metrics.scrape()).split('\n')
  const words = (prefix: string) =>
    new Map(
      lines
        .filter(line => line.startsWith(prefix))
        .map(line => line.slice(prefix.length).split(/ (.*)/s) as [string, string]),
    )
  return { help: words('# HELP '), type: words('# TYPE '), lines }
}

describe('metrics', () => {
  it('have help, and names that end in a base unit', async () => {
    const { help, type } = await scraped(new Metrics())
    const own = [...type].filter(([name]) => name.startsWith('grapevine_'))
    assert.ok(own.length > 5)
    for (const [name, kind] of own) {
      assert.ok((help.get(name) ?? '').length > 10, `${name} has help`)
      if (kind === 'counter') assert.match(name, /_total$/)
      if (kind === 'histogram') assert.match(name, /_(seconds|bytes)$/)
      assert.doesNotMatch(name, /_(ms|milliseconds|kb|mb|percent)\b/)
    }
  })

  it('count what the store tells them', async () => {
    const metrics = new Metrics()
    metrics.stored(3, 1_200, 4)
    metrics.failed(2)
    metrics.logBytes(5_000)
    metrics.compacted(800, 30)
    const { lines } = await scraped(metrics)
    for (const sample of [
      'grapevine_store_frames_total 3',
      'grapevine_store_written_bytes_total 1200',
      'grapevine_store_group_seconds_sum 0.004',
      'grapevine_store_failures_total 2',
      'grapevine_store_log_bytes 5000',
      'grapevine_store_snapshot_bytes 800',
      'grapevine_store_compaction_seconds_count 1',
    ]) {
      assert.ok(lines.includes(sample), sample)
    }
  })

  it('say the same under the names of the original, for its dashboards', async () => {
    const center = startTestCenter()
    await center.execute(registerService(SCOPE, draft('one'), rules()))
    const { id } = await center.execute(registerService({ ...SCOPE, domain: 'other' }, draft('two'), rules()))
    await center.execute(registerInstance({ ...SCOPE, domain: 'other' }, id, { hostName: 'h' }, rules()))
    const metrics = new Metrics()
    const nothing = () => ({})
    metrics.watch({
      status: () => center.status(),
      peers: () => center.insight.peers(),
      ...{ gauges: nothing, counts: nothing, mesh: nothing, sources: nothing },
      original: () => ({ instance: '127.0.0.1:1', ...center.replica.directory.counts.total() }),
    })
    const answered = metrics.answers('GET', '/v4/:project/registry/instances')
    answered(200, 0.001)
    answered(200, 0.001)
    answered(500, 0.002)
    metrics.sockets('watcher', 1)
    metrics.sockets('watcher', 1)
    metrics.sockets('watcher', -1)
    const { lines, type } = await scraped(metrics)
    const route = 'method="GET",instance="127.0.0.1:1",api="/v4/:project/registry/instances"'
    for (const sample of [
      'db_domain_total{instance="127.0.0.1:1"} 2',
      'db_service_total{instance="127.0.0.1:1"} 2',
      'db_instance_total{instance="127.0.0.1:1"} 1',
      'notify_subscriber_total{instance="127.0.0.1:1",scheme="watcher"} 1',
      `http_request_total{${route},code="200"} 2`,
      `http_request_total{${route},code="500"} 1`,
      `http_success_total{${route},code="200"} 2`,
      `http_request_durations_microseconds_sum{${route}} 4000`,
      `http_request_durations_microseconds_count{${route}} 3`,
    ]) {
      assert.ok(lines.includes(`service_center_${sample}`), sample)
    }
    assert.ok(!lines.some(line => line.startsWith(`service_center_http_success_total{${route},code="500"}`)))
    assert.equal(type.get('service_center_http_request_total'), 'counter')
  })
})
