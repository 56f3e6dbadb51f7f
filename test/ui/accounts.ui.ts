/** With accounts: signing in, what one may do and what one may not, and what each action says before it is done. */
import assert from 'node:assert/strict'
import type { NodeProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'
import { PHONE, type Visitor } from './browser.ts'
import { tellStory } from './population.ts'
import { Stage } from './stage.ts'

const ROOT = 'Complicated_password1'
const PASSWORD = 'Str0ng_pw-1'
const FLAGS = ['--rbac-enable', 'true', '--rbac-root-password', ROOT]
/** Chromium itself reports every refused request. */
const REFUSED = /status of (400|401|403)/

describe('the dashboard with accounts', function () {
  this.timeout(90_000)
  const stage = new Stage()
  let root = ''

  const send = async (node: NodeProcess, method: string, path: string, body?: object): Promise<string> => {
    const headers = root === '' ? {} : { authorization: `Bearer ${root}` }
    const text = body === undefined ? undefined : JSON.stringify(body)
    const answer = await node.registry.request(method, path, text, headers)
    assert.equal(answer.status, 200, `${method} ${path}: ${answer.text}`)
    return answer.text
  }

  before(() =>
    stage.start(FLAGS, async ({ one, two }) => {
      const login = await send(one, 'POST', '/v4/token', { name: 'root', password: ROOT })
      root = (JSON.parse(login) as { readonly token: string }).token
      const reader = { perms: [{ resources: [{ type: 'service' }], verbs: ['get'] }], name: 'reader' }
      await send(one, 'POST', '/v4/roles', reader)
      await send(one, 'POST', '/v4/accounts', { name: 'boss', password: PASSWORD, roles: ['admin'] })
      await send(one, 'POST', '/v4/accounts', { name: 'guest', password: PASSWORD, roles: ['reader'] })
      const tokenOf = async (name: string, password: string): Promise<string> =>
        (JSON.parse(await send(two, 'POST', '/v4/token', { name, password })) as { readonly token: string }).token
      // Not by logging in as him: until his account has come each try is a wrong guess, and the third is one too many.
      await until('sc2 knows the account', 20_000, async () => {
        const headers = { authorization: `Bearer ${await tokenOf('root', ROOT)}` }
        return (await two.registry.request('GET', '/v4/accounts/boss', undefined, headers)).status === 200
      })
      return tellStory(one.registry, two.registry, await tokenOf('boss', PASSWORD))
    }),
  )
  after(() => stage.close())
  afterEach(() => stage.leave())

  const signIn = async ({ page }: Visitor, name: string, password = PASSWORD): Promise<void> => {
    await page.getByLabel('Account').fill(name)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }
  const asBoss = async (address: string): Promise<Visitor> => {
    const visitor = await stage.open()
    await visitor.go(address)
    await signIn(visitor, 'boss')
    return visitor
  }
  const statusOf = async (id: string): Promise<string> => {
    const path = `/v4/default/registry/microservices/${stage.story.checkout}/instances/${id}`
    const answer = await stage.federation.one.registry.request('GET', path, undefined, {
      authorization: `Bearer ${root}`,
    })
    return answer.status === 200
      ? (JSON.parse(answer.text) as { instance: { status: string } }).instance.status
      : 'gone'
  }

  it('asks who is there, and lets nobody in with a wrong password', async () => {
    const visitor = await stage.open()
    await visitor.go('services')
    await visitor.reads('Grapevine')
    assert.deepEqual(await visitor.obstacles(), [])
    await signIn(visitor, 'boss', 'Wr0ng_password')
    await visitor.page.getByRole('alert').getByText('User name or password is wrong').waitFor()
    await signIn(visitor, 'boss')
    await visitor.reads('Services')
    await visitor.sees('boss')
    await visitor.page.reload()
    await visitor.reads('Services')
    await visitor.page.getByRole('button', { name: 'Sign out' }).click()
    await visitor.reads('Grapevine')
    const kept = await visitor.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
    assert.doesNotMatch(kept, /eyJ|token|pw-1/, 'neither token nor password is left')
    await visitor.close([REFUSED])
  })

  it('takes an instance out of service and brings it back, after saying what that means', async () => {
    const [id = ''] = stage.story.instances
    const visitor = await asBoss(`services/${stage.story.checkout}`)
    const { page } = visitor
    await page.getByRole('button', { name: `Details of ${id}` }).click()
    await page.getByRole('button', { name: 'Take out of service' }).click()
    const dialog = page.getByRole('dialog', { name: 'Take out of service' })
    await dialog.getByText('clients in every cluster leave out what is out of service').waitFor()
    assert.deepEqual(await visitor.obstacles(), [])
    await visitor.picture('confirm')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    assert.equal(await statusOf(id), 'UP', 'nothing happens without the confirmation')
    await page.getByRole('button', { name: 'Take out of service' }).click()
    await dialog.getByRole('button', { name: 'Take out of service' }).click()
    await visitor.sees(`${id} is out of service`)
    assert.equal(await statusOf(id), 'OUTOFSERVICE')
    await page.getByRole('row', { name: 'Out of service' }).first().waitFor()
    await page.getByRole('button', { name: 'Bring back' }).click()
    await page.getByRole('dialog').getByText('clients in every cluster send it requests').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Bring back' }).click()
    await visitor.sees(`${id} is up`)
    assert.equal(await statusOf(id), 'UP')
  })

  it('deletes an instance, after saying what that means', async () => {
    const id = stage.story.instances[1] ?? ''
    const visitor = await asBoss(`instances?text=${id}`)
    const { page } = visitor
    await page.getByRole('button', { name: `Details of ${id}` }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByText('disappears from every cluster at once').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await visitor.sees(`${id} was deleted`)
    await visitor.sees('No instance fits')
    assert.equal(await statusOf(id), 'gone')
  })

  it('says where an instance of another cluster is changed', async () => {
    const visitor = await asBoss(`services/${stage.story.ledger}`)
    await visitor.page
      .getByRole('button', { name: /^Details of/ })
      .first()
      .click()
    await visitor.sees('Registered in sc2, and changed only there')
    assert.equal(await visitor.page.getByRole('button', { name: /Take out|Delete/ }).count(), 0)
  })

  it('offers nothing to who may only read, and says what his roles do not cover', async () => {
    const visitor = await stage.open(PHONE)
    const { page } = visitor
    await visitor.go(`services/${stage.story.checkout}`)
    await signIn(visitor, 'guest')
    await page
      .getByRole('button', { name: /^Details of/ })
      .first()
      .click()
    await page.locator('tr.detail').getByText('Lease held by').waitFor()
    assert.equal(await page.getByRole('button', { name: /Take out|Delete/ }).count(), 0)
    await visitor.go('peers')
    await visitor.sees('Your roles do not cover this')
    assert.deepEqual(await visitor.obstacles(), [])
    await visitor.close([REFUSED])
  })

  it('deletes a service, after saying what stays', async () => {
    const visitor = await asBoss(`services/${stage.story.checkout}`)
    const { page } = visitor
    await page.getByRole('button', { name: 'Delete service' }).click()
    const dialog = page.getByRole('dialog', { name: 'Delete service' })
    await dialog.getByText('although 1 service uses it').waitFor()
    await dialog.getByText('It stays visible as registered in sc2.').waitFor()
    await dialog.getByRole('button', { name: 'Delete service' }).click()
    await visitor.sees('checkout 2.4.0 was deleted')
    await visitor.reads('Services')
    await until('it ends here', 10_000, async () => (await statusOf(stage.story.instances[0] ?? '')) === 'gone')
  })

  it('sends away whose account is gone', async () => {
    const visitor = await asBoss('services')
    await visitor.reads('Services')
    await send(stage.federation.one, 'DELETE', '/v4/accounts/boss')
    await visitor.sees('Your session has ended. Sign in again.', 15_000)
    await visitor.close([REFUSED])
  })
})
