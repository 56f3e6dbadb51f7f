import assert from 'node:assert/strict'
import { until } from '../helpers/until.ts'
import { DESK, type Look, NARROW, NIGHT, PHONE } from './browser.ts'
import type { Stage } from './stage.ts'

/** Addresses, and what is there once they are shown. */
const VIEWS: readonly (readonly [address: string, shown: string])[] = [
  ['overview', '.federation .node'],
  ['services', '[aria-label="Services"] tbody tr'],
  ['instances', '[aria-label="Instances"] tbody tr'],
  ['events', '[aria-label="Events"] tbody tr'],
  ['peers', '[aria-label="Nodes"] tbody tr'],
  ['problems', '.empty'],
  ['why?service=checkout', '.chain li'],
  ['SERVICE', 'table.instances tbody tr'],
  ['SERVICE/contracts', '.operation'],
  ['SERVICE/dependencies', '.graph-box'],
  ['SERVICE/about', '[aria-label="Registrations"] tbody tr'],
]

/** That everybody reaches everything: by keyboard, in every colour and on every screen. */
export function reachTests(stage: Stage): void {
  it('is used by keyboard alone', async () => {
    const visitor = await stage.open()
    const { page } = visitor
    await visitor.go('')
    await page.getByRole('button', { name: 'sc1-a' }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'MAIN', 'skipped to the content')
    await page.keyboard.type('gs')
    await visitor.reads('Services')
    await page.keyboard.press('/')
    await page.keyboard.type('ledger')
    await visitor.sees(/^1–1 of 1 /)
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'ledger' }).focus()
    await page.keyboard.press('Enter')
    await visitor.reads('ledger 1.9.0')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    for (const [key, heading] of [
      ['i', 'Instances'],
      ['e', 'Events'],
      ['p', 'Peers'],
      ['r', 'Problems'],
      ['w', 'Why'],
    ] as const) {
      await until(`g ${key} leads to ${heading}`, 20_000, async () => {
        await page.keyboard.type(`g${key}`)
        return page.getByRole('heading', { level: 1, name: heading }).isVisible()
      })
    }
  })

  it('keeps the colours and the part of the catalog that were chosen', async () => {
    const visitor = await stage.open()
    const { page } = visitor
    await visitor.go('services')
    await visitor.sees(/of 605 services/)
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const light = await ground()
    await page.getByRole('button', { name: 'Colours: system. Change to light' }).click()
    await page.getByRole('button', { name: 'Colours: light. Change to dark' }).click()
    assert.notEqual(await ground(), light)
    await page.reload()
    await visitor.sees(/of 605 services/)
    assert.notEqual(await ground(), light)
    await page.getByRole('button', { name: /^default\/default/ }).click()
    await page.getByRole('textbox', { name: 'Project' }).fill('elsewhere')
    await page.getByRole('button', { name: 'Look there' }).click()
    await visitor.sees('No service fits')
    await visitor.sees('default/elsewhere')
  })

  // What differs in the dark is the colours.
  const looks: readonly (readonly [title: string, look: Look, rules?: readonly string[]])[] = [
    ['light', DESK],
    ['dark', NIGHT, ['color-contrast']],
    ['a phone, dark', PHONE],
  ]
  for (const [title, look, rules] of looks) {
    it(`puts no obstacle in anybody's way: ${title}`, async () => {
      const visitor = await stage.open(look)
      for (const [view, shown] of VIEWS) {
        await visitor.go(view.replace('SERVICE', `services/${stage.story.checkout}`))
        await visitor.page.locator(`main ${shown}`).first().waitFor()
        assert.deepEqual(await visitor.obstacles(rules), [], view)
        if (view === 'overview' && look !== DESK) await visitor.picture(look === PHONE ? 'phone' : 'dark')
      }
    })
  }

  it('fits 1,024 pixels and a phone: only parts of it scroll sideways', async () => {
    for (const look of [NARROW, PHONE]) {
      const visitor = await stage.open(look)
      for (const [view, shown] of VIEWS) {
        await visitor.go(view.replace('SERVICE', `services/${stage.story.checkout}`))
        await visitor.page.locator(`main ${shown}`).first().waitFor()
        assert.equal(await visitor.overflow(), 0, `${view} at ${look.width}`)
      }
      await stage.leave()
    }
  })
}
