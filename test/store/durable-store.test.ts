import assert from 'node:assert/strict'
import type { FileSystem } from '../../src/store/file-system.ts'
import { FRAME_BYTES_MAX } from '../../src/store/log-format.ts'
import { GROUP_SPACING_MS, PENDING_BYTES_MAX, RELAXED_WINDOW_MS, type SyncMode } from '../../src/store/log-writer.ts'
import { openStore } from '../../src/store/store.ts'
import { append, frame, loaded, type OpenStore } from '../contracts/store.ts'
import { Disk } from './disk.ts'
import { JumpingClock, Lines, random, seeded } from './world.ts'

const SEGMENT = '/data/log/0000000001.segment'

describe('durable store', () => {
  let clock: JumpingClock
  let disk: Disk
  let log: Lines

  beforeEach(() => {
    clock = new JumpingClock()
    disk = new Disk(seeded(7), clock)
    log = new Lines()
  })

  const open = (sync: SyncMode = 'group', compactBytesMin = 1_000_000, fs: FileSystem = disk): Promise<OpenStore> =>
    openStore('/data', { sync, compactBytesMin }, { clock, random, log, fs, lock: async () => async () => {} })

  const wait = (ms: number): Promise<void> => new Promise(resolve => clock.after(ms, resolve))

  /** What the next process finds after the power has failed. */
  async function found(): Promise<string[]> {
    disk = disk.after('power')
    return loaded(await open())
  }

  /** The disk, counting what is asked of it. */
  function counting(): { fs: FileSystem; readonly writes: number; readonly syncs: number } {
    const counts = { writes: 0, syncs: 0 }
    const fs: FileSystem = {
      makeDirectory: path => disk.makeDirectory(path),
      list: path => disk.list(path),
      rename: (from, to) => disk.rename(from, to),
      remove: path => disk.remove(path),
      syncDirectory: path => disk.syncDirectory(path),
      async open(path, mode) {
        const file = await disk.open(path, mode)
        return {
          ...file,
          write: (bytes, position) => {
            counts.writes += 1
            return file.write(bytes, position)
          },
          sync: () => {
            counts.syncs += 1
            return file.sync()
          },
        }
      },
    }
    return Object.assign(counts, { fs })
  }

  describe('group commit', () => {
    it('shares one write and one fsync among all that wait', async () => {
      const counts = counting()
      const store = await open('group', undefined, counts.fs)
      await loaded(store)
      const before = { ...counts }
      await Promise.all(Array.from({ length: 500 }, (_, index) => append(store, `frame ${index}`)))
      assert.deepEqual([counts.writes - before.writes, counts.syncs - before.syncs], [1, 1])
    })

    it('begins a group at most every two milliseconds, and keeps nobody waiting for longer than 5', async () => {
      disk.workMsMax = 0.5
      const counts = counting()
      const store = await open('group', undefined, counts.fs)
      await loaded(store)
      const before = counts.syncs
      const startMs = clock.monotonicMs()
      const slowest: number[] = []
      for (let index = 0; index < 100; index += 1) {
        const atMs = clock.monotonicMs()
        void append(store, 'x').then(() => slowest.push(clock.monotonicMs() - atMs))
        await wait(0.5)
      }
      const groups = counts.syncs - before
      assert.ok(groups <= (clock.monotonicMs() - startMs) / GROUP_SPACING_MS + 1, `${groups} groups`)
      assert.ok(Math.max(...slowest) <= 5, `${Math.max(...slowest)} ms`)
    })

    it('does not sync for the mode "relaxed" or "off" to answer', async () => {
      for (const mode of ['relaxed', 'off'] as const) {
        disk = new Disk(seeded(1), clock)
        const counts = counting()
        const store = await open(mode, undefined, counts.fs)
        await loaded(store)
        const before = counts.syncs
        await append(store, 'x')
        assert.equal(counts.syncs, before, mode)
        await wait(RELAXED_WINDOW_MS + 10)
        assert.equal(counts.syncs, before + (mode === 'relaxed' ? 1 : 0), mode)
      }
    })

    it('syncs the end of a segment within the window when nothing follows it', async () => {
      const store = await open('relaxed', 200)
      await loaded(store)
      store.compactWith(() => [])
      disk.capacityBytes = disk.usedBytes + 400
      await append(store, 'x'.repeat(150))
      void append(store, 'y'.repeat(20))
      await wait(RELAXED_WINDOW_MS + 10)
      assert.deepEqual(
        (await found()).map(text => text[0]),
        ['x', 'y'],
      )
    })
  })

  describe('damage', () => {
    it('cuts a torn tail at the last whole frame, and says so', async () => {
      const store = await open()
      await loaded(store)
      await append(store, 'first')
      await append(store, 'second')
      const file = await disk.open(SEGMENT, 'existing')
      await file.truncate((await file.size()) - 3)
      assert.deepEqual(await loaded(await open()), ['first'])
      assert.match(log.lines.join('\n'), /torn and has been cut off/)
      assert.deepEqual(await loaded(await open()), ['first'], 'the cut is made once')
    })

    it('appends behind the cut', async () => {
      let store = await open()
      await loaded(store)
      await append(store, 'first')
      const file = await disk.open(SEGMENT, 'existing')
      await file.write(Buffer.alloc(700, 0xaa), await file.size())
      store = await open()
      await loaded(store)
      await append(store, 'second')
      assert.deepEqual(await found(), ['first', 'second'])
    })

    it('refuses to start on damage to what was acknowledged, naming the file and the byte', async () => {
      const store = await open()
      await loaded(store)
      for (const text of ['first', 'second', 'third']) await append(store, text)
      disk.corrupt(SEGMENT, 75)
      await assert.rejects(
        loaded(await open()),
        /0000000001\.segment is damaged at byte 64, and what follows was stored/,
      )
    })

    /** A store with a snapshot, and two segments behind it. */
    async function compacted(): Promise<void> {
      const store = await open('group', 300)
      await loaded(store)
      store.compactWith(() => [frame('snapshot')])
      await append(store, 'x'.repeat(300))
      await wait(100)
      await append(store, 'last')
      await store.close()
      assert.deepEqual((await disk.list('/data/log')).toSorted(), ['0000000002.segment', '0000000002.snapshot'])
    }

    for (const position of [3, 40]) {
      it(`refuses to start on a snapshot that is damaged at byte ${position}`, async () => {
        await compacted()
        disk.corrupt('/data/log/0000000002.snapshot', position)
        await assert.rejects(loaded(await open()), /0000000002\.snapshot/)
      })
    }

    it('refuses to start on a snapshot without its end', async () => {
      await compacted()
      const file = await disk.open('/data/log/0000000002.snapshot', 'existing')
      await file.truncate((await file.size()) - 8)
      await assert.rejects(loaded(await open()), /0000000002\.snapshot is damaged/)
    })

    it('refuses to start when a segment is missing', async () => {
      await compacted()
      await disk.remove('/data/log/0000000002.segment')
      await assert.rejects(loaded(await open()), /0000000002\.segment is missing/)
    })

    it('refuses to start on a damaged value', async () => {
      const store = await open()
      store.put('cluster', frame('0123456789abcdef'))
      await store.close()
      disk.corrupt('/data/values/cluster', 7)
      await assert.rejects(open(), /values\/cluster is damaged/)
    })

    it('leaves files alone that are none of its own', async () => {
      await open()
      await disk.open('/data/log/notes.txt', 'create')
      assert.deepEqual(await loaded(await open()), [])
      assert.ok((await disk.list('/data/log')).includes('notes.txt'))
    })
  })

  describe('a disk that refuses', () => {
    it('refuses what does not fit, stores what comes once there is space, and leaves nothing half-done', async () => {
      const store = await open()
      await loaded(store)
      await append(store, 'before')
      disk.capacityBytes = disk.usedBytes + 100
      await assert.rejects(append(store, 'x'.repeat(1_000)), /not stored: ENOSPC/)
      await append(store, 'small')
      disk.capacityBytes = Number.POSITIVE_INFINITY
      await append(store, 'after')
      assert.deepEqual(await found(), ['before', 'small', 'after'])
      const said = log.lines.filter(line => /cannot be stored|stored again/.test(line))
      assert.equal(said.length, 2, log.lines.join('\n'))
    })

    it('never shows a refused frame behind a later one, even when it could not be taken off the disk at once', async () => {
      const store = await open()
      await loaded(store)
      disk.syncFailure = 1
      const refused = await Promise.allSettled(['refused 1', 'refused 2'].map(text => append(store, text)))
      assert.deepEqual(
        refused.map(({ status }) => status),
        ['rejected', 'rejected'],
      )
      disk.syncFailure = 0
      await append(store, 'stored! 1')
      assert.deepEqual(await loaded(await open()), ['stored! 1'])
    })

    it('tries a value again that could not be stored', async () => {
      const store = await open()
      disk.syncFailure = 1
      store.put('cluster', frame('0123456789abcdef'))
      await wait(500)
      disk.syncFailure = 0
      await wait(2_000)
      disk = disk.after('power')
      assert.deepEqual((await open()).get('cluster'), Buffer.from('0123456789abcdef'))
    })

    it('goes on without a snapshot that cannot be written', async () => {
      const store = await open('group', 300)
      await loaded(store)
      let asked = 0
      store.compactWith(() => {
        asked += 1
        if (asked === 1) throw new Error('no snapshot today')
        return [frame('snapshot')]
      })
      await append(store, 'x'.repeat(300))
      await wait(50)
      assert.deepEqual([...new Set(log.lines.filter(line => /could not be compacted/.test(line)))].length, 1)
      await append(store, 'y'.repeat(1_000))
      while (!log.lines.some(line => line.includes('log compacted'))) await wait(1)
      assert.equal(asked, 2, 'tried again once the log has grown')
      assert.deepEqual(await found(), ['snapshot'])
    })

    it('refuses a frame that is too large, and what comes on top of a full queue', async () => {
      const store = await open()
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
      const store = await open()
      assert.throws(() => store.append(frame('x'), () => {}), /not loaded/)
      await loaded(store)
      await store.close()
      await assert.rejects(append(store, 'x'), /the store is closed/)
    })
  })

  describe('snapshots', () => {
    it('hold the moment of the cut: what is appended while they are written is behind them once', async () => {
      const store = await open('group', 2_000)
      await loaded(store)
      const state: string[] = []
      store.compactWith(function* () {
        yield* state.map(frame)
      })
      for (let index = 0; index < 12; index += 1) {
        const text = `${index} ${'.'.repeat(200)}`
        state.push(text)
        void append(store, text)
        await wait(1)
      }
      await wait(100)
      await store.close()
      assert.match(log.lines.join('\n'), /log compacted/)
      assert.deepEqual(await found(), state)
    })

    it('are written in slices that never hold the event loop for 10 ms', async () => {
      const counts = counting()
      const store = await open('group', 300, counts.fs)
      await loaded(store)
      let spentMs = 0
      const monotonicMs = clock.monotonicMs.bind(clock)
      clock.monotonicMs = () => monotonicMs() + spentMs
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
      while (!log.lines.some(line => line.includes('log compacted'))) await wait(1)
      assert.ok(Math.max(...perSlice.values()) <= 9, `${[...perSlice.values()]} ms`)
      assert.equal((await found()).length, 100)
    })

    it('are given up when the store is closed', async () => {
      const store = await open('group', 300)
      await loaded(store)
      store.compactWith(function* () {
        for (;;) yield frame('more'.repeat(1_000))
      })
      await append(store, 'x'.repeat(300))
      await wait(20)
      await store.close()
      assert.deepEqual(
        (await disk.list('/data/log')).filter(name => name.endsWith('.tmp')),
        [],
      )
      assert.deepEqual(
        (await found()).map(text => text[0]),
        ['x'],
      )
    })
  })
})
