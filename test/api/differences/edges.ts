import assert from 'node:assert/strict'
import { DEFAULT_API_OPTIONS } from '../../../src/api/options.ts'
import { KieStub } from '../../helpers/kie.ts'
import { TestSocket } from '../../helpers/socket.ts'
import { type Checks, REGISTRY, refusedWith, scene, shownBy } from './scene.ts'

const GOV = '/v1/default/gov'
const RETRY = { name: 'login', selector: { app: 'shop' }, spec: { maxAttempts: 3 } }

export const EDGES: Checks = {
  'watching an unknown service upgrades, sends a line of text and drops the connection': () =>
    scene(async ({ node }) => {
      const { status, body } = await new TestSocket(node.url, `${REGISTRY}/microservices/nobody/watcher`).refusal()
      assert.equal(status, 400)
      assert.equal(JSON.parse(body).errorCode, '400012')
    }),

  'a full queue of a watcher loses its events silently': () => {
    for (const title of [
      'that does not keep up is closed, and the others are not',
      'is closed when its consumer has gone',
      'hears what it missed, removals included, and then what comes',
    ]) {
      shownBy('api/sockets.test.ts', title)()
    }
  },

  'the dump from another project or domain crashes behind a 200': () =>
    scene(async ({ send }) => {
      refusedWith('403001', await send('GET', '/v4/other/admin/dump'))
      refusedWith('403001', await send('GET', '/v4/default/admin/dump', undefined, { 'x-domain-name': 'other' }))
      assert.equal((await send('GET', '/v4/default/admin/dump')).status, 200)
    }),

  'a refused target is followed by what the handler would have said': () =>
    scene(async ({ send }) => {
      const target = `${REGISTRY}/microservices?`
      assert.equal((await send('GET', target)).text, `Invalid Request URI ${target}`)
    }),

  'targets are checked on every path': () =>
    scene(async ({ send }) => {
      for (const path of ['/v4/default/registry/health?', '/registry/v3/microservices?']) {
        assert.equal((await send('GET', path)).status, 400, path)
      }
      for (const path of ['/health?', '/grapevine/v1/identity?a=http://x']) {
        assert.equal((await send('GET', path)).status, 200, path)
      }
    }),

  'governance rules need a KIE server': () =>
    scene(async ({ send }) => {
      assert.equal((await send('POST', `${GOV}/retry`, RETRY)).status, 200)
      shownBy('api/gov.test.ts', 'are kept there')()
    }),

  'a rule that does not exist, or a second one of the same kind, name and selector, is what KIE says about it':
    async () => {
      await scene(async ({ send }) => {
        refusedWith('400001', await send('GET', `${GOV}/retry/nowhere`), /does not exist/)
        await send('POST', `${GOV}/retry`, RETRY)
        refusedWith('400001', await send('POST', `${GOV}/retry`, RETRY), /exists/)
      })
      const kie = await KieStub.start()
      try {
        const gov = { ...DEFAULT_API_OPTIONS.gov, kieEndpoint: kie.url }
        await scene(async ({ send }) => refusedWith('500003', await send('GET', `${GOV}/retry/nowhere`)), {
          api: { gov },
        })
      } finally {
        await kie.stop()
      }
    },

  'a changed certificate needs a restart': shownBy(
    'e2e/https.test.ts',
    'shows itself so, serves websockets, and takes a new certificate without a restart',
  ),

  'metrics have a label `domain`': shownBy(
    'telemetry/metrics.test.ts',
    'say the same under the names of the original, for its dashboards',
  ),

  '`/v1/syncer/health` lists the peers of a syncer': () =>
    scene(async ({ send }) => {
      assert.equal((await send('GET', '/v1/syncer/health')).status, 404)
      const { status, json } = await send('GET', '/v4/default/admin/peers')
      assert.equal(status, 200)
      assert.ok(Array.isArray((json as { peers: unknown }).peers))
    }),
}
