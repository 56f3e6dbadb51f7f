import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Journal, replay, snapshot } from '../../src/center/journal.ts'
import type { Store } from '../../src/center/ports.ts'
import { Catalog } from '../../src/core/catalog.ts'
import { Context, INTERVALS_PER_EPOCH_MAX } from '../../src/core/context.ts'
import type { Epoch } from '../../src/core/model.ts'
import { decodeFrame, packValue, readWrites, type Write } from '../../src/core/wire.ts'
import { ManualClock } from '../helpers/manual-clock.ts'
import { startReplica } from '../helpers/replica.ts'

const EPOCH = 'e000000000000001' as Epoch
const AGAIN_MS = 1_000
const sha = (kind: string) => (data: string | Uint8Array) => createHash(kind).update(data).digest('hex')

/** A store that refuses when it is told to, at once. */
class Moody implements Store {
  readonly durable = true
  readonly types: (string | undefined)[] = []
  refuses = false
  /** Runs once a frame is there. */
  meanwhile: (() => void) | undefined
  lose: (error: Error) => void = () => {}

  append(frame: Uint8Array, done: (error?: Error) => void): void {
    if (this.refuses) return done(new Error('disk full'))
    this.types.push(decodeFrame(frame)?.type)
    this.meanwhile?.()
    done()
  }

  onLoss(listener: (error: Error) => void): void {
    this.lose = listener
  }

  put(): void {}

  get(): undefined {}
}

describe('the journal', () => {
  const write = (seq: number): Write => ({
    key: `0123456789abcdef/tag/${seq}`,
    epoch: EPOCH,
    seq,
    ms: 1,
    count: 0,
    value: packValue(['x']),
    ends: [],
  })

  for (const how of ['refused', 'lost'] as const) {
    it(`stores no context ahead of records that were ${how}, until all of them are there again`, () => {
      const [store, clock] = [new Moody(), new ManualClock()]
      const catalog = new Catalog({ sha1: sha('sha1'), sha256: sha('sha256') })
      const journal = new Journal(store, clock, catalog)
      const context = new Context()
      context.addRange(EPOCH, 1, 2)
      catalog.apply(write(1))
      store.refuses = how === 'refused'
      journal.append({ writes: [write(1)], ended: [] })
      store.refuses = false
      if (how === 'lost') store.lose(new Error('the disk did not keep it'))
      assert.match(journal.failure ?? '', /disk/)
      store.types.length = 0
      journal.appendJoin(context)
      assert.deepEqual(store.types, [])
      clock.advance(AGAIN_MS)
      assert.deepEqual(store.types, ['writes', 'join'], 'the whole catalog, and its context behind it')
      assert.equal(journal.failure, undefined)
      journal.appendJoin(context)
      assert.deepEqual(store.types, ['writes', 'join', 'join'])
    })
  }

  it('begins again when something is refused while the catalog is written', () => {
    const [store, clock] = [new Moody(), new ManualClock()]
    const catalog = new Catalog({ sha1: sha('sha1'), sha256: sha('sha256') })
    const journal = new Journal(store, clock, catalog)
    const context = new Context()
    context.addRange(EPOCH, 1, 2)
    store.lose(new Error('the disk did not keep it'))
    store.meanwhile = () => {
      store.meanwhile = undefined
      store.refuses = true
      catalog.apply(write(2))
      journal.append({ writes: [write(2)], ended: [] })
      store.refuses = false
    }
    clock.advance(AGAIN_MS)
    store.types.length = 0
    journal.appendJoin(context)
    assert.deepEqual(store.types, [])
    clock.advance(AGAIN_MS)
    journal.appendJoin(context)
    assert.deepEqual(store.types, ['writes', 'join', 'join'])
  })

  it('brings back every record from a snapshot, however many others are over, each writer in order', function () {
    this.timeout(30_000)
    const [before, after] = [startReplica('A', 1), startReplica('B', 1)]
    const now = { wallMs: 1, monotonicMs: 1 }
    const others = 'e000000000000002' as Epoch
    // Every second write of a start is over, and more of them live than peers may make gaps.
    const writes = Array.from({ length: INTERVALS_PER_EPOCH_MAX + 10 }, (_, i) => write(i * 2 + 1))
    const early = [3, 1, 2].map(seq => ({ ...write(seq), epoch: others, key: `0123456789abcdef/tag/other-${seq}` }))
    before.replica.catalog.context.unlimited(() => before.replica.restore([...writes, ...early], now))
    before.replica.catalog.context.addRange(EPOCH, 1, writes.length * 2)
    const last = new Map<Epoch, number>()
    for (const frame of snapshot(before.replica.catalog)) {
      for (const { epoch, seq } of readWrites(decodeFrame(frame)?.fields[0]) ?? []) {
        assert.ok(seq > (last.get(epoch) ?? 0), `${seq} of ${epoch} behind ${last.get(epoch)}`)
        last.set(epoch, seq)
      }
      replay(after.replica, frame, now)
    }
    assert.equal(after.replica.catalog.size, writes.length + early.length)
    assert.ok(after.replica.catalog.fingerprint().equals(before.replica.catalog.fingerprint().bytes()))
    assert.equal(after.replica.catalog.context.prefix(EPOCH), writes.length * 2)
    assert.equal(after.replica.catalog.context.refused, 0)
  })

  it('takes no more into a frame of a snapshot than the store takes, however large the records are', () => {
    const { replica } = startReplica('A', 1)
    const value = packValue({ content: 'x'.repeat(1024 * 1024) })
    replica.restore(
      [1, 2, 3, 4, 5].map(seq => ({ ...write(seq), value })),
      { wallMs: 1, monotonicMs: 1 },
    )
    const frames = [...snapshot(replica.catalog)]
    assert.equal(frames.flatMap(frame => readWrites(decodeFrame(frame)?.fields[0]) ?? []).length, 5)
    for (const { length } of frames) assert.ok(length < 2 * value.length, `${length} bytes`)
  })
})
