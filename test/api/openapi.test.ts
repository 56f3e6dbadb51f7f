import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { OpenApi, Operation } from '../../src/api/openapi/document.ts'
import { call } from '../helpers/http.ts'
import { REGISTRY, type Secured, SecuredNodes } from '../helpers/secured.ts'

interface Published {
  readonly method: string
  readonly path: string
  readonly parameters: readonly string[]
  readonly statuses: readonly number[]
}

/** Made by scripts/published-routes.ts. */
const published = JSON.parse(readFileSync(new URL('published.json', import.meta.url), 'utf8')) as readonly Published[]

/** What the original publishes but does not serve, or does not mean. */
const NOT_SERVED = new Map<string, string>([
  ['GET /v4/{}/registry/microservices/{}/listwatcher', 'the original serves it no more'],
  ['GET /v4/{}/govern/microservices/statistics', 'served at /govern/statistics, by the original too'],
])
const NOT_MEANT: readonly (readonly [string, string, string])[] = [
  ['GET /v4/{}/registry/instances', 'header x-resource-revsion', 'a header of the answer'],
  ['DELETE /v1/{}/gov/{}/{}', 'body', 'nobody reads it'],
  ['GET /v1/{}/gov/{}/{}', 'query app', 'nobody reads it: the id says all'],
  ['GET /v1/{}/gov/{}/{}', 'query env', 'nobody reads it: the id says all'],
]

const anonymous = (path: string): string => path.replace(/\{\w+\}/g, '{}')

describe('the description of the API', () => {
  const nodes = new SecuredNodes()
  let node: Secured
  let document: OpenApi

  before(async () => {
    node = await nodes.start()
    document = (await call(node.url, 'GET', '/openapi.json')).json as OpenApi
  })

  after(() => nodes.close())

  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator()
    const { valid, errors } = await validator.validate(structuredClone(document) as unknown as Record<string, unknown>)
    assert.ok(valid, JSON.stringify(errors))
    assert.equal(validator.version, '3.1')
    const broken = { ...document, paths: { '/x': { get: { responses: { 200: {} } } } } }
    assert.equal((await new Validator().validate(broken as unknown as Record<string, unknown>)).valid, false)
  })

  it('has no operation twice, and names every parameter of every path', () => {
    const ids = new Set<string>()
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const { operationId } = operation as unknown as { operationId: string }
        assert.ok(!ids.has(operationId), operationId)
        ids.add(operationId)
        const named = (operation.parameters ?? []).filter(({ in: place }) => place === 'path').map(({ name }) => name)
        assert.deepEqual(
          named,
          [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
          `${method} ${path}`,
        )
        for (const { name, description } of operation.parameters ?? []) assert.ok(description, `${path}: ${name}`)
      }
    }
    assert.ok(ids.size > 60)
  })

  describe('has what the original publishes', () => {
    const ours = () =>
      new Map<string, Operation>(
        Object.entries(document.paths).flatMap(([path, operations]) =>
          Object.entries(operations).map(
            ([method, operation]) => [`${method.toUpperCase()} ${anonymous(path)}`, operation] as const,
          ),
        ),
      )

    for (const { method, path, parameters, statuses } of published) {
      const name = `${method} ${anonymous(path)}`
      const reason = NOT_SERVED.get(name)
      if (reason !== undefined) {
        it(`but not ${name}: ${reason}`, async () => {
          assert.equal(ours().get(name), undefined)
        })
        continue
      }
      it(name, () => {
        const operation = ours().get(name)
        assert.ok(operation, 'no such route')
        const known = new Set([
          ...(operation.parameters ?? []).map(({ name: one, in: place }) => `${place} ${one}`.toLowerCase()),
          ...(operation.requestBody === undefined ? [] : ['body']),
          // In OpenAPI 3 tokens are no parameters.
          ...('security' in operation ? ['header authorization'] : []),
        ])
        for (const parameter of parameters) {
          if (parameter.startsWith('path ')) continue
          if (NOT_MEANT.some(([route, what]) => route === name && what === parameter)) continue
          assert.ok(known.has(parameter.toLowerCase()), `no ${parameter}`)
        }
        const websocket = '101' in operation.responses
        for (const status of statuses) {
          if (websocket && status === 200) continue
          assert.ok(String(status) in operation.responses, `no status ${status}`)
        }
      })
    }
  })

  it('says what is answered', async () => {
    const root = await node.token()
    const ajv = new Ajv2020({ strict: false })
    ajv.addSchema({ $id: 'document', ...document })
    const service = { appId: 'app', serviceName: 'one', schemas: ['s'], properties: { a: 'b' } }
    const tags = { a: 'b' }
    const posted = await node.send('POST', `${REGISTRY}/microservices`, root, { service, tags })
    const { serviceId } = posted.json as { serviceId: string }
    const instance = { instanceId: 'i', hostName: 'h', endpoints: ['rest://h'] }
    const params = {
      project: 'default',
      serviceId,
      instanceId: 'i',
      schemaId: 's',
      kind: 'retry',
      name: 'root',
      roleName: 'admin',
    }
    const path = (template: string) => template.replace(/\{(\w+)\}/g, (_, name: keyof typeof params) => params[name])
    const one = `${REGISTRY}/microservices/${serviceId}`
    await node.send('POST', `${one}/instances`, root, { instance })
    await node.send('PUT', `${one}/schemas/s`, root, { schema: 'content', summary: 'sum' })
    await node.send('POST', '/v1/default/gov/retry', root, { spec: { maxAttempts: 1 } })
    await node.login('root', 'wrong')
    const queries: Readonly<Record<string, string>> = {
      '/v4/{project}/registry/existence': '?type=microservice&appId=app&serviceName=one&version=0.0.1',
      '/v4/{project}/registry/instances': '?appId=app&serviceName=one&origin=1',
      '/v4/{project}/registry/microservices/{serviceId}/schemas': '?withSchema=1',
      '/v4/{project}/govern/microservices': '?options=all&withShared=1',
      '/v4/{project}/govern/relations': '?withShared=1',
    }
    let checked = 0
    for (const [template, { get }] of Object.entries(document.paths)) {
      const schema = get?.responses['200']?.content?.['application/json']?.schema
      if (schema === undefined || template.includes('/admin/') || template.includes('{id}')) continue
      const reply = await node.send('GET', path(template) + (queries[template] ?? ''), root)
      assert.equal(reply.status, 200, `${template}: ${reply.text}`)
      const pointer = template.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')
      const reference = `document#/paths/${pointer}/get/responses/200/content/application~1json/schema`
      const valid = ajv.validate({ $ref: reference }, reply.json)
      assert.ok(valid, `${template}: ${ajv.errorsText()} in ${reply.text}`)
      checked += 1
    }
    assert.ok(checked >= 25, String(checked))
  })

  it('has patterns that every reader of JSON Schema understands', () => {
    const text = JSON.stringify(document)
    for (const [, source = ''] of text.matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)) {
      assert.doesNotThrow(() => new RegExp(JSON.parse(source) as string, 'u'), source)
    }
  })

  it('is shown to people on one page that needs nothing else', async () => {
    const { status, headers, text } = await call(node.url, 'GET', '/docs')
    assert.equal(status, 200)
    assert.match(headers['content-type'] ?? '', /^text\/html/)
    assert.match(text, /<code>\/v4\/\{project\}\/registry\/instances<\/code>/)
    assert.doesNotMatch(text, /<script|https?:\/\/|undefined/)
  })
})
