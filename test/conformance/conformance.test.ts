import { DEFAULT_QUOTAS } from '../../src/api/options.ts'
import { startTestNode, type TestNode } from '../helpers/node.ts'
import { describeScenarios } from './scenarios.ts'

/** What the reference answered, replayed. The configurations are those under which it was recorded. */
describe('the recorded reference', () => {
  const configs = [
    { name: 'default', options: {}, rounds: 2 },
    {
      name: 'tinyquota',
      options: { quotas: { ...DEFAULT_QUOTAS, services: 3, instances: 3, schemas: 2, tags: 2 } },
      rounds: 2,
    },
  ]
  for (const { name, options, rounds } of configs) {
    describe(`configuration ${name}`, () => {
      let node: TestNode

      before(async () => {
        node = await startTestNode(options)
      })

      after(() => node.close())

      describeScenarios(name, () => node.url, rounds)
    })
  }
})
