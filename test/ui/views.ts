import assert from 'node:assert/strict'
import { until } from '../helpers/until.ts'
import { instanceOf } from './population.ts'
import type { Stage } from './stage.ts'

/** What each view shows of three nodes in two clusters with 20,000 instances. */
export function viewTests(stage: Stage): void {
  it('shows the federation: clusters, nodes, links with what goes over them', async () => {
    const visitor = await stage.open()
    const { page } = visitor
    await visitor.go('')
    await visitor.sees('605 services, 12,007 instances')
    await visitor.sees(/403 services, 8,004 instances/)
    for (const node of ['sc1-a', 'sc1-b', 'sc2-a']) await page.getByRole('button', { name: node }).waitFor()
    await until('three links are drawn', 10_000, async () => (await page.locator('path.link').count()) === 3)
    await page
      .locator('.link-label', { hasText: /0 behind · ↓ [\d.]+ k?B\/s ↑ [\d.]+ k?B\/s/ })
      .waitFor({ timeout: 10_000 })
    await visitor.picture('overview')
    await page.getByRole('button', { name: 'sc2-a' }).click()
    const panel = page.getByRole('complementary', { name: 'Node sc2-a' })
    await panel.getByText('direct, from').waitFor()
    for (const fact of ['Behind', 'Lacks ours', 'Clock', 'Traffic', 'Probe'])
      await panel.getByText(fact, { exact: true }).waitFor()
  })

  it('finds services by text, cluster, environment, application, version and state', async () => {
    const visitor = await stage.open()
    const { page } = visitor
    await visitor.go('services')
    await visitor.sees(/^1–50 of 605 services$/)
    const rows = page.getByRole('region', { name: 'Services' }).getByRole('row')
    const pager = page.getByRole('navigation', { name: 'Pages of services' })
    const shows = (text: RegExp) => pager.getByText(text).waitFor({ timeout: 10_000 })
    await page.getByRole('button', { name: 'Next page' }).click()
    await shows(/^51–100 of/)
    await page.getByRole('searchbox').fill('shipment')
    await shows(/^1–40 of 40 services$/)
    await page.getByRole('combobox', { name: 'Cluster' }).selectOption('sc2')
    await shows(/^1–26 of 26 services$/)
    await page.getByRole('combobox', { name: 'Environment' }).selectOption('development')
    await page.getByRole('combobox', { name: 'Application' }).selectOption('logistics')
    await until('the filters add up', 10_000, async () => (await rows.count()) > 1 && (await rows.count()) < 10)
    assert.match(page.url(), /text=shipment&cluster=sc2&env=development&app=logistics/)
    await page.getByRole('button', { name: 'Clear' }).click()
    await shows(/of 605 services$/)
    await page.getByRole('textbox', { name: 'Version' }).fill('2.3.1')
    await visitor.sees(/^1–1 of 1 /)
    await page.getByRole('combobox', { name: 'State' }).selectOption('UP')
    await visitor.sees('No service fits')
    await page.getByRole('combobox', { name: 'State' }).selectOption('none')
    await page.getByRole('link', { name: 'checkout' }).waitFor()
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByRole('combobox', { name: 'State' }).selectOption('STARTING')
    await until('some', 10_000, async () => (await rows.count()) > 10)
    await page.locator('.is-old').waitFor({ state: 'detached' })
    await visitor.picture('services')
    await page.getByRole('searchbox').fill('nobody-is-called-so')
    await page.getByRole('link', { name: 'why nobody-is-called-so is not there' }).click()
    await visitor.sees('Not visible')
  })

  it('shows instances with lease, holder, properties and endpoints', async () => {
    const visitor = await stage.open()
    const { page } = visitor
    const [id = ''] = stage.story.instances
    await visitor.go('instances')
    await visitor.sees(/^1–50 of 20,011 instances$/)
    await page.getByRole('searchbox').fill(id.slice(0, 16))
    await page.getByRole('button', { name: `Details of ${id}` }).click()
    for (const text of [
      'zone',
      'sc1-a (this',
      'rest://10.0.7.0:8080',
      'every 900 s, 3 may be missed (push)',
      'Lease held by',
    ])
      await page
        .locator('tr.detail')
        .getByText(text.split(' (')[0] ?? '')
        .first()
        .waitFor()
    assert.equal(
      await page.getByRole('button', { name: /Take out|Delete/ }).count(),
      0,
      'nothing to do without accounts',
    )
    await visitor.sees('Read only')
  })

  it('shows a service with versions, tags, contracts and dependencies across clusters', async () => {
    const visitor = await stage.open()
    const { page } = visitor
    await visitor.go('services?text=checkout')
    await page.getByRole('link', { name: 'checkout' }).click()
    await visitor.reads('checkout 2.4.0')
    await visitor.sees('team-checkout')
    await visitor.sees(/^1–4 of 4 instances$/)
    await page.getByRole('link', { name: 'contracts 2' }).click()
    await visitor.sees('3 operations')
    await page.getByText('Places an order', { exact: true }).click()
    await visitor.sees('Receipt')
    await visitor.picture('contract')
    await page.getByText('Text, 82 lines').click()
    await page.getByLabel('Text of the contract').getByText('x-java-interface').waitFor()
    await page.getByRole('link', { name: 'CheckoutAdmin' }).click()
    await visitor.sees('Declared, and never stored')
    await page.getByRole('link', { name: 'dependencies 4' }).click()
    for (const name of ['storefront', 'ledger', 'stock']) await page.locator('a.graph-box', { hasText: name }).waitFor()
    await page.locator('.graph-box.missing', { hasText: 'loyalty' }).waitFor()
    await visitor.picture('dependencies')
    await page.locator('a.graph-box', { hasText: 'ledger' }).click()
    await visitor.reads('ledger 1.9.0')
    await page.getByRole('link', { name: 'about' }).click()
    await page.getByRole('region', { name: 'Registrations' }).getByText('sc2-a').waitFor()
    await visitor.go(`services/${stage.story.checkout}`)
    await page.getByRole('navigation', { name: 'Versions' }).getByRole('link', { name: '2.3.1' }).click()
    await visitor.reads('checkout 2.3.1')
    await visitor.go('services/nothing')
    await visitor.sees('The node refused this')
    await visitor.close([/status of 400/])
  })

  it('follows events as they happen', async () => {
    const visitor = await stage.open()
    const { page } = visitor
    await visitor.go('events')
    const table = page.getByRole('region', { name: 'Events' })
    await table.getByText('Instance registered').first().waitFor()
    const register = async (j: number): Promise<void> => {
      const instance = { ...instanceOf('sc2', 9, j), instanceId: `tail-${j}` }
      await stage.federation.two.registry.call('POST', `/microservices/${stage.story.ledger}/instances`, { instance })
    }
    await register(50)
    await table.getByText('tail-50').waitFor({ timeout: 10_000 })
    await page.getByRole('button', { name: 'Pause' }).click()
    await register(51)
    await visitor.sees(/, 1 new$/)
    assert.equal(await table.getByText('tail-51').count(), 0)
    await page.getByRole('button', { name: 'Go on' }).click()
    await table.getByText('tail-51').waitFor()
    await stage.federation.two.registry.unregister(stage.story.ledger, 'tail-51')
    await page.getByRole('combobox', { name: 'Kind' }).selectOption('instance-unregistered')
    await table.getByText('Instance unregistered').first().waitFor({ timeout: 10_000 })
    await page.getByRole('searchbox').fill('ledger')
    await until('one event fits', 10_000, async () => (await table.getByRole('row').count()) === 2)
    await stage.federation.two.registry.unregister(stage.story.ledger, 'tail-50')
    await until('two events fit', 10_000, async () => (await table.getByRole('row').count()) === 3)
  })

  it('shows peers and what is configured', async () => {
    const visitor = await stage.open()
    const { page } = visitor
    await visitor.go('peers')
    const nodes = page.getByRole('region', { name: 'Nodes' })
    await nodes.getByRole('row', { name: /sc2-a.*up.*direct/ }).waitFor()
    await nodes.getByText('0.1.0').first().waitFor()
    assert.equal(await page.getByRole('region', { name: 'Configured addresses' }).getByText('connected').count(), 2)
    await visitor.sees('None: every record was taken.')
  })

  it('answers why, also from an address that somebody has sent', async () => {
    const visitor = await stage.open()
    const { page } = visitor
    await visitor.go('why')
    await page.getByLabel('Service').fill('ledger')
    await page.getByLabel('Registered in').selectOption('sc2')
    await page.getByLabel('Version').fill('1.9.0')
    await visitor.asksAgain('/admin/browse/summary')
    assert.equal(
      await page.getByLabel('Version').inputValue(),
      '1.9.0',
      'what is typed stays while lists of choices come',
    )
    await page.getByRole('button', { name: 'Ask' }).click()
    await page.getByRole('heading', { name: 'Visible visible' }).waitFor()
    assert.ok((await page.getByRole('listitem').count()) >= 3)
    await visitor.go('why?service=ledger&env=development')
    await visitor.sees('other-environment')
    await page.getByRole('region', { name: 'Next step' }).waitFor()
    await visitor.picture('why')
    await visitor.go('why?service=loyalty')
    await visitor.sees('never-registered')
  })
}
