import { Fleet } from '../helpers/process.ts'
import { describeScenarios } from './scenarios.ts'

const NODES = 3
/** Somebody else may take a port between the moment when it was found free and the start. */
const ATTEMPTS = 3
const rootPassword = 'Complicated_password1'

interface Cluster {
  readonly fleet: Fleet
  readonly urls: readonly string[]
}

async function start(env: Readonly<Record<string, string>>, attempt = 1): Promise<Cluster> {
  const fleet = new Fleet()
  const places = await Promise.all(Array.from({ length: NODES }, () => fleet.place()))
  const urls = places.map(({ url }) => url)
  const nodes = places.map((place, i) => {
    const peers = urls.filter(url => url !== place.url).join(',')
    return fleet.node({ place, name: `node-${i}`, cluster: 'sc1', peers, env })
  })
  try {
    await Promise.all(nodes.map(node => node.ready()))
    return { fleet, urls }
  } catch (error) {
    await fleet.close()
    if (attempt === ATTEMPTS) throw error
    return start(env, attempt + 1)
  }
}

/** The same scenarios, each request and socket going to the next node: clients behind a balancer see one registry. */
describe('the recorded reference, at three nodes of one cluster in turn', () => {
  const configs: readonly (readonly [string, Readonly<Record<string, string>>, Readonly<Record<string, string>>])[] = [
    ['default', {}, {}],
    ['tinyquota', { QUOTA_SERVICE: '3', QUOTA_INSTANCE: '3', QUOTA_SCHEMA: '2', QUOTA_TAG: '2' }, {}],
    ['rbac', { RBAC_ENABLE: 'true', SC_INIT_ROOT_PASSWORD: rootPassword }, { rootPassword }],
  ]
  for (const [config, env, vars] of configs) {
    describe(`configuration ${config}`, () => {
      let cluster: Cluster

      before(async function () {
        this.timeout(120_000)
        cluster = await start(env)
      })

      after(() => cluster.fleet.close())

      describeScenarios(config, () => cluster.urls, 1, vars)
    })
  }
})
