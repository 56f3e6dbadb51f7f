/**
 * The dashboard at 100,000 instances in a real Chromium: how soon something is to be seen, how soon a filter is answered,
 * and what 50 open dashboards cost the node, by the recorded requests of one, replayed.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { Fleet, type NodeProcess } from '../../test/helpers/process.ts'
import { until } from '../../test/helpers/until.ts'
import { startBrowser } from '../../test/ui/browser.ts'
import { populate } from '../../test/ui/population.ts'
import { cpuMs, median, provenance, quantile, table } from './measure.ts'
import { type Recorded, startReplay } from './ui-replay.ts'

const SERVICES = 5_000
const INSTANCES_PER_SERVICE = 20
const LOADS = 7
const FILTERS = 15
const DASHBOARDS = 50
const RECORD_MS = 20_000
const SPREAD_DEADLINE_MS = 120_000
/** On a machine that does much else. */
const PAGE_TIMEOUT_MS = 60_000
const VIEWS: readonly (readonly [view: string, shown: string])[] = [
  ['overview', '.node + .node'],
  ['services', 'tbody tr'],
  ['instances', 'tbody tr'],
]

/** Half of the services belong to either cluster. */
async function load(one: NodeProcess, two: NodeProcess): Promise<void> {
  const half = { services: SERVICES / 2, instancesPerService: INSTANCES_PER_SERVICE }
  await populate(one.registry, { ...half, place: 'sc1' })
  await populate(two.registry, { ...half, place: 'sc2' })
  await until('everything is known at sc1', SPREAD_DEADLINE_MS, async () => {
    const { text } = await one.registry.request('GET', '/v4/default/admin/browse/summary')
    return JSON.parse(text).instances === SERVICES * INSTANCES_PER_SERVICE + 2
  })
}

/** From the first byte asked for until the frame with the content, with nothing cached. */
async function firstPaints(browser: Browser, url: string, view: string, shown: string): Promise<readonly number[]> {
  const times: number[] = []
  for (let i = 0; i < LOADS; i++) {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.addInitScript(selector => {
      const look = (): void => {
        if (document.querySelector(selector) === null) requestAnimationFrame(look)
        else requestAnimationFrame(() => Object.assign(globalThis, { shownAtMs: performance.now() }))
      }
      requestAnimationFrame(look)
    }, shown)
    await page.goto(`${url}/ui#/${view}`)
    const shownAt = await page.waitForFunction(() => (globalThis as unknown as { shownAtMs?: number }).shownAtMs)
    times.push((await shownAt.jsonValue()) ?? Number.NaN)
    await context.close()
  }
  return times
}

/** Types filters that nobody has asked for before: how long the node takes to answer, and until its rows are shown. */
async function filterTimes(page: Page, url: string, view: string): Promise<readonly (readonly [number, number])[]> {
  await page.goto(`${url}/ui#/${view}`)
  await page.locator('tbody tr').first().waitFor()
  const times: (readonly [number, number])[] = []
  for (let i = 0; i < FILTERS; i++) {
    const text = `${['order', 'cart', 'stock', 'media', 'review'][i % 5]}-${['api', 'worker', 'cache'][i % 3]}-${i + 1}`
    const answered = page.waitForResponse(response => response.url().includes(`text=${text}`))
    const startedMs = performance.now()
    await page.getByRole('searchbox').fill(text)
    const response = await answered
    await response.finished()
    const { responseEnd, requestStart } = response.request().timing()
    await page.locator('tbody tr', { hasText: text }).first().waitFor()
    times.push([responseEnd - requestStart, performance.now() - startedMs])
  }
  return times
}

/** What one open dashboard asks while nothing happens. */
async function record(page: Page, url: string, view: string): Promise<readonly Recorded[]> {
  await page.goto(`${url}/ui#/${view}`)
  await pause(5_000)
  const recorded: Recorded[] = []
  const startedMs = performance.now()
  page.on('request', request => {
    if (!request.url().includes('/v4/')) return
    const path = request.url().slice(url.length)
    recorded.push({ atMs: performance.now() - startedMs, path, headers: { 'accept-encoding': 'gzip' } })
  })
  await pause(RECORD_MS)
  return recorded
}

/** The part of a core that the node takes within so long, whatever else goes on meanwhile. */
async function coreShare(node: NodeProcess, forMs: number): Promise<number> {
  const [cpu, startedMs] = [cpuMs(node.pid), performance.now()]
  await pause(forMs)
  return (cpuMs(node.pid) - cpu) / (performance.now() - startedMs)
}

const ms = (value: number): string => `${value.toFixed(0)} ms`
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`

async function measure(fleet: Fleet, browser: Browser): Promise<void> {
  const { sc1, sc2 } = await fleet.twoClusters()
  await load(sc1, sc2)
  console.log(`${provenance()}\n`)
  const paints = []
  for (const [view, shown] of VIEWS) {
    const times = await firstPaints(browser, sc1.url, view, shown)
    paints.push([view, ms(median(times)), ms(Math.max(...times))])
  }
  console.log(`${table([['first shown, nothing cached', 'median', `most of ${LOADS}`], ...paints])}\n`)
  const page = await (await browser.newContext()).newPage()
  page.setDefaultTimeout(PAGE_TIMEOUT_MS)
  const filters = []
  for (const view of ['services', 'instances']) {
    const startedCpuMs = cpuMs(sc1.pid)
    const times = await filterTimes(page, sc1.url, view)
    const cpuEach = (cpuMs(sc1.pid) - startedCpuMs) / FILTERS
    const [answers, shown] = [times.map(([answer]) => answer), times.map(([, all]) => all)]
    const [answer, sight] = [answers, shown].map(sample => [ms(median(sample)), ms(quantile(sample, 0.95))])
    filters.push([view, ms(cpuEach), ...(answer ?? []), ...(sight ?? [])])
  }
  const titles = [
    'a filter of',
    'CPU of the node, all its work',
    'answered, median',
    '95 %',
    'typed to shown, median',
    '95 %',
  ]
  console.log(`${table([titles, ...filters])}\n`)
  const costs = []
  for (const [view] of VIEWS) {
    const recorded = await record(page, sc1.url, view)
    await page.goto('about:blank')
    const rest = await coreShare(sc1, RECORD_MS)
    const stop = startReplay(sc1.url, recorded, DASHBOARDS, RECORD_MS)
    const busy = await coreShare(sc1, RECORD_MS)
    const answered = await stop()
    costs.push([view, answered, percent(rest), percent(busy), percent(busy - rest)])
  }
  const head = [
    `${DASHBOARDS} dashboards`,
    `answers in ${RECORD_MS / 1_000} s`,
    'node at rest',
    'with them',
    'difference',
  ]
  console.log(table([head, ...costs]))
}

const fleet = new Fleet()
fleet.closeOnSignals()
const browser = await startBrowser()
try {
  await measure(fleet, browser)
} finally {
  await browser.close()
  await fleet.close()
}
