import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HttpKubeApi, KubeError, type WatchEvent } from '../../src/sources/kubernetes/api.ts'
import { Reflector } from '../../src/sources/kubernetes/reflector.ts'
import { systemClock } from '../helpers/center.ts'
import { silentLog } from '../helpers/node.ts'
import { until } from '../helpers/until.ts'

const PATH = '/api/v1/services'
const named = (name: string, resourceVersion = '1') => ({ metadata: { namespace: 'shop', name, resourceVersion } })

describe('The Kubernetes API over HTTP', function () {
  this.timeout(60_000)

  let server: Server
  let api: HttpKubeApi
  let answer: (url: URL, response: ServerResponse, request: IncomingMessage) => void

  beforeEach(async () => {
    server = createServer((request, response) => answer(new URL(request.url ?? '/', 'http://api'), response, request))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    api = new HttpKubeApi({
      server: `http://127.0.0.1:${port}/base`,
      apply: async options => {
        options.headers = { ...options.headers, authorization: 'Bearer t' }
      },
    })
  })

  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const never = new AbortController().signal

  it('lists a page with the credentials it is given', async () => {
    answer = (url, response, { headers }) => {
      assert.equal(url.pathname, `/base${PATH}`)
      assert.equal(url.searchParams.get('limit'), '2')
      assert.equal(headers.authorization, 'Bearer t')
      response.end(JSON.stringify({ metadata: { resourceVersion: '7', continue: 'more' }, items: [named('a')] }))
    }
    const page = await api.list(PATH, { limit: '2' }, never)
    assert.deepEqual(page, { items: [named('a')], resourceVersion: '7', next: 'more' })
    assert.equal(api.requests, 1)
    assert.ok(api.receivedBytes > 0)
  })

  it('says why it is refused', async () => {
    answer = (_url, response) => void response.writeHead(403).end(JSON.stringify({ message: 'services is forbidden' }))
    await assert.rejects(api.list(PATH, {}, never), (error: Error) => {
      return error instanceof KubeError && error.status === 403 && /services is forbidden/.test(error.message)
    })
  })

  it('puts events together that arrive in pieces', async () => {
    answer = (url, response) => {
      assert.equal(url.searchParams.get('watch'), 'true')
      const text = `${JSON.stringify({ type: 'ADDED', object: named('ä') })}\n${JSON.stringify({ type: 'DELETED', object: named('b') })}\n`
      const bytes = Buffer.from(text)
      const cut = bytes.indexOf(0xc3) + 1
      response.write(bytes.subarray(0, cut), () => response.end(bytes.subarray(cut)))
    }
    const events: WatchEvent[] = []
    let opened = 0
    await api.watch(PATH, {}, { opened: () => opened++, event: event => events.push(event) }, never)
    assert.deepEqual(
      events.map(each => each.type),
      ['ADDED', 'DELETED'],
    )
    assert.deepEqual(events[0]?.object, named('ä'))
    assert.equal(opened, 1)
  })

  it('is followed: pages, then a watch from there, then a list when the version is forgotten', async () => {
    const asked: string[] = []
    let forgotten = false
    answer = ({ searchParams }, response) => {
      if (searchParams.get('watch') === 'true') {
        asked.push(`watch ${searchParams.get('resourceVersion')}`)
        if (forgotten) response.write(`${JSON.stringify({ type: 'ADDED', object: named('d', '31') })}\n`)
        else {
          forgotten = true
          response.write(`${JSON.stringify({ type: 'ADDED', object: named('c', '11') })}\n`)
          response.write(`${JSON.stringify({ type: 'ERROR', object: { code: 410, message: 'too old' } })}\n`)
        }
        return
      }
      const next = searchParams.get('continue')
      asked.push(`list ${next ?? ''}`)
      const items = next === null ? [named(forgotten ? 'c' : 'a')] : [named('b')]
      const metadata = { resourceVersion: forgotten ? '30' : '10', ...(next === null ? { continue: 'p2' } : {}) }
      response.end(JSON.stringify({ metadata, items }))
    }
    const seen: string[] = []
    const reflector = new Reflector<{ ref: string }>(
      {
        path: PATH,
        query: {},
        pageSize: 1,
        read: object => ({ ref: (object as ReturnType<typeof named>).metadata.name }),
      },
      {
        replaced: items => seen.push(items.map(item => item.ref).join('+')),
        changed: ref => seen.push(ref),
        turned: () => undefined,
      },
      { api, clock: systemClock, random: { hex: () => '', fraction: () => 0 }, log: silentLog },
    )
    reflector.start()
    await until('the second watch has brought something', 20_000, () => seen.at(-1) === 'shop/d')
    assert.deepEqual(seen, ['a+b', 'shop/c', 'c+b', 'shop/d'])
    assert.deepEqual(asked, ['list ', 'list p2', 'watch 10', 'list ', 'list p2', 'watch 30'])
    assert.ok(reflector.live)
    await reflector.stop()
  })
})
