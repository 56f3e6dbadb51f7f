import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { eachFleet } from '../helpers/each-fleet.ts'
import { freePorts } from '../helpers/ports.ts'
import { Registry } from '../helpers/registry.ts'
import { until } from '../helpers/until.ts'

const MONITORING = join(import.meta.dirname, '../../k8s/monitoring')
const DEADLINE_MS = 60_000

const has = (tool: string): boolean => spawnSync(tool, ['--version']).status === 0

interface RuleGroups {
  readonly data: { readonly groups: readonly { readonly rules: readonly Rule[] }[] }
}

interface Rule {
  readonly name: string
  readonly health: string
  readonly lastError?: string
}

interface QueryAnswer {
  readonly status: string
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] }
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
}

describe('Prometheus and running nodes', function () {
  this.timeout(180_000)
  const each = eachFleet()

  it('finds nothing to complain about in their metrics', async function () {
    if (!has('promtool')) return this.skip()
    const { sc1 } = await each.fleet.twoClusters()
    const { text } = await sc1.registry.request('GET', '/metrics')
    const { stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
    // The delay is read as quantiles from a histogram of Node's: a summary in all but its type.
    const own = stderr
      .split('\n')
      .filter(line => line.startsWith('grapevine_') && !/event_loop_delay.*"quantile"/.test(line))
    assert.deepEqual(own, [])
  })

  it('scrapes them, evaluates every alert rule and answers every panel of the dashboard', async function () {
    if (!has('prometheus')) return this.skip()
    const { sc1, sc2 } = await each.fleet.twoClusters({
      sc1: { flags: ['--probe-interval', '1s'] },
      sc2: { flags: ['--probe-interval', '1s'] },
    })
    const folder = await each.fleet.folder()
    const targets = [sc1, sc2].map(({ url }) => url.replace('http://', ''))
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [join(MONITORING, 'alerts.yaml')],
      scrape_configs: [{ job_name: 'grapevine', static_configs: [{ targets }] }],
    }
    writeFileSync(join(folder, 'prometheus.yaml'), stringify(config))
    const [port] = await freePorts(1)
    const url = `http://127.0.0.1:${port}`
    each.fleet.program('prometheus', 'prometheus', [
      `--config.file=${join(folder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ])
    const prometheus = new Registry(url)
    const get = async <T>(path: string): Promise<T> => JSON.parse((await prometheus.request('GET', path)).text) as T
    const query = (expr: string) => get<QueryAnswer>(`/api/v1/query?query=${encodeURIComponent(expr)}`)
    const count = async (expr: string): Promise<number> => {
      const { data } = await query(`count(${expr})`)
      return Number(data.result[0]?.value[1] ?? 0)
    }
    await until('both nodes are scraped', DEADLINE_MS, async () => (await count('up{job="grapevine"} == 1')) === 2)
    let rules: readonly Rule[] = []
    await until('every rule was evaluated', DEADLINE_MS, async () => {
      rules = (await get<RuleGroups>('/api/v1/rules')).data.groups.flatMap(group => group.rules)
      return rules.length > 10 && rules.every(({ health }) => health !== 'unknown')
    })
    assert.deepEqual(
      rules.filter(({ health }) => health !== 'ok').map(({ name, lastError }) => `${name}: ${lastError}`),
      [],
    )
    await until('the nodes see each other', DEADLINE_MS, async () => (await count('grapevine_peer_up == 1')) === 2)
    await until('probes are timed', DEADLINE_MS, async () => (await count('grapevine_probe_seconds_count > 0')) === 2)
    const { panels } = JSON.parse(readFileSync(join(MONITORING, 'dashboard.json'), 'utf8')) as Dashboard
    for (const { title, targets: asked } of panels) {
      for (const { expr } of asked) {
        const filled = expr.replaceAll(/\$__rate_interval|\$__interval/g, '1m').replaceAll(/=~?"\$\w+"/g, '=~".*"')
        assert.equal((await query(filled)).status, 'success', `${title}: ${filled}`)
      }
    }
  })
})
