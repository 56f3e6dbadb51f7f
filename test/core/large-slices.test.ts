import assert from 'node:assert/strict'
import { SLICE_BYTES } from '../../src/center/repair-answers.ts'
import { readSlice, sliceFields } from '../../src/center/repair-frames.ts'
import type { Epoch } from '../../src/core/model.ts'
import { type Cursor, endedBySlice, listMissing, START } from '../../src/core/reconcile.ts'
import { decodeFrame, encodeFrame, LANE_FRAME_BYTES_MAX, packValue, type Write } from '../../src/core/wire.ts'
import { CLUSTER, startReplica } from '../helpers/replica.ts'

const NOW = { wallMs: 1, monotonicMs: 1 }
const KEY = `${CLUSTER}/content/${'a'.repeat(64)}`
const value = packValue({ content: 'x'.repeat(2 * 1024 * 1024) })

/** A schema of 2 MiB, registered at several siblings at once: as many versions of one key. */
const version = (n: number): Write => {
  const epoch = n.toString(16).padStart(16, '0') as Epoch
  return { key: KEY, epoch, seq: 1, ms: n, count: 0, value, ends: [] }
}

describe('versions of one key that are too large for one frame', () => {
  for (const held of [[], [1], [3], [1, 2, 3, 9]]) {
    it(`reach a replica that has ${held.length === 0 ? 'none' : held.join(', ')} of them, and end what is over`, () => {
      const [ahead, behind] = [startReplica('A', 1).replica, startReplica('B', 1).replica]
      ahead.restore([1, 2, 3, 4].map(version), NOW)
      ahead.catalog.context.add(version(9).epoch, 1)
      behind.restore(held.map(version), NOW)
      const mentioned = behind.catalog.context.copy()
      for (const epoch of ahead.catalog.context.epochs()) mentioned.joinEpoch(epoch, [])
      const early = new Set<Write>()
      for (let at: Cursor | undefined = START; at !== undefined; ) {
        const fields = sliceFields(listMissing(ahead.catalog, mentioned, at, SLICE_BYTES, early))
        const frame = encodeFrame('slice', ...fields, null, false)
        assert.ok(frame.length < LANE_FRAME_BYTES_MAX, `a frame of ${frame.length} bytes`)
        const slice = readSlice(decodeFrame(frame)?.fields ?? []) ?? assert.fail()
        behind.merge(slice.writes, NOW)
        behind.endCovered(endedBySlice(behind.catalog, slice, ahead.catalog.context), NOW)
        at = slice.next
      }
      assert.deepEqual(
        behind.catalog
          .versions(KEY)
          .map(({ ms }) => ms)
          .sort(),
        [1, 2, 3, 4],
      )
    })
  }
})
