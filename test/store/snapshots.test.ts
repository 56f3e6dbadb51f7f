import assert from 'node:assert/strict'
import { append, frame, loaded } from '../contracts/store.ts'
import { Bench } from './bench.ts'

describe('durable store: snapshots', () => {
  let bench: Bench

  beforeEach(() => {
    bench = new Bench()
  })

  it('hold the moment of the cut: what is appended while they are written is behind them once', async () => {
    const store = await bench.open('group', 2_000)
    await loaded(store)
    const state: string[] = []
    store.compactWith(function* () {
      yield* state.map(frame)
    })
    for (let index = 0; index < 12; index += 1) {
      const text = `${index} ${'.'.repeat(200)}`
      state.push(text)
      void append(store, text)
      await bench.wait(1)
    }
    await bench.wait(100)
    await store.close()
    assert.match(bench.log.lines.join('\n'), /log compacted/)
    assert.deepEqual(await bench.found(), state)
  })

  it('are written in slices that never hold the event loop for 10 ms', async () => {
    const counts = bench.counting()
    const store = await bench.open('group', 300, counts.fs)
    await loaded(store)
    let spentMs = 0
    const monotonicMs = bench.clock.monotonicMs.bind(bench.clock)
    bench.clock.monotonicMs = () => monotonicMs() + spentMs
    const perSlice = new Map<number, number>()
    store.compactWith(function* () {
      for (let index = 0; index < 100; index += 1) {
        perSlice.set(counts.writes, (perSlice.get(counts.writes) ?? 0) + 1)
        // A frame that is slow to make.
        spentMs += 1
        yield frame(`${index}`)
      }
    })
    await append(store, 'x'.repeat(300))
    await bench.logged('log compacted')
    assert.ok(Math.max(...perSlice.values()) <= 9, `${[...perSlice.values()]} ms`)
    assert.equal((await bench.found()).length, 100)
  })

  it('are given up when the store is closed', async () => {
    const store = await bench.open('group', 300)
    await loaded(store)
    store.compactWith(function* () {
      for (;;) yield frame('more'.repeat(1_000))
    })
    await append(store, 'x'.repeat(300))
    await bench.wait(20)
    await store.close()
    assert.deepEqual(
      (await bench.disk.list('/data/log')).filter(name => name.endsWith('.tmp')),
      [],
    )
    assert.deepEqual(
      (await bench.found()).map(text => text[0]),
      ['x'],
    )
  })
})
