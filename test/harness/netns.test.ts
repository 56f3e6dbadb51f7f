import assert from 'node:assert/strict'
import { divide, queueOf } from '../../scripts/harness.d/fleet/netns/kernel.ts'
import { Plan } from '../../scripts/harness.d/fleet/netns/plan.ts'

const ALL = { blackhole: true, tbf: true, netem: true }
const NO_NETEM = { ...ALL, netem: false }

describe('namespaces of the harness', () => {
  it('have names and addresses of their own for every cluster, link and run', () => {
    const plans = [0, 63].map(
      run =>
        new Plan(
          run,
          ['sc1', 'sc2', 'sc3'],
          [
            ['sc1', 'sc2'],
            ['sc2', 'sc3'],
          ],
        ),
    )
    const ends = plans.flatMap(plan =>
      [...['sc1', 'sc2', 'sc3'].map(cluster => plan.access(cluster)), ...plan.wires].flatMap(({ ends }) => ends),
    )
    assert.equal(new Set(ends.map(({ address }) => address)).size, ends.length)
    const devices = ends.map(({ netns, device }) => `${netns} ${device}`)
    assert.equal(new Set(devices).size, ends.length)
    assert.ok(
      ends.every(({ device }) => device.length <= 15),
      'the kernel takes no longer names',
    )
    assert.deepEqual(plans[0]?.end('sc2', 'sc1'), { netns: 'gv0-sc2', device: 'to0', address: '10.64.1.2' })
    assert.throws(() => plans[0]?.end('sc1', 'sc3'), /not linked/)
  })

  it('leave to the proxy what the kernel cannot do', () => {
    const shape = { delayMs: 200, lossRatio: 0.3, bytesPerSecond: 50_000 }
    assert.deepEqual(divide(shape, ALL), { kernel: shape, proxy: {} })
    assert.deepEqual(divide(shape, NO_NETEM), {
      kernel: { bytesPerSecond: 50_000 },
      proxy: { delayMs: 200, lossRatio: 0.3 },
    })
    assert.deepEqual(divide(shape, { ...NO_NETEM, tbf: false }), { kernel: {}, proxy: shape })
  })

  it('say to tc what is meant', () => {
    const shape = { delayMs: 200, jitterMs: 50, lossRatio: 0.3, bytesPerSecond: 50_000 }
    assert.deepEqual(queueOf({ cut: true, shape }, ALL), ['blackhole'])
    assert.equal(queueOf({ cut: false, shape: {} }, ALL), undefined)
    assert.equal(queueOf({ cut: false, shape }, ALL)?.join(' '), 'netem delay 225ms 25ms loss 30% rate 400000bit')
    assert.equal(
      queueOf({ cut: false, shape: { bytesPerSecond: 50_000 } }, NO_NETEM)?.join(' '),
      'tbf rate 400000bit burst 3000 latency 400ms',
    )
  })
})
