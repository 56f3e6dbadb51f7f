import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { createDashboard } from '../../../src/ui/dashboard.ts'
import { call } from '../../helpers/http.ts'
import { startTestNode, type TestNode } from '../../helpers/node.ts'

/** Of modules as they are written, and as packages minify them. */
const IMPORT = /(?:^|[;}])\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm

const OPTIONS = { version: '1.2.3', rbac: true }

describe('the files of the dashboard', () => {
  let node: TestNode
  before(async () => {
    node = await startTestNode({}, { dashboard: createDashboard(OPTIONS) })
  })
  after(() => node.close())

  it('a page that loads nothing from elsewhere, and lets nobody else in', async () => {
    const { status, text, headers } = await call(node.url, 'GET', '/ui')
    assert.equal(status, 200)
    assert.match(String(headers['content-type']), /^text\/html/)
    const policy = String(headers['content-security-policy'])
    const [, map = ''] = /<script type="importmap">(.*)<\/script>/.exec(text) ?? []
    assert.ok(policy.includes(`script-src 'self' 'sha256-${hash('sha256', map, 'base64')}'`), policy)
    for (const part of ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "form-action 'none'"])
      assert.ok(policy.includes(part), part)
    assert.doesNotMatch(policy, /unsafe|\*/)
    assert.doesNotMatch(text, /(src|href)="(https?:)?\/\//)
    assert.match(text, /name="grapevine" content="\{&#34;version&#34;:&#34;1\.2\.3&#34;,&#34;rbac&#34;:true\}"/)
  })

  it('every module that the page and its modules name, without types', async () => {
    const { text } = await call(node.url, 'GET', '/ui')
    const [, map = ''] = /<script type="importmap">(.*)<\/script>/.exec(text) ?? []
    const { imports } = JSON.parse(map) as { readonly imports: Readonly<Record<string, string>> }
    const pages = new Set([...text.matchAll(/(?:src|href)="(ui\/[^"]+)"/g)].map(([, path = '']) => `/${path}`))
    for (const path of pages) {
      const file = await call(node.url, 'GET', path)
      assert.equal(file.status, 200, path)
      assert.match(String(file.headers['cache-control']), /immutable/)
      if (!/\.(ts|js)$/.test(path)) continue
      assert.match(String(file.headers['content-type']), /^text\/javascript/)
      for (const [, name = ''] of file.text.matchAll(IMPORT)) {
        const url = new URL(
          name.startsWith('.') ? new URL(name, `http://x${path}`) : (imports[name] ?? 'missing:'),
          'http://x/',
        )
        assert.equal((await call(node.url, 'GET', url.pathname)).status, 200, `${path} imports ${name}`)
      }
      assert.doesNotMatch(file.text, /^import type|^export (interface|type) /m, path)
    }
    assert.ok(pages.size > 30, String(pages.size))
  })

  it('compressed for who takes it, a redirect for a slash too much, 404 for everything else', async () => {
    const { text } = await call(node.url, 'GET', '/ui')
    const [, script = ''] = /src="(ui[^"]+main\.ts)"/.exec(text) ?? []
    const packed = await call(node.url, 'GET', `/${script}`, { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(packed.headers['content-encoding'], 'gzip')
    const slash = await call(node.url, 'GET', '/ui/')
    assert.deepEqual([slash.status, slash.headers.location], [301, '/ui'])
    for (const path of ['/ui/nothing', '/ui/assets/../../package.json', '/ui/assets/x/app/main.ts', '/uix'])
      assert.notEqual((await call(node.url, 'GET', path)).status, 200, path)
    assert.equal((await call(node.url, 'POST', '/ui')).status, 405)
  })

  it('none where there is no dashboard', async () => {
    const bare = await startTestNode()
    try {
      assert.equal((await call(bare.url, 'GET', '/ui')).status, 404)
    } finally {
      await bare.close()
    }
  })
})
