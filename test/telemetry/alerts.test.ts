import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'

const RULES = join(import.meta.dirname, '../../k8s/monitoring/alerts.yaml')
const PEER = 'instance="a",node="b",cluster="sc2"'

/** Of each alert a series that must raise it within half an hour, and the values of one that must not. */
const ALERTS: Readonly<Record<string, { readonly series: string; readonly sick: string; readonly well: string }>> = {
  GrapevineNotReady: { series: 'grapevine_ready{instance="a"}', sick: '0x30', well: '0x3 1x27' },
  GrapevineNodeSilent: { series: `grapevine_peer_up{${PEER}}`, sick: '1 0x30', well: '1 0 1x28' },
  GrapevineAddressFailing: {
    series: 'grapevine_addresses_failing{instance="a",cluster="sc2"}',
    sick: '1x30',
    well: '1x5 0x25',
  },
  GrapevineBehind: { series: `grapevine_peer_behind_seconds{${PEER}}`, sick: '0+60x30', well: '0 50x29' },
  GrapevinePeerLacksChanges: { series: `grapevine_peer_lacks_seconds{${PEER}}`, sick: '0+60x30', well: '0 50x29' },
  GrapevineRecordsRefused: { series: `grapevine_peer_refused_records{${PEER}}`, sick: '1x30', well: '0x30' },
  GrapevineClockDiffers: { series: `grapevine_peer_clock_ahead_seconds{${PEER}}`, sick: '-300x30', well: '-30x30' },
  GrapevinePeerQueue: { series: `grapevine_peer_queued_bytes{${PEER}}`, sick: '2000000x30', well: '2000000 0x29' },
  GrapevineStoreFails: { series: 'grapevine_store_failures_total{instance="a"}', sick: '0x25 3x5', well: '3x30' },
  GrapevineEventLoopSlow: {
    series: 'grapevine_event_loop_delay_seconds{instance="a",quantile="99.9"}',
    sick: '0.5x30',
    well: '0.5x5 0.02x25',
  },
  GrapevineServerErrors: {
    series: 'grapevine_http_request_seconds_count{instance="a",route="/x",method="GET",status="500"}',
    sick: '0+5x30',
    well: '5x30',
  },
  GrapevineLimitsMet: {
    series: 'grapevine_http_refused_total{instance="a",limit="bodyBytesMax"}',
    sick: '0+120x30',
    well: '0+30x30',
  },
  GrapevineSourceFrozen: {
    series: 'grapevine_source{instance="a",what="kubernetes_live"}',
    sick: '1 0x29',
    well: '1 0 0 1x27',
  },
  GrapevineSourceAlarms: {
    series: 'grapevine_source{instance="a",what="kubernetes_alarms"}',
    sick: '2x30',
    well: '2x5 0x25',
  },
  GrapevineSlowPropagation: {
    series: `grapevine_probe_seconds_bucket{${PEER},le="2.5"} grapevine_probe_seconds_bucket{${PEER},le="1"} grapevine_probe_seconds_bucket{${PEER},le="+Inf"}`,
    sick: '0+10x30 0+1x30 0+10x30',
    well: '0+10x30 0+10x30 0+10x30',
  },
}

const hasPromtool = spawnSync('promtool', ['--version']).status === 0

/** A test as promtool has it: at the half hour the alert fires, or it does not. */
const ruleTest = (alert: string, series: string, values: string, fires: boolean) => {
  const names = series.split(/ (?=grapevine_)/)
  const all = names.length === 1 ? [values] : values.split(/ (?=0\+)/)
  return {
    interval: '1m',
    input_series: names.map((name, at) => ({ series: name, values: all[at] })),
    promql_expr_test: [
      {
        expr: `count(ALERTS{alertname="${alert}",alertstate="firing"})`,
        eval_time: '30m',
        exp_samples: fires ? [{ labels: '{}', value: 1 }] : [],
      },
    ],
  }
}

describe('alert rules', function () {
  this.timeout(60_000)

  it('are all tried here', () => {
    const { groups } = parse(readFileSync(RULES, 'utf8')) as {
      readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[]
    }
    const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert))
    assert.deepEqual(alerts.sort(), Object.keys(ALERTS).sort())
  })

  it('fire when they should and not when they should not, as Prometheus evaluates them', function () {
    if (!hasPromtool) return this.skip()
    const folder = mkdtempSync(join(tmpdir(), 'grapevine-alerts-'))
    try {
      const tests = Object.entries(ALERTS).flatMap(([alert, { series, sick, well }]) => [
        ruleTest(alert, series, sick, true),
        ruleTest(alert, series, well, false),
      ])
      const file = join(folder, 'tests.yaml')
      writeFileSync(file, stringify({ rule_files: [RULES], evaluation_interval: '1m', tests }))
      const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' })
      assert.equal(status, 0, stdout + stderr)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
