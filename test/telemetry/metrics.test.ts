import assert from 'node:assert/strict'
import { Metrics } from '../../src/telemetry/metrics.ts'

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
})
