import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import { arrayOf, RenderCache } from '../../src/api/servicecomb/render-cache.ts'
import type { InstanceView, ServiceView } from '../../src/core/view.ts'

/** Services whose instances count how often they are decoded. */
function service(sid: string, instances: Readonly<Record<string, string>>, decoded: string[]): ServiceView {
  const views = Object.entries(instances).map(([instanceId, revision]) => ({
    instanceId,
    revision,
    read: () => {
      decoded.push(instanceId)
      return { instanceId, hostName: 'h', status: 'UP', timestamp: '1', modTimestamp: '1', version: '1' }
    },
  }))
  return { sid, id: sid, instances: () => views as unknown as readonly InstanceView[] } as unknown as ServiceView
}

const ids = (body: string | Buffer): readonly string[] =>
  (JSON.parse(String(body)).instances ?? []).map(({ instanceId }: { instanceId: string }) => instanceId)

const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`i${i}`, 'r']))

describe('rendered answers', () => {
  it('are rendered once per revision, and then only what has changed', () => {
    const decoded: string[] = []
    const cache = new RenderCache(1_000_000)
    const first = cache.render([service('a', { x: '1', y: '1' }, decoded)], {}, 'r1')
    assert.deepEqual(ids(first.body), ['x', 'y'])
    assert.equal(cache.render([service('a', { x: '1', y: '1' }, decoded)], {}, 'r1'), first)
    assert.deepEqual(ids(cache.render([service('a', { x: '2', y: '1', z: '1' }, decoded)], {}, 'r2').body), [
      'x',
      'y',
      'z',
    ])
    assert.deepEqual(decoded, ['x', 'y', 'x', 'z'])
    assert.deepEqual(ids(cache.render([service('a', {}, decoded)], {}, 'r3').body), [])
  })

  it('differ by cluster, policy and services', () => {
    const cache = new RenderCache(1_000_000)
    const a = service('a', { x: '1' }, [])
    const rendered = [
      cache.render([a], {}, 'r'),
      cache.render([a], { local: true }, 'r'),
      cache.render([a], { unreachable: 'hide' }, 'r'),
      cache.render([a, service('b', { y: '1' }, [])], {}, 'r'),
      cache.render([{ ...a, id: 'chosen' }], {}, 'r'),
    ]
    assert.equal(new Set(rendered).size, rendered.length)
  })

  it('are kept compressed as well, and lend their array to batches', async () => {
    const cache = new RenderCache(1_000_000)
    for (const count of [1, 100]) {
      const { body, compressed } = cache.render([service(`s${count}`, names(count), [])], {}, 'r')
      assert.equal(gunzipSync(await compressed()).toString(), String(body))
    }
    const { body } = cache.render([service('s100', names(100), [])], {}, 'r')
    assert.equal(`{"instances":${arrayOf({ body, compressed: async () => Buffer.alloc(0) })}}`, String(body))
    assert.equal(arrayOf(cache.render([service('none', {}, [])], {}, 'r')), undefined)
  })

  it('stay within their bound, those in use the longest', () => {
    const decoded: string[] = []
    const cache = new RenderCache(20_000)
    const render = (sid: string) => cache.render([service(sid, { [sid]: '1' }, decoded)], {}, 'r')
    render('favourite')
    for (let i = 0; i < 1_000; i++) {
      render(`s${i}`)
      render('favourite')
      assert.ok(cache.bytes <= 20_000)
    }
    assert.equal(decoded.filter(name => name === 'favourite').length, 1)
    assert.equal(cache.render([service('large', names(1_000), [])], {}, 'r').body.length > 20_000, true)
    assert.ok(cache.bytes <= 20_000)
  })
})
