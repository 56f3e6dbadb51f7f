import assert from 'node:assert/strict'
import { FRAME_BYTES_MAX } from '../../src/store/log-format.ts'
import { PENDING_BYTES_MAX } from '../../src/store/log-writer.ts'
import { append, frame, loaded } from '../contracts/store.ts'
import { Bench } from './bench.ts'
import { Disk } from './disk.ts'
import { seeded } from './world.ts'

describe('durable store: a disk that refuses', () => {
  let bench: Bench

  beforeEach(() => {
    bench = new Bench()
  })

  it('refuses what does not fit, stores what comes once there is space, and leaves nothing half-done', async () => {
    const store = await bench.open()
    await loaded(store)
    await append(store, 'before')
    bench.disk.capacityBytes = bench.disk.usedBytes + 100
    await assert.rejects(append(store, 'x'.repeat(1_000)), /not stored: ENOSPC/)
    await append(store, 'small')
    bench.disk.capacityBytes = Number.POSITIVE_INFINITY
    await append(store, 'after')
    assert.deepEqual(await bench.found(), ['before', 'small', 'after'])
    const said = bench.log.lines.filter(line => /cannot be stored|stored again/.test(line))
    assert.equal(said.length, 2, bench.log.lines.join('\n'))
  })

  it('never shows a refused frame behind a later one, even when it could not be taken off the disk at once', async () => {
    const store = await bench.open()
    await loaded(store)
    bench.disk.syncFailure = 1
    const refused = await Promise.allSettled(['refused 1', 'refused 2'].map(text => append(store, text)))
    assert.deepEqual(
      refused.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    bench.disk.syncFailure = 0
    await append(store, 'stored! 1')
    assert.deepEqual(await loaded(await bench.open()), ['stored! 1'])
  })

  it('tells, in the mode "relaxed", when a sync has failed, and goes on once it is stored again', async () => {
    const store = await bench.open('relaxed')
    await loaded(store)
    const losses: string[] = []
    store.onLoss(({ message }) => losses.push(message))
    await append(store, 'synced')
    await bench.pass(200)
    bench.disk.syncFailure = 1
    await append(store, 'doubtful')
    await bench.pass(200)
    assert.deepEqual(losses, ['the disk did not keep what had been written before'])
    bench.disk.syncFailure = 0
    await append(store, 'doubtful again')
    await bench.pass(200)
    assert.deepEqual(await bench.found(), ['synced', 'doubtful again'])
  })

  it('refuses what waits behind a failed sync: it would be stored out of order', async () => {
    const answers: string[] = []
    for (let seed = 1; seed <= 10; seed += 1) {
      bench.disk = new Disk(seeded(seed), bench.clock)
      const store = await bench.open('relaxed')
      await loaded(store)
      bench.disk.workMsMax = 1.5
      bench.disk.syncFailure = 0.5
      // So many that one is waiting when a sync fails.
      const writers = [0, 1, 2, 3].map(async writer => {
        for (let i = 0; i < 100; i += 1) {
          await append(store, `${writer} ${i}`).catch((error: Error) => answers.push(error.message))
          await bench.wait(0.2)
        }
      })
      await Promise.all(writers)
      bench.disk.syncFailure = 0
      await append(store, 'last')
      await store.close()
      assert.ok((await bench.found()).includes('last'))
    }
    assert.match(answers.join(), /not stored: the disk did not keep what had been written before/)
  })

  it('keeps a value over a power cut once it had time to be written', async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      bench.disk = new Disk(seeded(seed), bench.clock)
      const store = await bench.open()
      for (const round of [1, 2]) {
        store.put('cluster', frame(`round ${round}`))
        await bench.pass(50)
      }
      bench.disk = bench.disk.after('power')
      assert.deepEqual((await bench.open()).get('cluster'), Buffer.from('round 2'), `seed ${seed}`)
    }
  })

  it('tries a value again that could not be stored', async () => {
    const store = await bench.open()
    bench.disk.syncFailure = 1
    store.put('cluster', frame('0123456789abcdef'))
    await bench.wait(500)
    bench.disk.syncFailure = 0
    await bench.wait(2_000)
    bench.disk = bench.disk.after('power')
    assert.deepEqual((await bench.open()).get('cluster'), Buffer.from('0123456789abcdef'))
  })

  it('goes on without a snapshot that cannot be written', async () => {
    const store = await bench.open('group', 300)
    await loaded(store)
    let asked = 0
    store.compactWith(() => {
      asked += 1
      if (asked === 1) throw new Error('no snapshot today')
      return [frame('snapshot')]
    })
    await append(store, 'x'.repeat(300))
    await bench.wait(50)
    assert.deepEqual([...new Set(bench.log.lines.filter(line => /could not be compacted/.test(line)))].length, 1)
    await append(store, 'y'.repeat(1_000))
    await bench.logged('log compacted')
    assert.equal(asked, 2, 'tried again once the log has grown')
    assert.deepEqual(await bench.found(), ['snapshot'])
  })

  it('refuses a frame that is too large, and what comes on top of a full queue', async () => {
    const store = await bench.open()
    await loaded(store)
    const tooLarge = new Promise(resolve => store.append(new Uint8Array(FRAME_BYTES_MAX + 1), resolve))
    assert.match(String(await tooLarge), /a frame of 16777217 bytes; at most 16777216 are allowed/)
    const large = new Uint8Array(FRAME_BYTES_MAX - 100)
    const answers: (Error | undefined)[] = []
    for (let waiting = 0; waiting <= PENDING_BYTES_MAX; waiting += large.byteLength) {
      store.append(large, error => answers.push(error))
    }
    await store.close()
    assert.match(String(answers[0]), /67108864 bytes are waiting for the disk/)
    assert.ok(answers.length > 1 && answers.slice(1).every(error => error === undefined))
  })

  it('refuses to append before it is loaded and after it is closed', async () => {
    const store = await bench.open()
    assert.throws(() => store.append(frame('x'), () => {}), /not loaded/)
    await loaded(store)
    await store.close()
    await assert.rejects(append(store, 'x'), /the store is closed/)
  })
})
