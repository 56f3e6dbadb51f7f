import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { startTestCenter } from '../helpers/center.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: Readonly<Record<string, string>>
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
}

const rules = (): readonly Rule[] =>
  (
    parse(read('k8s/monitoring/alerts.yaml')) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }
  ).groups.flatMap(group => group.rules)

/** What a node tells that has just started. */
const scrape = (): Promise<string> => {
  const center = startTestCenter()
  const metrics = new Metrics()
  metrics.watch({
    status: () => center.status(),
    gauges: () => ({}),
    counts: () => ({}),
    mesh: () => ({}),
    sources: () => ({}),
    peers: () => center.insight.peers(),
    original: () => ({ instance: 'x:1', ...center.replica.directory.counts.total() }),
  })
  return metrics.scrape()
}

const hasPromtool = spawnSync('promtool', ['--version']).status === 0

describe('monitoring', () => {
  it('asks for metrics that a node has', async () => {
    const known = new Set([...(await scrape()).matchAll(/^# TYPE (\S+) (\S+)/gm)].map(([, name]) => name ?? ''))
    const { panels } = JSON.parse(read('k8s/monitoring/dashboard.json')) as Dashboard
    const asked = [
      ...rules().map(({ alert, expr }) => ({ where: alert, expr })),
      ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: title, expr }))),
    ]
    assert.ok(asked.length > 30)
    for (const { where, expr } of asked) {
      const names = expr.match(/\b(grapevine|process)_\w+/g) ?? []
      assert.ok(names.length > 0, `${where} asks for nothing`)
      for (const name of names)
        assert.ok(known.has(name.replace(/_(bucket|count|sum)$/, '')), `${where}: there is no ${name}`)
    }
  })

  it('has a runbook for every alert', () => {
    const handbook = read('docs/operations.md')
    for (const { alert, annotations } of rules()) {
      assert.ok(handbook.includes(`\n### ${alert}\n`), `${alert} has no runbook`)
      assert.equal(annotations.runbook, `docs/operations.md#${alert.toLowerCase()}`)
    }
  })

  it('gives every metric of its own a help, and passes the tools of Prometheus where they are', async function () {
    const text = await scrape()
    for (const [, name] of text.matchAll(/^# TYPE (grapevine_\S+)/gm))
      assert.match(text, new RegExp(`^# HELP ${name} \\S`, 'm'))
    if (!hasPromtool) return this.skip()
    const checked = spawnSync('promtool', ['check', 'rules', join(ROOT, 'k8s/monitoring/alerts.yaml')])
    assert.equal(checked.status, 0, String(checked.stderr))
    const metrics = spawnSync('promtool', ['check', 'metrics'], { input: text })
    const own = String(metrics.stderr)
      .split('\n')
      .filter(line => line.startsWith('grapevine_'))
    // The delay is read as quantiles from a histogram of Node's: a summary in all but its type.
    const expected = own.filter(line => /^grapevine_event_loop_delay_seconds .*"quantile" label$/.test(line))
    assert.deepEqual(
      own.filter(line => !expected.includes(line)),
      [],
    )
  })
})
