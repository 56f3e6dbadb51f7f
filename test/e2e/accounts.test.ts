import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eachFleet } from '../helpers/each-fleet.ts'
import { GRAPEVINE, type NodeProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'

const DEADLINE_MS = 20_000
const ROOT = 'Complicated_password1'
const PASSWORD = 'Str0ng_pw-1'
const OTHER_PASSWORD = 'Str0ng_pw-2'
const ROUNDS = 10
const ENV = { RBAC_ENABLE: 'true', SC_INIT_ROOT_PASSWORD: ROOT }

describe('nodes with accounts', function () {
  this.timeout(90_000)
  const each = eachFleet()

  const send = (node: NodeProcess, method: string, path: string, token = '', body?: object) =>
    node.registry.request(
      method,
      path,
      body && JSON.stringify(body),
      token === '' ? {} : { authorization: `Bearer ${token}` },
    )

  const login = async (node: NodeProcess, name: string, password: string): Promise<string> => {
    const { status, text } = await send(node, 'POST', '/v4/token', '', { name, password })
    return status === 200 ? (JSON.parse(text) as { token: string }).token : ''
  }

  const services = async (node: NodeProcess, token: string): Promise<number> =>
    (await send(node, 'GET', '/v4/default/registry/microservices', token)).status

  it('of one mesh key know the accounts of each other, and tokens outlive a restart', async () => {
    const { fleet } = each
    const { stdout } = await promisify(execFile)(GRAPEVINE, ['key'])
    const key = join(await fleet.folder(), 'mesh.key')
    await writeFile(key, stdout, { mode: 0o600 })
    const flags = ['--mesh-key', key]
    const { sc1, sc2 } = await fleet.twoClusters({
      sc1: { env: ENV, flags, data: await fleet.folder() },
      sc2: { env: ENV, flags },
    })
    assert.equal(await services(sc1, ''), 401)
    const root = await login(sc1, 'root', ROOT)
    const account = { name: 'alice', password: PASSWORD, roles: ['developer'] }
    assert.equal((await send(sc1, 'POST', '/v4/accounts', root, account)).status, 200)
    const token = await login(sc1, 'alice', PASSWORD)
    assert.equal(await services(sc1, token), 200)
    // Not by logging in: until the account has come each try is a wrong guess, and the third is one too many.
    await until('sc2 knows the account', DEADLINE_MS, async () => (await services(sc2, token)) === 200)
    assert.notEqual(await login(sc2, 'alice', PASSWORD), '')

    await sc1.kill()
    const back = await (await fleet.restart(sc1).listening()).ready()
    assert.equal(await services(back, token), 200)
    assert.equal((await send(back, 'DELETE', '/v4/accounts/alice', root)).status, 200)
    await until('sc2 refuses the token', DEADLINE_MS, async () => (await services(sc2, token)) === 401)
  })

  it('without a mesh key keep their accounts to themselves', async () => {
    const { fleet } = each
    const { sc1, sc2 } = await fleet.twoClusters({ sc1: { env: ENV }, sc2: { env: ENV } })
    const account = { name: 'alice', password: PASSWORD, roles: ['developer'] }
    const [root1, root2] = [await login(sc1, 'root', ROOT), await login(sc2, 'root', ROOT)]
    assert.equal((await send(sc1, 'POST', '/v4/accounts', root1, account)).status, 200)
    // What comes after the account in the same stream has arrived, so the account has.
    const service = { service: { serviceName: 'later', appId: 'default', version: '1.0.0' } }
    assert.equal((await send(sc1, 'POST', '/v4/default/registry/microservices', root1, service)).status, 200)
    await until('sc2 knows the service', DEADLINE_MS, async () => {
      const { text } = await send(sc2, 'GET', '/v4/default/registry/microservices', root2)
      return text.includes('"later"')
    })
    assert.equal(await login(sc2, 'alice', PASSWORD), '')
  })

  it('of one cluster let everybody in at once whom one of them has just made, or given a password or role', async () => {
    const { fleet } = each
    const places = [await fleet.place(), await fleet.place()]
    const [one, two] = places.map((place, i) => {
      const peers = `http://127.0.0.1:${places[1 - i]?.http}`
      return fleet.node({ place, name: `n${i}`, cluster: 'sc1', peers, env: ENV })
    }) as [NodeProcess, NodeProcess]
    await Promise.all([one.ready(), two.ready()])
    const root = await login(one, 'root', ROOT)
    const perms = [{ resources: [{ type: 'service' }], verbs: ['*'] }]
    for (let i = 0; i < ROUNDS; i++) {
      const [role, name] = [`role-${i}`, `user-${i}`]
      // Each request goes to the node that has not seen the one before.
      const requests: readonly (readonly [NodeProcess, string, string, object])[] = [
        [one, 'POST', '/v4/roles', { name: role, perms }],
        [two, 'POST', '/v4/accounts', { name, password: PASSWORD, roles: [role] }],
        [one, 'PUT', `/v4/accounts/${name}`, { roles: [role] }],
      ]
      for (const [node, method, path, body] of requests) {
        const { status, text } = await send(node, method, path, root, body)
        assert.equal(status, 200, `round ${i}: ${method} ${path}: ${text}`)
      }
      const token = await login(two, name, PASSWORD)
      assert.notEqual(token, '', `round ${i}: logged in`)
      assert.equal(await services(one, token), 200, `round ${i}: the token is good at the other node`)
      const change = { password: OTHER_PASSWORD, currentPassword: PASSWORD }
      assert.equal((await send(one, 'POST', `/v4/accounts/${name}/password`, token, change)).status, 200)
      assert.notEqual(await login(two, name, OTHER_PASSWORD), '', `round ${i}: logged in with the new password`)
    }
    assert.equal(await login(two, 'nobody', PASSWORD), '')
    assert.equal(await login(two, 'user-0', 'Wr0ng_pw-1'), '')
  })

  const refusals: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[], RegExp])[] = [
    [
      'a weak password of root',
      { ...ENV, SC_INIT_ROOT_PASSWORD: 'weak-secret' },
      [],
      /--rbac-root-password: it is too weak/,
    ],
    ['a key that is none', ENV, ['--rbac-private-key-file', import.meta.filename], /is not a private key in PEM form/],
    [
      'a key that is not there',
      ENV,
      ['--rbac-private-key-file', '/nowhere'],
      /cannot be read from \/nowhere \(ENOENT\)/,
    ],
  ]
  for (const [what, env, flags, message] of refusals) {
    it(`do not start with ${what}`, async () => {
      const node = each.fleet.node({ place: await each.fleet.place(), name: 'a', env, flags })
      const line = await node.line(message, DEADLINE_MS)
      assert.doesNotMatch(line, /weak-secret/)
      await until('it has ended', DEADLINE_MS, () => node.end !== undefined)
      assert.notEqual(node.end?.code, 0)
    })
  }
})
