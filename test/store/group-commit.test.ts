import assert from 'node:assert/strict'
import { GROUP_SPACING_MS, RELAXED_WINDOW_MS } from '../../src/store/log-writer.ts'
import { append, loaded } from '../contracts/store.ts'
import { Bench } from './bench.ts'
import { Disk } from './disk.ts'
import { seeded } from './world.ts'

describe('durable store: group commit', () => {
  let bench: Bench

  beforeEach(() => {
    bench = new Bench()
  })

  it('shares one write and one fsync among all that wait', async () => {
    const counts = bench.counting()
    const store = await bench.open('group', undefined, counts.fs)
    await loaded(store)
    const before = { ...counts }
    await Promise.all(Array.from({ length: 500 }, (_, index) => append(store, `frame ${index}`)))
    assert.deepEqual([counts.writes - before.writes, counts.syncs - before.syncs], [1, 1])
  })

  it('begins a group at most every two milliseconds, and keeps nobody waiting for longer than 5', async () => {
    bench.disk.workMsMax = 0.5
    const counts = bench.counting()
    const store = await bench.open('group', undefined, counts.fs)
    await loaded(store)
    const before = counts.syncs
    const startMs = bench.clock.monotonicMs()
    const slowest: number[] = []
    for (let index = 0; index < 100; index += 1) {
      const atMs = bench.clock.monotonicMs()
      void append(store, 'x').then(() => slowest.push(bench.clock.monotonicMs() - atMs))
      await bench.wait(0.5)
    }
    const groups = counts.syncs - before
    assert.ok(groups <= (bench.clock.monotonicMs() - startMs) / GROUP_SPACING_MS + 1, `${groups} groups`)
    assert.ok(Math.max(...slowest) <= 5, `${Math.max(...slowest)} ms`)
  })

  it('does not sync for the mode "relaxed" or "off" to answer', async () => {
    for (const mode of ['relaxed', 'off'] as const) {
      bench.disk = new Disk(seeded(1), bench.clock)
      const counts = bench.counting()
      const store = await bench.open(mode, undefined, counts.fs)
      await loaded(store)
      const before = counts.syncs
      await append(store, 'x')
      assert.equal(counts.syncs, before, mode)
      await bench.wait(RELAXED_WINDOW_MS + 10)
      assert.equal(counts.syncs, before + (mode === 'relaxed' ? 1 : 0), mode)
    }
  })

  it('syncs the end of a segment within the window when nothing follows it', async () => {
    const store = await bench.open('relaxed', 200)
    await loaded(store)
    store.compactWith(() => [])
    bench.disk.capacityBytes = bench.disk.usedBytes + 400
    await append(store, 'x'.repeat(150))
    void append(store, 'y'.repeat(20))
    await bench.wait(RELAXED_WINDOW_MS + 10)
    assert.deepEqual(
      (await bench.found()).map(text => text[0]),
      ['x', 'y'],
    )
  })
})
