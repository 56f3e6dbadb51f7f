import assert from 'node:assert/strict'
import { registerInstance } from '../../src/core/commands/instance.ts'
import { registerService } from '../../src/core/commands/service.ts'
import { call } from '../helpers/http.ts'
import { startTestNode, type TestNode } from '../helpers/node.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'

/** So long that Fastify routes it; no route knows the parameter. */
const LONG = `padding=${'x'.repeat(512)}`
const METHODS = ['GET', 'PUT', 'DELETE']
/** Answers that are never the same twice. */
const LIVELY = ['/metrics', '/openapi.json', '/docs', '/v4/{project}/admin/events']

describe('the way around Fastify', function () {
  this.timeout(120_000)
  let node: TestNode
  let serviceId: string

  before(async () => {
    node = await startTestNode()
    const registered = await node.catalog.execute(registerService(SCOPE, draft('service'), rules()))
    serviceId = registered.id
    const instance = { hostName: 'host', instanceId: 'one', endpoints: ['rest://127.0.0.1:1'] }
    await node.catalog.execute(registerInstance(SCOPE, serviceId, instance, rules()))
  })

  after(() => node.close())

  const answer = async (method: string, path: string, body?: string) => {
    const { status, headers, text } = await call(node.url, method, path, { body })
    return { status, type: headers['content-type'], server: headers.server, text: text.replaceAll(`?${LONG}`, '') }
  }

  /** Every path of the API with known, unknown and odd names in it. */
  const targets = async (): Promise<string[]> => {
    const { paths } = JSON.parse((await call(node.url, 'GET', '/openapi.json')).text) as { paths: object }
    const values: Record<string, string[]> = {
      project: [SCOPE.project],
      serviceId: [serviceId, 'unknown', 'status', '', 'a%20b'],
      instanceId: ['one', 'unknown', 'heartbeat', '', '%zz', 'a;b', 'a#b'],
    }
    const filled = (path: string): string[] => {
      const name = /\{(\w+)\}/.exec(path)?.[1]
      if (name === undefined) return [path]
      return (values[name] ?? ['one']).flatMap(value => filled(path.replace(`{${name}}`, value)))
    }
    const templates = Object.keys(paths).filter(path => !LIVELY.includes(path))
    assert.ok(templates.length > 20)
    return templates.flatMap(filled).flatMap(path => [path, `${path}/`, `${path}/more`])
  }

  it('answers every path as Fastify does', async () => {
    for (const method of METHODS) {
      for (const path of await targets()) {
        if (method === 'DELETE' && !path.includes('unknown')) continue
        const [short, long] = await Promise.all([answer(method, path), answer(method, `${path}?${LONG}`)])
        // Time goes on between the two.
        if (path.includes('/admin/')) assert.equal(short.status, long.status, `${method} ${path}`)
        else assert.deepEqual(short, long, `${method} ${path}`)
      }
    }
  })

  it('takes every body as Fastify does', async () => {
    for (const method of ['POST', 'PUT']) {
      for (const path of await targets()) {
        for (const body of ['{', '{"ä": [null]}']) {
          const [short, long] = await Promise.all([answer(method, path, body), answer(method, `${path}?${LONG}`, body)])
          assert.deepEqual(short, long, `${method} ${path} ${body}`)
        }
      }
    }
  })
})
