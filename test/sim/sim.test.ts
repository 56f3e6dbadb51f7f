import assert from 'node:assert/strict'
import { runSeeds } from './pool.ts'
import { REGRESSIONS } from './regressions.ts'
import { PREMISES_MIN, Report } from './report.ts'

/**
 * Always the same seeds, those that showed a bug and the first ones: what a change breaks, it breaks at every run. `npm run sim --
 * --minutes 30` goes on with others.
 */
const SEEDS = 300
/** What a seed is to have at least (docs/design.md). */
const LEASES_MIN = 10
const OPERATIONS_MIN = 300
/** Several times what it takes on two quiet cores. */
const TIMEOUT_MS = 10 * 60_000

describe(`the simulation, ${SEEDS} seeds`, function () {
  this.timeout(TIMEOUT_MS)
  const report = new Report()
  const seeds = new Set(REGRESSIONS.map(({ seed }) => seed))
  for (let seed = 1; seeds.size < SEEDS; seed++) seeds.add(seed)

  before(async () => {
    const startedAtMs = performance.now()
    await runSeeds(seeds.values(), summary => report.add(summary))
    console.log(`${report.table()}\n  took ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`)
  })

  it('violates no invariant', () => {
    assert.equal(report.seeds, seeds.size)
    assert.equal(report.failures.map(({ text }) => text).join('\n'), '')
  })

  for (const { seed, name } of REGRESSIONS) {
    it(`has not met again at seed ${seed}: ${name}`, () => {
      assert.equal(report.failures.find(each => each.seed === seed)?.text, undefined)
    })
  }

  it('gives every checker something to see', () => {
    assert.deepEqual(report.idle(), [], `premises that held less than ${PREMISES_MIN} times`)
  })

  it('covers what a seed is to cover', () => {
    assert.deepEqual([...report.nodes].sort(), [3, 4, 5, 6, 7, 8, 9])
    assert.deepEqual([...report.clusters].sort(), [1, 2, 3])
    assert.ok(report.leasesMin >= LEASES_MIN, `${report.leasesMin} leases at least`)
    assert.ok(report.operationsMin >= OPERATIONS_MIN, `${report.operationsMin} client operations at least`)
  })
})
