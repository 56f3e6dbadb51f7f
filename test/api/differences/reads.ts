import assert from 'node:assert/strict'
import { registerInstance } from '../../../src/core/commands/instance.ts'
import { registerService } from '../../../src/core/commands/service.ts'
import { draft, rules, SCOPE } from '../../helpers/rules.ts'
import { type Checks, FIND, otherCluster, REGISTRY, refusedWith, scene, shownBy } from './scene.ts'

const ACTION = `${REGISTRY}/instances/action?type=query`

export const READS: Checks = {
  "a read after one's own write may be stale for half a second, after a removal for two": () =>
    scene(async ({ add, found, send, path }) => {
      await add('a')
      assert.deepEqual(await found(), ['a'])
      assert.equal((await send('DELETE', `${path}/instances/a`)).status, 200)
      assert.deepEqual(await found(), [])
    }),

  'reads stay in their own registry unless they say `global=true`': () =>
    scene(async ({ add, found, node }) => {
      await otherCluster(node)
      await add('here')
      assert.deepEqual(await found(), ['here', 'there'])
      assert.deepEqual(await found('&global=true'), ['here', 'there'])
    }),

  'the flag gets lost in the find cache': () =>
    scene(async ({ add, found, node }) => {
      await otherCluster(node)
      await add('here')
      for (let i = 0; i < 2; i++) {
        assert.deepEqual(await found('&global=0'), ['here'])
        assert.deepEqual(await found(), ['here', 'there'])
        assert.deepEqual(await found('&global=false'), ['here'])
      }
    }),

  "a revision is a digest of etcd's revisions and of counts": () =>
    scene(async ({ add, send, path }) => {
      const revision = async () => (await send('GET', FIND)).headers['x-resource-revision'] as string
      await add('a')
      const before = await revision()
      assert.match(before, /^[0-9a-f]{16}$/)
      await add('b')
      assert.notEqual(await revision(), before)
      await send('DELETE', `${path}/instances/b`)
      assert.equal(await revision(), before)
      assert.equal((await send('GET', `${FIND}&rev=${before}`)).status, 304)
    }),

  'self-preservation is one pool, and holds back explicit removals too': () =>
    scene(async ({ add, found, send, path }) => {
      const ids = Array.from({ length: 10 }, (_, i) => `i${i}`)
      for (const id of ids) await add(id)
      for (const id of ids) assert.equal((await send('DELETE', `${path}/instances/${id}`)).status, 200)
      assert.deepEqual(await found(), [])
      shownBy(
        'museum/split-brain.test.ts',
        'Netflix/eureka#1267: scaling down latched self-preservation, and only a restart released it',
      )()
    }),

  '`version=` on find is ignored since 2.1': () =>
    scene(async ({ add, node, send }) => {
      await add('old')
      const { id } = await node.catalog.execute(
        registerService(SCOPE, draft('provider', { version: '2.0.0' }), rules()),
      )
      await node.catalog.execute(registerInstance(SCOPE, id, { hostName: 'h' }, rules()))
      const versions = async (base: string) => {
        const { json } = await send('GET', `${base}/instances?appId=app&serviceName=provider&version=latest`)
        return (json as { instances: readonly { version: string }[] }).instances
          .map(({ version }) => version)
          .toSorted()
      }
      assert.deepEqual(await versions('/registry/v3'), ['2.0.0'])
      assert.deepEqual(await versions(REGISTRY), ['1.0.0', '2.0.0'])
    }),

  'a node always answers': () =>
    scene(
      async ({ send }) => {
        for (const path of [`${REGISTRY}/microservices`, FIND, '/v4/default/admin/dump']) {
          refusedWith('400002', await send('GET', path))
        }
        for (const path of [`${REGISTRY}/health`, '/version', '/grapevine/v1/identity']) {
          assert.equal((await send('GET', path)).status, 200, path)
        }
      },
      { center: { peersConfigured: true } },
    ),

  "the center registers under the product's version": () =>
    scene(async ({ send }) => {
      const { json } = await send('GET', `${REGISTRY}/health`)
      assert.deepEqual(
        (json as { instances: readonly { version: string }[] }).instances.map(({ version }) => version),
        ['4.0.0'],
      )
    }),

  'health and SERVICECENTER list all centers': shownBy(
    'api/clusters.test.ts',
    'names the services of both, and only its own nodes',
  ),

  'batch find takes any number of items': () =>
    scene(async ({ send }) => {
      const services = (count: number) => ({
        services: Array.from({ length: count }, () => ({ service: { appId: 'app', serviceName: 'provider' } })),
      })
      assert.equal((await send('POST', ACTION, services(1_000))).status, 200)
      refusedWith('400001', await send('POST', ACTION, services(1_001)), /more than 1000/)
      shownBy('api/limits.test.ts', 'bytes of a batch find’s answer')()
    }),

  "the dump's `rev` is etcd's revision": () =>
    scene(async ({ add, send, path }) => {
      const revs = async () => {
        const { cache } = (await send('GET', '/v4/default/admin/dump')).json as {
          cache: { instances: readonly { key: string; rev: number }[] }
        }
        return cache.instances.filter(({ key }) => key.endsWith('/a')).map(({ rev }) => rev)
      }
      await add('a')
      const before = await revs()
      assert.ok(before.every(rev => Number.isSafeInteger(rev)))
      assert.deepEqual(await revs(), before)
      await send('PUT', `${path}/instances/a/status?value=DOWN`)
      assert.notDeepEqual(await revs(), before)
    }),

  "`goVersion` is Go's": () =>
    scene(async ({ send }) => {
      const { goVersion } = (await send('GET', '/version')).json as { goVersion: string }
      assert.equal(goVersion, process.version)
    }),
}
