import assert from 'node:assert/strict'
import type { EventPage, Facets, Page, PeersView, ServiceDetail, ServiceRow } from '../../../src/center/ports.ts'
import type { WhyReport } from '../../../src/core/why/facts.ts'
import { call, errorOf } from '../../helpers/http.ts'
import { startTestNode, type TestNode } from '../../helpers/node.ts'
import { Registry } from '../../helpers/registry.ts'

const ADMIN = '/v4/default/admin'

describe('what operators ask over HTTP', () => {
  let node: TestNode
  let registry: Registry
  before(async () => {
    node = await startTestNode()
    registry = new Registry(node.url)
  })
  after(() => node.close())

  const get = async <T>(path: string): Promise<T> => {
    const reply = await call(node.url, 'GET', `${ADMIN}${path}`)
    assert.equal(reply.status, 200, reply.text)
    return reply.json as T
  }
  const refused = async (method: string, path: string, body?: unknown): Promise<string> => {
    const reply = await call(node.url, method, `${ADMIN}${path}`, { body })
    assert.equal(reply.status, 400, reply.text)
    assert.equal(errorOf(reply).errorCode, '400001')
    return errorOf(reply).detail ?? ''
  }

  it('why: from the query to the chain', async () => {
    const sid = await registry.service('asked')
    assert.equal((await get<WhyReport>('/why?service=asked')).cause, 'no-instances')
    await registry.instance(sid)
    const report = await get<WhyReport>('/why?service=asked&from=sc1&env=&appId=default&version=1.0.0')
    assert.equal(report.cause, 'visible', JSON.stringify(report))
    assert.match(
      report.chain[0]?.text ?? '',
      /was registered in cluster sc1 through this node .* at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/,
    )
    assert.equal((await get<WhyReport>('/why?service=asked&env=testing')).cause, 'other-environment')
    const project = await call(node.url, 'GET', '/v4/shop/admin/why?service=asked')
    assert.equal((project.json as WhyReport).cause, 'other-scope')
    assert.match(await refused('GET', '/why'), /parameter service must name a service/)
    assert.match(await refused('GET', `/why?service=${'x'.repeat(600)}`), /longer than 512/)
    assert.match(await refused('GET', '/why?service=a&unreachable=x'), /must be one of keep, mark, hide/)
  })

  it('peers: this node, without secrets and without others', async () => {
    const view = await get<PeersView>('/peers')
    assert.equal(view.cluster, 'sc1')
    assert.deepEqual(
      view.peers.map(({ state, behind, direct }) => ({ state, behind, direct })),
      [{ state: 'self', behind: { changes: 0, ms: 0 }, direct: false }],
    )
    assert.deepEqual([view.addresses, view.refusals, view.refusedRecords], [[], [], []])
  })

  it('browse: pages, filters, and 304 while nothing changes', async () => {
    const sid = await registry.service('paged')
    await registry.instance(sid, { instanceId: 'p1' })
    const { total, rows } = await get<Page<ServiceRow>>('/browse/services?text=paged&limit=10')
    assert.deepEqual([total, rows[0]?.serviceName, rows[0]?.instances], [1, 'paged', 1])
    const path = `${ADMIN}/browse/instances?serviceName=paged`
    const first = await call(node.url, 'GET', path)
    const etag = String(first.headers.etag)
    const again = await call(node.url, 'GET', path, { headers: { 'if-none-match': etag } })
    assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', etag])
    assert.equal((await get<Facets>('/browse/summary')).environments.length, 2)
    const detail = await get<ServiceDetail>(`/browse/services/${sid}`)
    assert.deepEqual([detail.service.serviceName, detail.registrations.length], ['paged', 1])
    assert.match(await refused('GET', '/browse/services?limit=1001'), /parameter limit/)
    assert.match(await refused('GET', `/browse/services?text=${'x'.repeat(300)}`), /parameter text is longer than 256/)
    const unknown = await call(node.url, 'GET', `${ADMIN}/browse/services/nothing`)
    assert.equal(errorOf(unknown).errorCode, '400012')
  })

  it('events: the latest, those behind a number, of one kind, of one service', async () => {
    const sid = await registry.service('told')
    const iid = await registry.instance(sid)
    await registry.unregister(sid, iid)
    const page = await get<EventPage>('/events?service=told')
    assert.deepEqual(
      page.events.map(({ kind }) => kind),
      ['service-registered', 'instance-registered', 'instance-unregistered'],
    )
    assert.equal(page.events[1]?.instanceId, iid)
    assert.equal(page.events[1]?.cluster, 'sc1')
    const behind = await get<EventPage>(`/events?service=told&after=${page.events[1]?.seq}`)
    assert.deepEqual(
      behind.events.map(({ kind }) => kind),
      ['instance-unregistered'],
    )
    const last = await get<EventPage>('/events?limit=1&service=told')
    assert.equal(last.events[0]?.kind, 'instance-unregistered')
    const some = await get<EventPage>('/events?service=told&kind=instance-registered,lease-ended')
    assert.deepEqual(
      some.events.map(({ kind }) => kind),
      ['instance-registered'],
    )
    assert.deepEqual((await get<EventPage>(`/events?after=${page.last}`)).events, [])
  })

  it('events: waits for the next one that is asked for', async () => {
    const { last } = await get<EventPage>('/events')
    const waiting = get<EventPage>(`/events?after=${last}&service=awaited&wait=20`)
    await registry.service('passed-over')
    await registry.service('awaited')
    const page = await waiting
    assert.deepEqual(
      page.events.map(({ kind, key }) => [kind, key?.serviceName]),
      [['service-registered', 'awaited']],
    )
  })

  it('events: says what is wrong with a query', async () => {
    assert.match(await refused('GET', '/events?limit=many'), /parameter limit must be a whole number from 0 to 1000/)
    assert.match(await refused('GET', '/events?wait=31'), /parameter wait must be a whole number from 0 to 30/)
    assert.match(await refused('GET', '/events?kind=birth'), /parameter kind: birth is none of service-registered/)
  })

  it('retire: refuses whom it must not, in words', async () => {
    assert.match(await refused('POST', '/retire', { name: 'nobody' }), /no node or cluster is called nobody/)
    assert.match(await refused('POST', '/retire', {}), /name/i)
    assert.match(await refused('POST', '/retire', { name: 'sc1' }), /this node or its cluster|was heard/)
    assert.match(await refused('DELETE', '/retire?name=nobody'), /no node or cluster nobody is retired/)
  })
})
