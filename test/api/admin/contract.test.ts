import assert from 'node:assert/strict'
import { readContract } from '../../../src/api/admin/contract.ts'
import { call, errorOf } from '../../helpers/http.ts'
import { startTestNode, type TestNode } from '../../helpers/node.ts'
import { Registry } from '../../helpers/registry.ts'
import { CONTRACT } from '../../ui/contract.ts'

describe('contracts as people read them', () => {
  let node: TestNode
  before(async () => {
    node = await startTestNode()
  })
  after(() => node.close())

  it('operations of Swagger 2 in YAML', () => {
    const contract = readContract(CONTRACT)
    assert.deepEqual([contract?.title, contract?.version, contract?.basePath], ['Checkout', '2.4.0', '/checkout'])
    const operations = (contract?.operations ?? []).map(({ method, path }) => `${method} ${path}`)
    assert.deepEqual(operations, ['POST /orders', 'GET /orders/{id}', 'DELETE /orders/{id}'])
    const [place, read] = contract?.operations ?? []
    assert.deepEqual(place?.parameters, [{ name: 'order', in: 'body', type: 'Order', required: true }])
    assert.deepEqual(place?.responses[0], { status: '201', type: 'Receipt', description: 'placed' })
    assert.equal(read?.parameters[0]?.type, 'string (uuid)')
  })

  it('operations of OpenAPI 3 in JSON', () => {
    const schema = { type: 'array', items: { $ref: '#/components/schemas/Cart' } }
    const content = { 'application/json': { schema } }
    const put = { requestBody: { required: true, content }, responses: { 200: { description: 'ok', content } } }
    const shared = [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }]
    const contract = readContract(
      JSON.stringify({ openapi: '3.1.0', paths: { '/carts/{id}': { parameters: shared, put } } }),
    )
    assert.deepEqual(contract?.operations[0]?.parameters, [
      { name: 'id', in: 'path', type: 'integer', required: true },
      { name: 'body', in: 'body', type: 'Cart[]', required: true },
    ])
    assert.equal(contract?.operations[0]?.responses[0]?.type, 'Cart[]')
  })

  it('nothing of what is none, hostile or too long', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
      .split('')
      .map((name, i) => `${name}: &${name} [${`*${'abcdefghij'[i]},`.repeat(9)}]`)
      .join('\n')}`
    for (const text of [
      '',
      'message A { string b = 1; }',
      '[1]',
      '{"paths": 3}',
      '{',
      'a: [',
      bomb,
      `paths: {}\n${'#'.repeat(200_000)}`,
    ])
      assert.equal(readContract(text), undefined, text.slice(0, 40))
    assert.deepEqual(readContract('paths: {/a: {get: 3, put: {parameters: 7, responses: [1]}}}')?.operations.length, 1)
  })

  it('over HTTP: with its text, 304 while it stays', async () => {
    const registry = new Registry(node.url)
    const sid = await registry.service('contracted')
    await registry.call('PUT', `/microservices/${sid}/schemas/Api`, { schema: CONTRACT, summary: 'abc' })
    const path = `/v4/default/admin/browse/services/${sid}/contracts`
    const reply = await call(node.url, 'GET', `${path}/Api`)
    const { text, contract, summary } = reply.json as {
      text: string
      summary: string
      contract: { operations: unknown[] }
    }
    assert.deepEqual([text, summary, contract.operations.length], [CONTRACT, 'abc', 3])
    const again = await call(node.url, 'GET', `${path}/Api`, {
      headers: { 'if-none-match': String(reply.headers.etag) },
    })
    assert.equal(again.status, 304)
    assert.equal(errorOf(await call(node.url, 'GET', `${path}/None`)).errorCode, '400016')
  })
})
