import assert from 'node:assert/strict'
import { DEFAULT_API_OPTIONS } from '../../../src/api/options.ts'
import { registerService } from '../../../src/core/commands/service.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { draft, rules, SCOPE } from '../../helpers/rules.ts'
import { type Checks, otherCluster, REGISTRY, refusedWith, type Scene, scene, shownBy } from './scene.ts'

const SERVICES = `${REGISTRY}/microservices`

interface Shown {
  readonly status: string
  readonly timestamp: string
  readonly modTimestamp: string
  readonly properties?: Readonly<Record<string, string>>
  readonly healthCheck: { readonly interval: number; readonly times: number }
}

const instance = async ({ send, path }: Scene, id: string): Promise<Shown> =>
  ((await send('GET', `${path}/instances/${id}`)).json as { instance: Shown }).instance

const { instances } = DEFAULT_API_OPTIONS

export const WRITES: Checks = {
  'registering an existing key, or a live instance id, at full quota is refused': () =>
    scene(
      async ({ send, id, path }) => {
        const service = (serviceName: string) => ({ service: { appId: 'app', serviceName, version: '1.0.0' } })
        assert.deepEqual((await send('POST', SERVICES, service('provider'))).json, { serviceId: id })
        refusedWith('400100', await send('POST', SERVICES, service('another')))
        const body = { instance: { hostName: 'h', instanceId: 'a' } }
        for (let i = 0; i < 2; i++) assert.equal((await send('POST', `${path}/instances`, body)).status, 200)
        refusedWith('400100', await send('POST', `${path}/instances`, { instance: { hostName: 'h' } }))
      },
      { api: { quotas: { ...DEFAULT_API_OPTIONS.quotas, services: 1, instances: 1 } } },
    ),

  'a key takes the place of another service that has chosen the id derived from it': () =>
    scene(async ({ send, id, path }) => {
      await send('DELETE', `${path}?force=1`)
      const squatter = { appId: 'app', serviceName: 'squatter', serviceId: id }
      assert.deepEqual((await send('POST', SERVICES, { service: squatter })).json, { serviceId: id })
      const service = { appId: 'app', serviceName: 'provider', version: '1.0.0' }
      refusedWith('400010', await send('POST', SERVICES, { service }))
    }),

  'deleting a service deletes it': () =>
    scene(async ({ node, add, found, send, path }) => {
      await otherCluster(node)
      await add('here')
      assert.equal((await send('DELETE', `${path}?force=1`)).status, 200)
      assert.deepEqual(await found(), ['there'])
      refusedWith('400012', await send('DELETE', `${path}?force=1`), /registered in cluster sc2 only/)
    }),

  'every instance is there to be written': () =>
    scene(async ({ node, send, path }) => {
      await otherCluster(node)
      const one = `${path}/instances/there`
      const writes = [
        await send('DELETE', one),
        await send('PUT', `${one}/status?value=DOWN`),
        await send('PUT', `${one}/properties`, { properties: {} }),
      ]
      for (const reply of writes) refusedWith('400017', reply, /registered in cluster sc2/)
      shownBy('e2e/line.test.ts', 'hear a heartbeat at one end for an instance of the other')()
    }),

  '`PUT …/properties` believes the `serviceId` of the body': () =>
    scene(async ({ node, send, path }) => {
      const other = await node.catalog.execute(registerService(SCOPE, draft('other'), rules()))
      await send('PUT', `${path}/properties`, { serviceId: other.id, properties: { a: 'b' } })
      const properties = async (at: string) =>
        ((await send('GET', at)).json as { service: { properties?: object } }).service.properties
      assert.deepEqual(await properties(path), { a: 'b' })
      assert.equal(await properties(`${SERVICES}/${other.id}`), undefined)
    }),

  '`PUT /instances/status` takes any status, and an empty match changes everything': () =>
    scene(async current => {
      const { add, send } = current
      await add('a')
      const set = (body: object, query = '') => send('PUT', `${REGISTRY}/instances/status${query}`, body)
      refusedWith('400001', await set({ matches: { properties: { x: 'y' } }, status: 'SLEEPING' }))
      refusedWith('400001', await set({ matches: {}, status: 'DOWN' }), /all=1/)
      assert.equal((await instance(current, 'a')).status, 'UP')
      assert.equal((await set({ matches: {}, status: 'DOWN' }, '?all=1')).status, 200)
      assert.equal((await instance(current, 'a')).status, 'DOWN')
    }),

  'status set by properties leaves `modTimestamp` alone': () => {
    const clock = new ManualClock()
    return scene(
      async current => {
        await current.send('POST', `${current.path}/instances`, {
          instance: { hostName: 'h', instanceId: 'a', properties: { zone: 'z' } },
        })
        clock.advance(5_000)
        const body = { matches: { properties: { zone: 'z' } }, status: 'DOWN' }
        assert.equal((await current.send('PUT', `${REGISTRY}/instances/status`, body)).status, 200)
        const { timestamp, modTimestamp } = await instance(current, 'a')
        assert.equal(Number(modTimestamp) - Number(timestamp), 5)
      },
      { clock },
    )
  },

  'a project, or the id that a service chooses, may hold a NUL': () =>
    scene(async ({ send }) => {
      const service = { serviceName: 'x' }
      refusedWith('400001', await send('POST', '/v4/a%00b/registry/microservices', { service }), /project/)
      refusedWith('400001', await send('POST', SERVICES, { service: { ...service, serviceId: 'a\0b' } }), /ServiceId/)
    }),

  'environments such as `developmenttesting` pass': () =>
    scene(async ({ send }) => {
      const service = { serviceName: 'x', environment: 'developmenttesting' }
      refusedWith('400001', await send('POST', SERVICES, { service }), /Environment/)
    }),

  'a registration with several instances stores the first': () =>
    scene(
      async ({ send }) => {
        const register = (serviceName: string) => {
          const list = ['a', 'b'].map(hostName => ({ hostName }))
          return send('POST', SERVICES, { service: { serviceName }, instances: list })
        }
        const stored = async (serviceName: string) => {
          const { json } = await send('GET', `${REGISTRY}/instances?appId=default&serviceName=${serviceName}`)
          return ((json as { instances?: readonly unknown[] }).instances ?? []).length
        }
        assert.equal((await register('all')).status, 200)
        assert.equal(await stored('all'), 2)
        refusedWith('400001', await register('none'), /^errMessages: \[Not enough quota/)
        assert.equal(await stored('none'), 0)
      },
      { api: { quotas: { ...DEFAULT_API_OPTIONS.quotas, instances: 3 } } },
    ),

  '`pull` and `push` intervals stay when `registry.instance.ttl` sets the lease': () =>
    scene(
      async current => {
        const healthCheck = { mode: 'push', interval: 30, times: 3 }
        const body = { instance: { hostName: 'h', instanceId: 'a', healthCheck } }
        assert.equal((await current.send('POST', `${current.path}/instances`, body)).status, 200)
        const { interval, times } = (await instance(current, 'a')).healthCheck
        assert.deepEqual({ interval, times }, { interval: 51, times: 3 })
      },
      { api: { instances: { ...instances, leaseS: 201 } } },
    ),

  'a heartbeat adds `registry.instance.properties` that were configured since': () =>
    scene(
      async current => {
        const { add, send, path } = current
        // Registered as by a node that was not configured so yet.
        await add('a')
        assert.equal((await send('PUT', `${path}/instances/a/heartbeat`)).status, 200)
        assert.equal((await instance(current, 'a')).properties, undefined)
        await send('PUT', `${path}/instances/a/properties`, { properties: { own: '1' } })
        assert.deepEqual((await instance(current, 'a')).properties, { own: '1', zone: 'z' })
      },
      { api: { instances: { ...instances, properties: { zone: 'z' } } } },
    ),

  'names and contents are as long as a request may be': shownBy(
    'api/clusters.test.ts',
    'is refused, and what comes with it in one frame is not',
  ),

  'old versions without instances are deleted every night (`registry.service.retire`)': () => {
    const clock = new ManualClock()
    return scene(
      async ({ node, send }) => {
        const versions = ['2.0.0', '3.0.0', '4.0.0', '5.0.0']
        for (const version of versions) {
          await node.catalog.execute(registerService(SCOPE, draft('provider', { version }), rules()))
        }
        for (let hour = 0; hour < 25; hour++) {
          clock.advance(3_600_000)
          node.catalog.tick()
        }
        const { json } = await send('GET', SERVICES)
        assert.equal((json as { services: readonly unknown[] }).services.length, versions.length + 1)
      },
      { clock },
    )
  },
}
