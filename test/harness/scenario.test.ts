import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { applied, ROOT } from '../../scripts/harness.d/fleet/checkout.ts'
import { expectationsFor } from '../../scripts/harness.d/judge/expectations.ts'
import { parseScenario, readScenario } from '../../scripts/harness.d/scenario/parse.ts'
import { brokenBuilds, scenarioFile, scenarioFiles } from '../../scripts/harness.d/scenario/shipped.ts'
import { drawLinks, placeNodes } from '../../scripts/harness.d/scenario/topology.ts'
import { parseStep } from '../../scripts/harness.d/scenario/verbs.ts'

const scenario = (more: object): object => ({ name: 'x', about: 'y', clusters: { sc1: 2, sc2: 1 }, steps: [], ...more })

describe('scenarios', () => {
  for (const file of scenarioFiles()) {
    it(`${basename(file)} can be played, and claims and tightens only what there is`, () => {
      const { name, expect, exceptions } = readScenario(file)
      assert.equal(file, scenarioFile(name))
      expectationsFor(expect, exceptions, 1)
    })
  }

  it('say what a step means', () => {
    assert.deepEqual(parseStep('cut sc1 > sc2'), { verb: 'cut', from: 'sc1', to: 'sc2', oneWay: true, how: 'hold' })
    assert.deepEqual(parseStep('restart sc1-a without disk'), { verb: 'restart', who: 'sc1-a', disk: 'lost' })
    assert.deepEqual(parseStep('skew sc1-a -1h'), { verb: 'skew', who: 'sc1-a', offsetMs: -3_600_000 })
    const shape = { delayMs: 200, lossRatio: 0.3, bytesPerSecond: 50_000 }
    const slow = { verb: 'slow', from: 'a', to: 'b', oneWay: false, shape }
    assert.deepEqual(parseStep('slow a b delay=200ms loss=30% rate=50KB/s'), slow)
  })

  for (const [line, why] of [
    ['dance sc1', /no verb "dance"/],
    ['cut sc1', /cut WHO WHO/],
    ['wait soon', /"soon" is no duration/],
    ['slow a b speed=1', /delay=, jitter=, loss=, rate=/],
    ['die shop many', /die NAME COUNT/],
    ['skew sc1-a 1h', /no offset such as \+1h/],
  ] as const) {
    it(`refuse the step "${line}" in words`, () => assert.throws(() => parseStep(line), why))
  }

  for (const [title, more, why] of [
    ['a field that there is not', { colour: 'red' }, /colour: no such field/],
    ['a node that there is not', { steps: ['kill sc3'] }, /there is no sc3/],
    ['a workload that there is not', { steps: ['storm shop'] }, /there is no workload shop/],
    ['a cluster of no nodes', { clusters: { sc1: 0 } }, /clusters\.sc1: 1 to/],
    ['an odd degree', { topology: 'degree 3' }, /topology: "degree" and an even number/],
    ['leases shorter than nodes grant', { workloads: { shop: { times: 1 } } }, /workloads\.shop\.times: at least 3/],
    ['a home that there is not', { workloads: { shop: { homes: ['sc9'] } } }, /homes: there is no cluster sc9/],
  ] as const) {
    it(`refuse ${title} in words`, () => assert.throws(() => parseScenario(scenario(more)), why))
  }

  it('repeat steps', () => {
    const { steps } = parseScenario(scenario({ steps: [{ repeat: 3, steps: ['wait 1s', 'heal'] }] }))
    assert.deepEqual(
      steps.map(({ text }) => text),
      ['wait 1s', 'heal', 'wait 1s', 'heal', 'wait 1s', 'heal'],
    )
  })

  it('draw topologies', () => {
    const nodes = placeNodes({ a: 1, b: 1, c: 1, d: 1 })
    const pairs = (kind: 'full' | 'line' | 'star' | 'regions') => drawLinks({ kind }, nodes).map(link => link.join(' '))
    assert.equal(pairs('full').length, 6)
    assert.deepEqual(pairs('line'), ['a-a b-a', 'b-a c-a', 'c-a d-a'])
    assert.deepEqual(pairs('star'), ['a-a b-a', 'a-a c-a', 'a-a d-a'])
    assert.deepEqual(pairs('regions'), ['a-a b-a', 'a-a c-a', 'c-a d-a'])
    const many = placeNodes({ a: 8, b: 8 })
    assert.equal(drawLinks({ kind: 'degree', degree: 4 }, many).length, 32)
  })
})

describe('builds that are broken on purpose', () => {
  it('are three at least', () => assert.ok(brokenBuilds().length >= 3))

  for (const { name, scenario, caughtBy, breaks } of brokenBuilds()) {
    it(`${name} still fits these sources, and names who must notice`, () => {
      for (const one of breaks) {
        const source = readFileSync(join(ROOT, one.file), 'utf8')
        assert.notEqual(applied(one, source), source)
      }
      const { expect, exceptions } = readScenario(scenarioFile(scenario))
      const { limits } = expectationsFor(expect, exceptions, 1)
      assert.ok(caughtBy.length > 0)
      for (const expectation of caughtBy) assert.ok(limits[expectation]?.limit !== undefined, expectation)
    })
  }

  it('that no longer fit are refused', () => {
    const gone = { file: 'x.ts', from: 'is gone', to: '' }
    assert.throws(() => applied(gone, 'something else'), /x\.ts holds 0 times, not once: is gone/)
    assert.throws(() => applied(gone, 'is gone, is gone'), /2 times/)
  })
})
