import assert from 'node:assert/strict'
import fc from 'fast-check'
import { startTestNode, type TestNode } from '../helpers/node.ts'
import { WireClient } from '../helpers/wire-client.ts'
import { agree } from './model/agree.ts'
import { Model } from './model/model.ts'
import { step, take } from './model/steps.ts'
import { Wire } from './model/wire.ts'

const STEPS = 80
/** A failure prints its seed: `FUZZ_SEED=1 mocha test/api/model.test.ts` takes the same steps again. */
const RUNS_USUALLY = 40
/** A step and the look at what it did take some twenty requests. */
const RUNS =
  process.env.FUZZ_REQUESTS === undefined ? RUNS_USUALLY : Math.ceil(Number(process.env.FUZZ_REQUESTS) / STEPS / 20)
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
const ANSWER_DEADLINE_MS = 60_000

describe(`a model of the registry (seed ${SEED})`, function () {
  this.timeout(RUNS > RUNS_USUALLY ? 0 : 300_000)
  let node: TestNode
  let client: WireClient

  before(async () => {
    node = await startTestNode()
    client = new WireClient(node.url, 1, ANSWER_DEADLINE_MS)
  })

  after(async () => {
    client.close()
    await node.close()
  })

  it(`and the node agree after each of up to ${RUNS * STEPS} steps, and nothing is left at the end`, async () => {
    const size = () => node.catalog.replica.directory.groups.size
    const before = size()
    const steps = fc.array(step, { minLength: 1, maxLength: STEPS, size: 'max' })
    const property = fc.asyncProperty(steps, async all => {
      const model = new Model()
      const wire = new Wire(client)
      try {
        for (const each of all) {
          await take(wire, model, each)
          await agree(wire, model)
        }
      } finally {
        for (const { id } of model.all()) await wire.expect('', 'DELETE', `/microservices/${id}?force=1`)
      }
    })
    await fc.assert(property, { seed: SEED, numRuns: RUNS })
    assert.equal(size(), before)
  })
})
