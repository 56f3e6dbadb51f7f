import assert from 'node:assert/strict'
import { DESK } from './browser.ts'
import type { Stage } from './stage.ts'

/** A cut is noticed after 5 s without a beat, and shown with the next look. */
const NOTICE_MS = 30_000

/** What is shown when something breaks. */
export function troubleTests(stage: Stage): void {
  it('shows a cut link, what it means and what to do, and its end', async () => {
    const visitor = await stage.open()
    const { page } = visitor
    await visitor.go('')
    await page.getByRole('button', { name: /sc2-a.*behind/ }).waitFor()
    for (const link of stage.federation.links) link.cut()
    await page.getByRole('button', { name: /sc2-a.*silent/ }).waitFor({ timeout: NOTICE_MS })
    await page.getByRole('region', { name: 'Cluster sc2' }).getByText('unreachable').waitFor()
    await visitor.sees('8,004 stale', NOTICE_MS)
    await page.locator('path.link.cut').waitFor({ state: 'attached', timeout: NOTICE_MS })
    await visitor.picture('cut')
    assert.deepEqual(await visitor.obstacles(), [])
    await page
      .getByRole('navigation', { name: 'Views' })
      .getByRole('link', { name: /Problems/ })
      .click()
    await visitor.sees('sc2-a in sc2 is silent')
    await visitor.sees('grapevine peers retire sc2-a')
    await visitor.picture('problems')
    assert.deepEqual(await visitor.obstacles(), [])
    await visitor.go('instances?state=stale')
    await visitor.sees(/of 8,004 instances/, NOTICE_MS)
    await visitor.go('')
    for (const link of stage.federation.links) link.heal()
    await page.getByRole('button', { name: /sc2-a.*0 behind/ }).waitFor({ timeout: NOTICE_MS })
    await visitor.seesNot('8,004 stale', NOTICE_MS)
    await page.getByRole('link', { name: 'Problems 0' }).waitFor({ timeout: NOTICE_MS })
  })

  it('says when the node does not answer any more, and goes on when it does', async () => {
    const visitor = await stage.open(DESK, stage.federation.sibling)
    const { page } = visitor
    await visitor.go('services')
    await visitor.sees(/of 605 services/)
    await stage.federation.sibling.stop()
    await visitor.sees(/No answer since/, 15_000)
    await page.getByRole('link', { name: 'cart-api', exact: true }).waitFor()
    await stage.fleet.restart(stage.federation.sibling).ready()
    await visitor.seesNot(/No answer since/, 30_000)
    await visitor.close([/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|status of 400/])
  })
}
