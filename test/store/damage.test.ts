import assert from 'node:assert/strict'
import { append, frame, loaded } from '../contracts/store.ts'
import { Bench } from './bench.ts'

const SEGMENT = '/data/log/0000000001.segment'

describe('durable store: damage', () => {
  let bench: Bench

  beforeEach(() => {
    bench = new Bench()
  })

  it('cuts a torn tail at the last whole frame, and says so', async () => {
    const store = await bench.open()
    await loaded(store)
    await append(store, 'first')
    await append(store, 'second')
    const file = await bench.disk.open(SEGMENT, 'existing')
    await file.truncate((await file.size()) - 3)
    assert.deepEqual(await loaded(await bench.open()), ['first'])
    assert.match(bench.log.lines.join('\n'), /torn and has been cut off/)
    assert.deepEqual(await loaded(await bench.open()), ['first'], 'the cut is made once')
  })

  it('appends behind the cut', async () => {
    let store = await bench.open()
    await loaded(store)
    await append(store, 'first')
    const file = await bench.disk.open(SEGMENT, 'existing')
    await file.write(Buffer.alloc(700, 0xaa), await file.size())
    store = await bench.open()
    await loaded(store)
    await append(store, 'second')
    assert.deepEqual(await bench.found(), ['first', 'second'])
  })

  it('refuses to start on damage to what was acknowledged, naming the file and the byte', async () => {
    const store = await bench.open()
    await loaded(store)
    for (const text of ['first', 'second', 'third']) await append(store, text)
    bench.disk.corrupt(SEGMENT, 75)
    await assert.rejects(
      loaded(await bench.open()),
      /0000000001\.segment is damaged at byte 64, and what follows was stored/,
    )
  })

  /** A store with a snapshot, and two segments behind it. */
  async function compacted(): Promise<void> {
    const store = await bench.open('group', 300)
    await loaded(store)
    store.compactWith(() => [frame('snapshot')])
    await append(store, 'x'.repeat(300))
    await bench.wait(100)
    await append(store, 'last')
    await store.close()
    assert.deepEqual((await bench.disk.list('/data/log')).toSorted(), ['0000000002.segment', '0000000002.snapshot'])
  }

  for (const position of [3, 40]) {
    it(`refuses to start on a snapshot that is damaged at byte ${position}`, async () => {
      await compacted()
      bench.disk.corrupt('/data/log/0000000002.snapshot', position)
      await assert.rejects(loaded(await bench.open()), /0000000002\.snapshot/)
    })
  }

  it('refuses to start on a snapshot without its end', async () => {
    await compacted()
    const file = await bench.disk.open('/data/log/0000000002.snapshot', 'existing')
    await file.truncate((await file.size()) - 8)
    await assert.rejects(loaded(await bench.open()), /0000000002\.snapshot is damaged/)
  })

  it('refuses to start when a segment is missing', async () => {
    await compacted()
    await bench.disk.remove('/data/log/0000000002.segment')
    await assert.rejects(loaded(await bench.open()), /0000000002\.segment is missing/)
  })

  /** Two segments and no snapshot, as a crash leaves them that comes while one is written. */
  async function parted(): Promise<void> {
    const store = await bench.open('group', 300)
    await loaded(store)
    await append(store, 'first')
    store.compactWith(() => {
      throw new Error('no snapshot today')
    })
    await append(store, 'x'.repeat(300))
    await bench.logged('could not be compacted')
    await append(store, 'last')
    await store.close()
    assert.deepEqual((await bench.disk.list('/data/log')).toSorted(), ['0000000001.segment', '0000000002.segment'])
  }

  it('refuses to start when an earlier segment is shorter than it was, if only by whole frames', async () => {
    await parted()
    const file = await bench.disk.open(SEGMENT, 'existing')
    // A batch's mark, and a frame of 300 bytes.
    await file.truncate((await file.size()) - (8 + 24) - (8 + 300))
    await assert.rejects(loaded(await bench.open()), /0000000001\.segment has \d+ bytes instead of \d+/)
  })

  it('refuses to start when an earlier segment is missing', async () => {
    await parted()
    await bench.disk.remove(SEGMENT)
    await assert.rejects(loaded(await bench.open()), /0000000001\.segment is missing/)
  })

  it('refuses to start when the end of an earlier segment is damaged', async () => {
    await parted()
    bench.disk.corrupt(SEGMENT, bench.disk.sizeOf(SEGMENT) - 5)
    await assert.rejects(loaded(await bench.open()), /0000000001\.segment is damaged at byte \d+/)
  })

  it('refuses to start on a damaged value', async () => {
    const store = await bench.open()
    store.put('cluster', frame('0123456789abcdef'))
    await store.close()
    bench.disk.corrupt('/data/values/cluster', 7)
    await assert.rejects(bench.open(), /values\/cluster is damaged/)
  })

  it('leaves files alone that are none of its own', async () => {
    await bench.open()
    await bench.disk.open('/data/log/notes.txt', 'create')
    assert.deepEqual(await loaded(await bench.open()), [])
    assert.ok((await bench.disk.list('/data/log')).includes('notes.txt'))
  })
})
