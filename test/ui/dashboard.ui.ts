import type { Registry } from '../helpers/registry.ts'
import { until } from '../helpers/until.ts'
import { populate, tellStory } from './population.ts'
import { reachTests } from './reach.ts'
import { Stage } from './stage.ts'
import { troubleTests } from './trouble.ts'
import { viewTests } from './views.ts'

const INSTANCES = 20_011
/** Three nodes start and 20,000 instances are registered: half a minute on two cores that do nothing else. */
const FILL_MS = 180_000

describe('the dashboard of three nodes in two clusters with 20,000 instances', function () {
  this.timeout(90_000)
  const stage = new Stage()

  before(function () {
    this.timeout(FILL_MS)
    return stage.start([], async ({ one, two }) => {
      await populate(one.registry, { services: 600, instancesPerService: 20, place: 'sc1' })
      await populate(two.registry, { services: 400, instancesPerService: 20, place: 'sc2' })
      const story = await tellStory(one.registry, two.registry)
      await until('everything is known everywhere', 60_000, async () => {
        const counts = await Promise.all([one, two].map(node => instancesAt(node.registry)))
        return counts.every(count => count === INSTANCES)
      })
      return story
    })
  })
  after(() => stage.close())
  afterEach(() => stage.leave())

  viewTests(stage)
  reachTests(stage)
  troubleTests(stage)
})

async function instancesAt(registry: Registry): Promise<number> {
  const { text } = await registry.request('GET', '/v4/default/admin/browse/summary')
  return (JSON.parse(text) as { readonly instances: number }).instances
}
