import assert from 'node:assert/strict'
import { bytes, duration, short } from '../../src/ui/app/parts/format.ts'
import { may } from '../../src/ui/app/state/app.ts'
import { search } from '../../src/ui/app/state/client.ts'
import { href, parseRoute } from '../../src/ui/app/state/router.ts'
import { accountOf } from '../../src/ui/app/state/session.ts'

describe('small parts of the dashboard', () => {
  it('addresses come back as they were made, whatever stands in them', () => {
    for (const text of ['a b', 'a+b', 'a/b?c#d&e=f', 'ü', '%', '..', '"<script>']) {
      const { path, query } = parseRoute(href(['services', text], { text, empty: '' }))
      assert.deepEqual([path, query], [['services', text], { text }])
    }
    assert.deepEqual(parseRoute('#/services/%E0%A4?x=1'), { path: ['services', '%E0%A4'], query: { x: '1' } })
    assert.deepEqual(parseRoute(''), { path: [], query: {} })
  })

  it('queries of the API never end as targets may not', () => {
    assert.equal(search({ text: 'a+', env: '', none: undefined, limit: 5 }), '?text=a%2B&env=&limit=5')
    assert.equal(search({ text: 'a b?' }), '?text=a%20b%3F')
    assert.equal(search({}), '')
  })

  it('numbers, times and sizes', () => {
    assert.deepEqual([0, 999, 1_000, 61_000, 3_600_000, 90_061_000].map(duration), [
      '0 ms',
      '999 ms',
      '1 s',
      '1 min 1 s',
      '1 h',
      '1 d 1 h',
    ])
    assert.deepEqual([0, 999, 1_500, 123_456, 5e9].map(bytes), ['0 B', '999 B', '1.5 kB', '123 kB', '5.0 GB'])
    assert.deepEqual([short('abc'), short('0123456789abcdef')], ['abc', '…56789abcdef'])
  })

  it('permissions offer what roles cover', () => {
    const labelled = [{ resources: [{ type: 'service', labels: { appId: 'shop' } }], verbs: ['get', 'delete'] }]
    assert.equal(may(labelled, 'service', 'delete', { appId: 'shop' }), true)
    assert.equal(may(labelled, 'service', 'delete', { appId: 'bank' }), false)
    assert.equal(may(labelled, 'service', 'update', { appId: 'shop' }), false)
    assert.equal(may([{ resources: [{ type: 'service' }], verbs: ['*'] }], 'service', 'update', {}), true)
    assert.equal(may([], 'service', 'get', {}), false)
  })

  it('the account of a token, and nothing of what is none', () => {
    const claims = Buffer.from(JSON.stringify({ account: 'jürgen' })).toString('base64url')
    assert.equal(accountOf(`x.${claims}.y`), 'jürgen')
    for (const token of ['', 'a.b.c', `x.${Buffer.from('[]').toString('base64url')}.y`])
      assert.equal(accountOf(token), '')
  })
})
